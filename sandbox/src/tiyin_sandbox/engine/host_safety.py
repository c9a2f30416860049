"""Which hosts may be called: this machine, and those that were named aloud."""

import ipaddress
from collections.abc import Sequence

from yarl import URL


class CannotRun(Exception):  # noqa: N818 - said to a person as it stands
    """The suite cannot be run at all; the message is the line that says why."""


def allowed(url: str, named: Sequence[str] = ()) -> None:
    """Raises CannotRun for a URL that may not be called.

    The suites open, pay and cancel orders by the hundred: that must never happen to somebody's shop by a slip.
    """
    try:
        where = URL(url)
    except ValueError:
        raise CannotRun(f"This is no URL: {url}") from None
    if where.scheme not in ("http", "https") or not where.host:
        raise CannotRun(f"This is no http:// or https:// URL: {url}")
    if where.user is not None or where.password is not None:
        raise CannotRun("Credentials don't go into the URL: say --login and --key.")
    if not is_loopback(where.host) and where.host.lower() not in {name.lower().strip("[]") for name in named}:
        raise CannotRun(
            f"{where.host} is not this machine. The sandbox opens, pays and cancels orders there;"
            f" if it is a test host of yours, say --yes-this-host {where.host}"
        )


def is_loopback(host: str) -> bool:
    """By its name or number alone: no name is looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
