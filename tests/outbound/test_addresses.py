"""Which addresses are dialled and which URLs an endpoint may have: rows of what was asked and the answer."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as some

from outbound.addresses import dial_refusal, refusal, url_problem

LOOPBACK = [ip_network("127.0.0.0/8")]
EVERYTHING = [ip_network("0.0.0.0/0"), ip_network("::/0")]

PUBLIC = ["1.1.1.1", "203.0.114.1", "2606:4700::1111", "2a00:1450::5", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.1"),
    *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:101:101::", "2001::1", "2001:db8::1", "3fff::1"),
    *("fc00::1", "fd12::1", "ff02::1", "5f00::1", "100::1", "192.0.0.9", "192.0.0.170", "192.0.0.255"),
]
METADATA = [
    *("169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "fd00:ec2::254"),
    *("::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::"),
    *("192.0.0.192", "168.63.129.16", "100.100.100.200", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_dialled(address):
    assert refusal(address, []) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_dialled_only_where_they_are_allowed(address):
    assert refusal(address, []) == (
        f"{address} is not a public address: it is dialled only if WEBHOOK_ALLOWED_NETWORKS has its network."
    )
    assert refusal(address, EVERYTHING) is None


@pytest.mark.parametrize("address", METADATA)
def test_link_local_and_metadata_services_are_never_dialled(address):
    assert "never dialled" in (refusal(address, EVERYTHING) or "")


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "127.9.9.9"])
def test_what_has_an_allowed_address_inside_is_allowed(address):
    assert refusal(address, LOOPBACK) is None


@pytest.mark.parametrize("address", ["", "localhost", "2130706433", "127.1", "0x7f000001", "fe80::1%eth0", "1.1.1.1%x"])
def test_what_is_no_plain_address_is_refused(address):
    assert refusal(address, EVERYTHING)


@given(some.ip_addresses(v=4))
def test_a_mapped_and_a_nat64_address_are_what_is_inside(inside: IPv4Address):
    mapped = IPv6Address(0xFFFF << 32 | int(inside))
    nat64 = IPv6Address(0x64FF9B << 96 | int(inside))
    answers = [refusal(str(address), LOOPBACK) is None for address in (inside, mapped, nat64)]
    assert len(set(answers)) == 1


@given(some.ip_addresses(v=6))
def test_of_version_6_only_what_is_given_out_for_the_internet_is_public(address: IPv6Address):
    inside = address.ipv4_mapped or address in ip_network("64:ff9b::/96")
    assert inside or refusal(str(address), []) or address in ip_network("2000::/3")


@pytest.mark.parametrize(
    ("address", "port", "plain", "sentence"),
    [
        ("1.1.1.1", 443, False, None),
        ("1.1.1.1", 8443, False, None),
        ("1.1.1.1", 80, False, "Port 80 is not dialled: it has to be 443, or 1024 and above."),
        ("1.1.1.1", 22, False, "Port 22 is not dialled: it has to be 443, or 1024 and above."),
        ("1.1.1.1", 8080, True, "1.1.1.1 is not within WEBHOOK_ALLOWED_NETWORKS: outside of them it has to be https."),
        ("127.0.0.1", 80, True, None),
        ("127.0.0.1", 8080, True, None),
        ("127.0.0.1", 25, False, "Port 25 is not dialled: it has to be 443, or 1024 and above."),
    ],
)
def test_plain_text_and_port_80_are_for_allowed_networks(address, port, plain, sentence):
    assert dial_refusal(address, port, plain, LOOPBACK) == sentence


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/webhooks?from=tiyin",
        "https://SHOP.example:8443",
        "https://дўкон.example/",
        "https://xn--80akhbyknj4f.example/",
        "https://my_shop.example./",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:443/",
        "https://shop.example/" + "x" * (2000 - len("https://shop.example/")),
    ],
)
def test_a_url_of_the_internet_is_taken(url):
    assert url_problem(url, []) is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://shop.example/" + "x" * 1980, "longer than 2000 characters"),
        ("https://shop .example/", "a space, a control character or a backslash"),
        ("https://shop.example/\r\nwebhook-id: 1", "a space, a control character or a backslash"),
        ("https:\\\\127.0.0.1/", "a space, a control character or a backslash"),
        ("https://[::1", "cannot be read"),
        ("https://shop.example:99999/", "cannot be read"),
        ("https://\udc00.example/", "cannot be read"),
        ("ftp://shop.example/", "begin with https://"),
        ("shop.example", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("http://shop.example/", "begin with https://: http is for WEBHOOK_ALLOWED_NETWORKS only"),
        ("https://a:b@shop.example/", "user name or a password"),
        ("https://@shop.example/", "user name or a password"),
        ("https://1.1.1.1:443@127.0.0.1/", "user name or a password"),
        ("https://shop.example/#", "fragment"),
        ("https:///webhooks", "no host"),
        ("https:127.0.0.1/", "no host"),
        ("https://" + ".".join(["x" * 60] * 5) + "/", "longer than 253"),
        ("https://" + "x" * 64 + ".example/", "no valid name"),
        ("https://a..example/", "no valid name"),
        ("https://-a.example/", "no valid name"),
        ("https://xn--.example/", "no valid name"),
        ("https://shop.example:80/", "Port 80 is not dialled"),
        ("https://shop.example:0/", "Port 0 is not dialled"),
        ("https://shop.example:25/", "Port 25 is not dialled"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://[2002:7f00:1::]/", "not a public address"),
        ("https://169.254.169.254/latest/meta-data/", "never dialled"),
    ],
)
def test_a_url_that_no_webhook_goes_to_is_refused_in_a_sentence(url, sentence):
    assert sentence in (url_problem(url, []) or "")


LITERALS = [
    *("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.01"),
    *("127.0.0.1.", "１２７.0.0.1", "⑯⑨.254.169.254", "256.1.1.1", "1.1.1.1.1", "a.0x7f", "0"),
    *("[0:0:0:0:0:0:0:1]", "[::0001]", "[2606:4700:0::1111]"),
]


@pytest.mark.parametrize("literal", LITERALS)
def test_an_address_has_one_spelling(literal):
    for allowed in ([], LOOPBACK, EVERYTHING):
        assert "an address written unusually" in (url_problem(f"https://{literal}/", allowed) or "")


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://127.0.0.1:8080/", True),
        ("http://127.0.0.1/", True),
        ("http://localhost/", True),
        ("http://shop.example:80/", True),
        ("http://10.0.0.1/", False),
        ("http://1.1.1.1/", False),
        ("http://localhost:25/", False),
    ],
)
def test_plain_text_is_for_allowed_networks(url, taken):
    assert (url_problem(url, LOOPBACK) is None) == taken
    assert url_problem(url, [])


@given(some.text() | some.text("htps:/[]@#0123456789abcdefx.%?-", max_size=40).map("https://".__add__))
def test_whatever_is_written_is_taken_or_refused(url):
    problem = url_problem(url, LOOPBACK)
    assert problem is None or problem.endswith(".")
