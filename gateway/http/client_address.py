"""The true address of a caller: X-Forwarded-For, believed only as far as our own proxies wrote it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MAX_HOPS: Final = 32
"""Nobody has more proxies of their own; a longer walk is somebody's attempt to keep us busy."""


def client_address(peer: str | None, forwarded: Iterable[str], trusted: Sequence[Network]) -> str | None:
    """Who called: the first hop, seen from us, that is not a trusted proxy.

    Each proxy appends who called it, so the list is walked from the right; what stands left of a stranger is the
    stranger's own word. Where something unreadable stands, the last hop that could be read is the answer.
    """
    if not trusted or peer is None:
        return peer
    caller = read_address(peer)
    if caller is None or not _within(caller, trusted):
        return peer
    for hop in ",".join(forwarded).split(",")[: -MAX_HOPS - 1 : -1]:
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
    """An address, with or without a port; one of IPv4 that was mapped into IPv6 is one of IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
