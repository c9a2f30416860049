"""DATABASE_URL is put into the form that the driver takes."""

from typing import Final

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+asyncpg")
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PARAMETERS: Final = frozenset({"host", "port", "sslmode", "ssl", "target_session_attrs"})


def for_asyncpg(url: str) -> str:
    """Make `postgresql+asyncpg://…` of it. Raises ValueError, whose text shows nothing of the address."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("is not an address like postgresql://user:password@host/database") from None
    if parts.drivername not in _SCHEMES:
        raise ValueError("must begin with postgresql://")
    if "@" in (parts.host or ""):  # half of the password would be shown with the host
        raise ValueError("has an @ within the password: write it as %40")
    if parts.port is not None and not 0 < parts.port < 2**16:
        raise ValueError("has a port that is none: they end at 65535")
    if not parts.database:
        raise ValueError("names no database")
    unknown = sorted(set(parts.query) - _PARAMETERS)
    if unknown:
        raise ValueError(f"has parameters that are not supported ({len(unknown)}); supported: {_supported()}")
    query = dict(parts.query)
    ssl = query.pop("sslmode", query.pop("ssl", None))
    if ssl is not None:
        if ssl not in _SSL_MODES:
            raise ValueError(f"has an sslmode that is none of {', '.join(_SSL_MODES)}")
        query["ssl"] = ssl
    return parts.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)


def _supported() -> str:
    return ", ".join(sorted(_PARAMETERS - {"ssl"}))
