"""Which addresses a provider may call from."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address


class AllowListMode(StrEnum):
    OFF = "off"
    LOG = "log"
    """Everybody is served; strangers are logged."""
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class AllowList:
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    mode: AllowListMode = AllowListMode.OFF

    def knows(self, address: str | None) -> bool:
        """Whether the address lies in one of the networks; an address that cannot be read lies in none."""
        try:
            ip = ip_address(address or "")
        except ValueError:
            return False
        return any(ip in network for network in self.networks)
