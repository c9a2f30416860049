"""Rate limits are read from the settings: how many in which time, and where they are counted."""

from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

if TYPE_CHECKING:  # it takes a moment to load, and most commands never need it
    from limits import RateLimitItem

IN_MEMORY: Final = "memory://"
_REDIS: Final = ("redis://", "rediss://")


def limit(text: str) -> "RateLimitItem":
    """Read a text such as 30/minute. Raises ValueError."""
    from limits import parse_many

    try:
        (item,) = parse_many(text)
    except ValueError:
        item = None
    if item is None or item.amount < 1 or item.get_expiry() < 1:
        raise ValueError("should be one number of calls and a time, such as 30/minute or 100 per 5 minutes")
    return item


def checked_limit(text: str) -> str:
    limit(text)
    return text


def checked_store(url: SecretStr) -> SecretStr:
    """Raises ValueError, whose text shows nothing of the address: it may hold a password."""
    address = url.get_secret_value()
    if address == IN_MEMORY:
        return url
    if not address.startswith(_REDIS):
        raise ValueError(f"should be {IN_MEMORY} or redis://host:port/number")
    try:
        from redis.asyncio import ConnectionPool
    except ImportError:
        raise ValueError("needs a package that is not installed: pip install 'tiyin[redis]'") from None
    try:
        ConnectionPool.from_url(address).make_connection()  # type: ignore[no-untyped-call] # opens nothing yet
    except (ValueError, TypeError):
        raise ValueError("is not an address like redis://:password@host:6379/0") from None
    return url
