"""No URL, name or answer of a lookup leads into the gateway's own network: no connection is even begun."""

import pytest

from tests.outbound.conftest import LOOPBACK, Names
from tests.outbound.connections import connections
from tests.outbound.receiver import Receiver

LITERALS = [
    *("https://127.0.0.1/", "https://127.0.0.1:5432/", "https://127.0.0.1:8080/", "https://127.8.8.8/"),
    *("https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/"),
    *("https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fe80::1]/"),
    *("https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://017700000001/"),
    *("https://0177.0.0.1/", "https://127.1/", "https://127.0.1/", "https://127.0.0.1./", "https://１２７.0.0.1/"),
    *("https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:7f00:1]/"),
    *("https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::7f00:1]/"),
    *("https://[2001::7f00:1]/", "https://[fc00::1]/", "https://[ff02::1]/", "https://224.0.0.1/"),
    *("https://shop.example@127.0.0.1/", "http://127.0.0.1/", "file:///etc/passwd", "https://1.1.1.1:22/"),
]
LEADS_INWARD = [
    *("127.0.0.1", "0.0.0.0", "10.0.0.1", "192.168.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"),
    *("::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "fe80::1", "fc00::1"),
]


@pytest.mark.parametrize("url", LITERALS)
async def test_an_address_of_our_own_network_is_not_dialled(sender, url):
    sender.allowed = []
    with connections() as made:
        attempt = await sender.send(url)
    assert (attempt.outcome.value, attempt.address, made) == ("address", None, [])
    assert attempt.note.endswith(".")


@pytest.mark.parametrize("address", LEADS_INWARD)
async def test_a_name_that_leads_into_our_own_network_is_not_dialled(sender, address):
    sender.allowed, sender.names = [], Names(shop=[[address]])
    with connections() as made:
        attempt = await sender.send("https://shop.example/")
    assert (attempt.outcome.value, attempt.address, made) == ("address", None, [])
    assert address in attempt.note


async def test_of_several_addresses_only_the_public_ones_are_dialled(sender):
    sender.allowed, sender.names = [], Names(shop=[["127.0.0.1", "1.1.1.1", "::1", "10.0.0.1"]])
    with connections() as made:
        attempt = await sender.send("https://shop.example/")
    assert {place[0] for place in made} == {"1.1.1.1"}
    assert (attempt.outcome.value, attempt.address) == ("connect", "1.1.1.1")


async def test_a_name_that_is_rebound_is_judged_by_what_is_dialled(sender, monkeypatch):
    """First it leads to a public address, as at its registration, then inward."""
    monkeypatch.setattr("outbound.http.NAMES_KEPT_SECONDS", 0)
    sender.allowed, sender.names = [], Names(shop=[["1.1.1.1"], ["127.0.0.1"]])
    with connections() as made:
        outcomes = [await sender.outcome("https://shop.example/") for _ in range(3)]
    assert (outcomes, sender.names.lookups) == (["connect", "address", "address"], 3)
    assert {place[0] for place in made} == {"1.1.1.1"}


async def test_what_was_looked_up_once_is_what_is_dialled(sender):
    sender.names = Names(shop=[["127.0.0.1"], ["10.0.0.1"]])
    async with Receiver() as shop:
        assert await sender.outcome(shop.url("shop.example")) == "received"
    assert (sender.names.lookups, shop.connections, shop.headers["host"]) == (1, 1, f"shop.example:{shop.port}")


async def test_a_name_is_reached_in_plain_text_only_within_the_allowed_networks(sender):
    sender.allowed, sender.names = LOOPBACK, Names(shop=[["1.1.1.1"]])
    with connections() as made:
        attempt = await sender.send("http://shop.example:8080/")
    assert (attempt.outcome.value, made) == ("address", [])
    assert attempt.note.endswith("outside of them it has to be https.")


@pytest.mark.parametrize("other", ["//user:password@127.0.0.1", "//127.0.0.1.", "//0x7f000001"])
async def test_what_may_not_be_registered_is_not_sent_to(sender, other):
    async with Receiver() as shop:
        attempt = await sender.send(shop.url().replace("//127.0.0.1", other))
    assert (attempt.outcome.value, shop.connections) == ("address", 0)
    assert "The URL" in attempt.note


async def test_a_port_of_the_systems_own_services_is_not_dialled(sender):
    sender.names = Names(shop=[["1.1.1.1"]])
    with connections() as made:
        assert await sender.outcome("https://shop.example:80/") == "address"
    assert made == []


async def test_no_proxy_and_no_password_of_the_environment_is_used(sender, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login operator password of-another-service\n")
    async with Receiver() as shop, Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(path=""))
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        assert await sender.outcome(shop.url()) == "received"
    assert (shop.connections, proxy.connections, "authorization" in shop.headers) == (1, 0, False)
