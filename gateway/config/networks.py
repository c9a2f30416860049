"""Networks and words are read here from what people write for them in the settings."""

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import BeforeValidator

from inbound.allow_list import Network


def networks(value: object) -> tuple[Network, ...]:
    """Read a text such as "10.0.0.0/8, 192.0.2.1", or a list of such texts."""
    parts = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError("is not a list of networks")
    try:
        return tuple(ip_network(part) for part in parts if part != "")
    except ValueError:
        raise ValueError("has something that is no network: write them as 10.0.0.0/8 or 192.0.2.1") from None


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Networks = Annotated[tuple[Network, ...], BeforeValidator(networks)]
