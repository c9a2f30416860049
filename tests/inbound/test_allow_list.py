"""Which addresses lie in an allow list."""

from ipaddress import ip_network

import pytest

from inbound.allow_list import AllowList, AllowListMode

KNOWN, UNLISTED = "185.234.113.3", "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "known"),
    [(KNOWN, True), (f"::ffff:{KNOWN}", True), (f"::ffff:{UNLISTED}", False), ("", False), (None, False), ("x", False)],
)
def test_a_listener_of_ipv6_shows_callers_of_ipv4_as_mapped(address, known):
    allow_list = AllowList((ip_network("185.234.113.0/28"),), AllowListMode.ENFORCE)
    assert allow_list.knows(address) == known
