"""The client address is read from X-Forwarded-For only as far as trusted proxies wrote it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from inbound.allow_list import Network

Address = IPv4Address | IPv6Address

CUSTOMER_BITS: Final = 64
"""Of an IPv6 address. One customer is given a network of so many, or a shorter one, and chooses all the others."""

HOPS_MAX: Final = 32
"""More proxies than anybody has; a longer list is an attempt to keep us busy."""


def client_address(peer: str | None, forwarded: Iterable[str], trusted: Sequence[Network]) -> str | None:
    """Find the caller: the first hop, seen from us, that is not a trusted proxy.

    Each proxy appends the address that called it, so the list is read from the right; what stands left of an address
    that is not trusted was written by that caller itself. At something unreadable the last hop that could be read is
    the answer.
    """
    if not trusted or peer is None:
        return peer
    caller = read_address(peer)
    if caller is None or not _within(caller, trusted):
        return peer
    for hop in ",".join(forwarded).split(",")[: -HOPS_MAX - 1 : -1]:
        address = read_address(hop)
        if address is None:
            break
        caller = address
        if not _within(caller, trusted):
            break
    return str(caller)


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=1024)
def read_address(text: str) -> Address | None:
    """Read an address with or without a port; an IPv4 address mapped into IPv6 is given as IPv4.

    A scope (fe80::1%eth0) is left out: it can be any text, of any length, and says nothing about another machine.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def caller_network(address: str | None) -> str:
    """Name what is counted as one caller: an IPv4 address, or the IPv6 network that one customer is given."""
    read = read_address(address or "")
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read), CUSTOMER_BITS), strict=False))
    return str(read) if read else "unknown"
