"""TLS is verified: a certificate that nobody trusts, that has expired or is another name's gets nothing."""

import ssl

import pytest

from outbound.http import tls_context
from tests.outbound.certificates import LATELY, Authority, needs_openssl
from tests.outbound.conftest import Names
from tests.outbound.receiver import Receiver

pytestmark = needs_openssl


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def customer(sender, authority):
    """A sender that trusts the authority, and whose names all lead to loopback."""
    sender.ca_file, sender.names = authority.certificate, Names(shop=[["127.0.0.1"]], other=[["127.0.0.1"]])
    return sender


async def sent(customer, tls, host="shop.example"):
    async with Receiver(tls=tls) as shop:
        attempt = await customer.send(shop.url(host))
    return attempt.outcome.value, attempt.note, shop.bodies


async def test_a_certificate_of_the_given_authority_is_taken(customer, authority):
    async with Receiver(tls=authority.server()) as shop:
        attempts = [await customer.send(shop.url("shop.example")) for _ in range(2)]
    assert [attempt.outcome.value for attempt in attempts] == ["received"] * 2
    assert (shop.connections, attempts[1].address) == (1, "127.0.0.1")


async def test_an_address_may_have_a_certificate(customer, authority):
    assert (await sent(customer, authority.server("IP:127.0.0.1"), "127.0.0.1"))[0] == "received"


async def test_a_certificate_that_nobody_has_signed_is_not_trusted(customer, authority):
    customer.ca_file = None
    outcome, note, bodies = await sent(customer, authority.server())
    assert (outcome, bodies) == ("tls", [])
    assert note.startswith("Its TLS certificate is not trusted: ")


async def test_an_expired_certificate_is_not_trusted(customer, authority):
    answered = await sent(customer, authority.server(ends=LATELY))
    assert answered == ("tls", "Its TLS certificate is not trusted: certificate has expired.", [])


async def test_a_certificate_of_another_name_is_not_trusted(customer, authority):
    outcome, note, bodies = await sent(customer, authority.server(), host="other.example")
    assert (outcome, bodies) == ("tls", [])
    assert "Hostname mismatch" in note


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_is_not_spoken(customer, authority):
    tls = authority.server()
    tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    outcome, _, bodies = await sent(customer, tls)
    assert (outcome in {"tls", "connect"}, bodies) == (True, [])
    assert tls_context(None).minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_receiver_without_tls_gets_nothing(customer):
    async with Receiver(greets=b"HTTP/1.1 400 Bad Request\r\n\r\n") as shop:
        attempt = await customer.send(shop.url("shop.example").replace("http:", "https:"))
    assert (attempt.outcome.value, shop.bodies) == ("tls", [])
    assert attempt.note.startswith("TLS could not be agreed on: ")


def test_authorities_that_cannot_be_read_are_named(tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("none")
    with pytest.raises(
        ValueError, match=r"empty\.pem cannot be used: it holds no certificate\. It has to be a PEM file\."
    ):
        tls_context(empty)
    with pytest.raises(ValueError, match=r"cannot be used: No such file or directory\."):
        tls_context(tmp_path / "none.pem")
