"""The sandbox is never aimed at somebody's shop by a slip."""

import pytest
from tiyin_sandbox.engine.host_safety import CannotRun, check_host


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/payme",
        "https://localhost/payme",
        "http://LOCALHOST:8080",
        "http://[::1]:8080/payme",
        "http://127.8.9.1/",
    ],
)
def test_this_machine_may_be_called(url):
    check_host(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/payme",
        "http://10.0.0.5/payme",
        "http://0.0.0.0/payme",
        "http://localhost.example/payme",
        "http://127.0.0.1.example/payme",
        "http://[2001:db8::1]/payme",
    ],
)
def test_another_host_may_not(url):
    with pytest.raises(CannotRun, match=r"is not this machine.*--yes-this-host"):
        check_host(url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://test.shop.example/payme", "test.shop.example"),
        ("https://Test.Shop.Example/payme", "test.shop.example"),
        ("http://[2001:db8::1]/", "[2001:db8::1]"),
    ],
)
def test_another_host_may_once_it_is_named(url, name):
    check_host(url, [name])


def test_naming_one_host_opens_no_other():
    with pytest.raises(CannotRun):
        check_host("https://shop.example/", ["test.shop.example", "example"])


@pytest.mark.parametrize(
    "url", ["shop.example/payme", "ftp://127.0.0.1/", "", "http://", "http://[::1", "file:///etc/passwd"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(CannotRun, match=r"no (http:// or https:// )?URL"):
        check_host(url)


def test_credentials_in_the_address_are_refused():
    with pytest.raises(CannotRun, match="--login and --key"):
        check_host("http://Paycom:key@127.0.0.1/")
