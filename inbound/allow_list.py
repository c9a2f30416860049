"""The allow list says which addresses a provider may call from."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


class AllowListMode(StrEnum):
    OFF = "off"
    LOG = "log"
    """Everybody is served; who is not on the list is logged."""
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class AllowList:
    networks: tuple[Network, ...] = ()
    mode: AllowListMode = AllowListMode.OFF

    def knows(self, address: str | None) -> bool:
        """Whether the address lies in one of the networks; an address that cannot be read lies in none.

        A listener of IPv6 shows callers of IPv4 as ::ffff:192.0.2.1.
        """
        try:
            ip = ip_address(address or "")
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self.networks)
