"""Whose address a call is given when proxies stand in between."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.client_address import HOPS_MAX, caller_network, client_address

OURS = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
PROXY = "10.0.0.1"
UNTRUSTED = "203.0.113.7"

addresses = st.ip_addresses().map(str)
garbage = st.text(max_size=60)


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        pytest.param(UNTRUSTED, ["198.51.100.1"], UNTRUSTED, id="what an untrusted caller writes is ignored"),
        pytest.param(PROXY, [], PROXY, id="our proxy itself calls"),
        pytest.param(PROXY, ["198.51.100.1"], "198.51.100.1", id="one proxy"),
        pytest.param(PROXY, ["198.51.100.1, 10.0.0.2"], "198.51.100.1", id="two proxies"),
        pytest.param(PROXY, ["198.51.100.1", "10.0.0.2"], "198.51.100.1", id="two headers are one list"),
        pytest.param(PROXY, ["192.0.2.66, 198.51.100.1"], "198.51.100.1", id="the client wrote a hop of its own"),
        pytest.param(PROXY, ["10.0.0.9, 198.51.100.1"], "198.51.100.1", id="the client wrote a trusted hop"),
        pytest.param(PROXY, ["10.0.0.3, 10.0.0.2"], "10.0.0.3", id="everybody is trusted"),
        pytest.param(PROXY, ["198.51.100.1, evil"], PROXY, id="garbage at the right"),
        pytest.param(PROXY, ["evil, 10.0.0.2"], "10.0.0.2", id="garbage behind a trusted hop"),
        pytest.param(PROXY, [""], PROXY, id="an empty header"),
        pytest.param(PROXY, ["198.51.100.1:4711"], "198.51.100.1", id="with a port"),
        pytest.param(PROXY, ["[2001:db8::1]:4711"], "2001:db8::1", id="IPv6 with a port"),
        pytest.param(PROXY, ["2001:db8::1"], "2001:db8::1", id="IPv6"),
        pytest.param("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1", id="IPv4 mapped into IPv6"),
        pytest.param(None, ["198.51.100.1"], None, id="no peer at all"),
        pytest.param(PROXY, [", ".join([UNTRUSTED] + [PROXY] * HOPS_MAX)], PROXY, id="more hops than anybody has"),
    ],
)
def test_the_caller_is_the_first_hop_that_is_not_ours(peer, forwarded, caller):
    assert client_address(peer, forwarded, OURS) == caller


def test_without_trusted_proxies_nobody_is_believed():
    assert client_address(PROXY, ["198.51.100.1"], ()) == PROXY


@given(st.lists(garbage | addresses, max_size=5), addresses)
def test_what_stands_left_of_an_untrusted_address_changes_nothing(written, untrusted):
    trusted = any(ip_address(untrusted) in network for network in OURS)
    caller = client_address(PROXY, [*written, untrusted], OURS)
    assert trusted or caller == (client_address(PROXY, [untrusted], OURS))


@given(st.lists(garbage, max_size=40), garbage | addresses)
def test_the_answer_is_an_address_or_the_peer_itself(written, peer):
    caller = client_address(peer, written, OURS)
    assert caller == peer or ip_address(caller)


@given(st.lists(garbage | addresses), st.ip_addresses(network=ip_network("203.0.113.0/24")).map(str))
def test_a_direct_caller_cannot_choose_an_address(written, peer):
    assert client_address(peer, written, OURS) == peer


@pytest.mark.settings(TRUSTED_PROXIES="127.0.0.0/8")
async def test_the_true_address_reaches_the_journal(http, payme, journal_rows):
    await http.post(payme.url, json={}, headers={"X-Forwarded-For": "192.0.2.66, 198.51.100.1"})
    assert [row.remote for row in await journal_rows(1)] == ["198.51.100.1"]


async def test_an_untrusted_caller_keeps_its_own_address(http, payme, journal_rows):
    await http.post(payme.url, json={}, headers={"X-Forwarded-For": "198.51.100.1"})
    assert [row.remote for row in await journal_rows(1)] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7%eth0", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::]:4711", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1%anything", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::2%eth1", "fe80::/64"),
        ("/run/socket", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_one_caller(address, network):
    assert caller_network(address) == network


@pytest.mark.settings(TRUSTED_PROXIES="127.0.0.0/8")
async def test_a_scope_is_not_kept(http, payme, journal_rows):
    """It may be any text: thousands of bytes of it, in a place where nobody looks for what a caller wrote."""
    await http.post(payme.url, json={}, headers={"X-Forwarded-For": f"fe80::1%{'s' * 5000}"})
    assert [row.remote for row in await journal_rows(1)] == ["fe80::1"]
