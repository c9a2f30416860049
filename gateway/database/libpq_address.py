"""A database's address is written as libpq's programs take it, and as people may see it: without the password."""


def libpq_url(url: str) -> str:
    """Leave the password out: on a command line, or on the terminal, all see it."""
    from sqlalchemy.engine import URL, make_url

    place = make_url(url)
    query = {("sslmode" if name == "ssl" else name): value for name, value in place.query.items()}
    return URL.create(
        "postgresql", place.username, None, place.host, place.port, place.database, query
    ).render_as_string()
