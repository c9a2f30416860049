"""A database's address is written as libpq's programs take it, and as people may see it: without the password."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

HOST_WITH_PORT: Final = re.compile(r"[A-Za-z0-9.-]*:[0-9]+")
"""The only form in which SQLAlchemy sees a port in a single host: a directory may have a colon in its name."""


def libpq_url(url: str) -> str:
    """Leave the password out: on a command line, or on the terminal, all see it."""
    from sqlalchemy.engine import URL, make_url

    place = make_url(url)
    query = dict[str, Sequence[str] | str](place.query)
    if "ssl" in query:
        query["sslmode"] = query.pop("ssl")
    query |= _servers(query)
    return URL.create(
        "postgresql", place.username, None, place.host, place.port, place.database, query
    ).render_as_string()


def _servers(query: Mapping[str, Sequence[str] | str]) -> dict[str, str]:
    """Write servers with their ports as libpq does: the hosts in one list, the ports in another."""
    hosts = query.get("host", "")
    if isinstance(hosts, str):
        hosts = [hosts] if HOST_WITH_PORT.fullmatch(hosts) else []
    if not hosts:
        return {}
    parts = [host.partition(":") for host in hosts]
    return {"host": ",".join(name for name, _, _ in parts), "port": ",".join(port for _, _, port in parts)}
