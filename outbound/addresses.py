"""The rules say which addresses may be dialled, so that nobody's URL leads into the gateway's own network.

Pure: a name is judged when it is dialled (`outbound/dialling.py`), by the address that it leads to then.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_MAX_CHARACTERS: Final = 2_000
HOST_MAX_CHARACTERS: Final = 253
"""Of a name in the DNS."""

HTTP_PORT: Final = 80
HTTPS_PORT: Final = 443
FIRST_UNPRIVILEGED_PORT: Final = 1024

NEVER: Final = tuple(
    map(
        ip_network,
        (
            *("169.254.0.0/16", "fe80::/10", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
            *("fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42"),
        ),
    )
)
"""Link-local, with the clouds' metadata services (credentials are read there), and those of them that are not.

Those are, in this order, of Alibaba, Azure (it looks like an address of the Internet) and Oracle; of Amazon, Google,
Oracle and Scaleway.
"""

PUBLIC_V6: Final = IPv6Network("2000::/3")
"""What has been given out for the Internet as a whole."""

NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""What protocols use among themselves, relays and tunnels, whose addresses have others inside, and examples.

`is_global` says otherwise of some, and not the same in every release of Python.
"""

NAT64: Final = IPv6Network("64:ff9b::/96")

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_UNREADABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")


def refusal(address: str, allowed: Sequence[Network]) -> str | None:
    """Why this IP address may not be dialled, in a sentence; None if it may."""
    try:
        given = ip_address(address)
    except ValueError:
        return f"{address[:64]!r} is no IP address."
    if isinstance(given, IPv6Address) and given.scope_id:
        return f"{address} belongs to one network interface only: such addresses are never dialled."
    judged = _judged(given)
    if _in(judged, NEVER) or _in(_inside_6to4(judged), NEVER):
        return f"{address} is link-local or a cloud's metadata service: such addresses are never dialled."
    if _in(judged, allowed) or _is_public(judged):
        return None
    return f"{address} is not a public address: it is dialled only if WEBHOOK_ALLOWED_NETWORKS has its network."


def dial_refusal(address: str, port: int, plain: bool, allowed: Sequence[Network]) -> str | None:
    """As `refusal`, for a connection to this port, with TLS or in plain text."""
    if why := refusal(address, allowed):
        return why
    if _in(_judged(ip_address(address)), allowed):
        return None if port == HTTP_PORT else _port_problem(port)
    if plain:
        return f"{address} is not within WEBHOOK_ALLOWED_NETWORKS: outside of them it has to be https."
    return _port_problem(port)


def url_problem(url: str, allowed: Sequence[Network]) -> str | None:
    """Why an endpoint may not have this URL, in a sentence; None if it may.

    Of a name's addresses nothing is known yet: http, and port 80, are taken if any network is allowed at all, and
    judged again when they are dialled.
    """
    if len(url) > URL_MAX_CHARACTERS:
        return f"The URL is longer than {URL_MAX_CHARACTERS} characters."
    if _UNREADABLE.search(url):
        return "The URL has a space, a control character or a backslash in it."
    try:
        parsed, written = URL(url), urlsplit(url)
        port = parsed.port
        host = parsed.raw_host or ""
        as_written = (written.hostname or "").casefold()
    except ValueError:
        return "The URL cannot be read: it has to look like https://shop.example/webhooks."
    if parsed.scheme not in ("https", "http"):
        return "The URL has to begin with https://."
    if "@" in written.netloc:
        return "The URL has a user name or a password in it: webhooks are proven by their signature instead."
    if "#" in url:
        return "The URL has a fragment (#…) in it, which is never sent."
    if why := _host_problem(host, as_written):
        return why
    return _place_problem(parsed.scheme == "http", host, port or 0, allowed)


def _place_problem(plain: bool, host: str, port: int, allowed: Sequence[Network]) -> str | None:
    if _is_address(host):
        return dial_refusal(host, port, plain, allowed)
    if plain and not allowed:
        return "The URL has to begin with https://: http is for WEBHOOK_ALLOWED_NETWORKS only."
    return None if port == HTTP_PORT and allowed else _port_problem(port)


def _port_problem(port: int) -> str | None:
    if port == HTTPS_PORT or port >= FIRST_UNPRIVILEGED_PORT:
        return None
    return f"Port {port} is not dialled: it has to be {HTTPS_PORT}, or {FIRST_UNPRIVILEGED_PORT} and above."


def _host_problem(host: str, as_written: str) -> str | None:
    """One spelling only: others are read as an address by some and as a name by others."""
    if not host:
        return "The URL has no host in it."
    if len(host) > HOST_MAX_CHARACTERS:
        return f"The URL's host is longer than {HOST_MAX_CHARACTERS} characters."
    if _is_address(host):
        usual = str(ip_address(host))
        return None if as_written == usual else f"The URL's host is an address written unusually: write it as {usual}."
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return "The URL's host is an address written unusually: write it as four decimal numbers, like 203.0.113.7."
    return None if all(map(_is_label, labels)) else "The URL's host is no valid name."


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    if not label.lower().startswith("xn--"):
        return True
    try:
        return bool(label[4:].encode().decode("punycode"))
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _judged(address: Address) -> Address:
    """The address that is reached: of a mapped and of a NAT64 address the IPv4 address inside."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _inside_6to4(address: Address) -> Address:
    return (isinstance(address, IPv6Address) and address.sixtofour) or address


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _is_public(address: Address) -> bool:
    if _in(address, NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address):
        return address in PUBLIC_V6
    return address.is_global and not address.is_multicast
