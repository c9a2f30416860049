"""Decides which hosts may be called: this machine, and those that were named with --yes-this-host."""

import ipaddress
from collections.abc import Sequence

from yarl import URL


class CannotRun(Exception):  # noqa: N818 - said to a person as it stands
    """The suite cannot be run at all; the message is the line that says why."""


def check_host(url: str, names: Sequence[str] = ()) -> None:
    """Raise CannotRun for a URL that may not be called.

    The suites open, pay and cancel orders by the hundred: that must never happen to somebody's shop by a slip.
    """
    try:
        address = URL(url)
    except ValueError:
        raise CannotRun(f"This is no URL: {url}") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise CannotRun(f"This is no http:// or https:// URL: {url}")
    if address.user is not None or address.password is not None:
        raise CannotRun("Credentials don't go into the URL: say --login and --key.")
    if not is_loopback(address.host) and address.host.lower() not in {name.lower().strip("[]") for name in names}:
        raise CannotRun(
            f"{address.host} is not this machine. The sandbox opens, pays and cancels orders there;"
            f" if it is a test host of yours, say --yes-this-host {address.host}"
        )


def is_loopback(host: str) -> bool:
    """Judge a host by its name or number alone: no name is looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
