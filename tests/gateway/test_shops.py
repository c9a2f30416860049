"""Shops: from settings to what the interfaces are given."""

import pytest

from gateway.config.settings import load
from gateway.shops import api_tokens, cash_boxes, click_services, warnings
from tests.conftest import SETTINGS

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"
TRIALS = {"API_TEST_TOKEN": TEST_TOKEN, "PAYME_SANDBOX": "1"}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in SETTINGS.items() if not name.startswith(names)}


def test_a_shop_becomes_a_cash_box_a_service_and_tokens() -> None:
    settings = load(SETTINGS)
    assert cash_boxes(settings)["main"].keys == (SETTINGS["PAYME_KEY"],)
    (service,) = click_services(settings)["main"]
    assert service.secret_key == SETTINGS["CLICK_SECRET_KEY"]
    assert api_tokens(settings) == {"main": (SETTINGS["API_TOKEN"],)}


def test_test_mode_has_tokens_and_a_service_of_its_own() -> None:
    settings = load(SETTINGS | {"API_TEST_TOKEN": TEST_TOKEN, "CLICK_TEST": "1"})
    assert api_tokens(settings) == {"main": (SETTINGS["API_TOKEN"],), "main~test": (TEST_TOKEN,)}
    assert [service.shop for service in click_services(settings)["main"]] == ["main~test"]


def test_a_renamed_shop_carries_the_oldest_of_its_names() -> None:
    settings = load(SETTINGS | {"API_TEST_TOKEN": TEST_TOKEN, "SHOP_FORMERLY": "kids, toys"})
    assert cash_boxes(settings)["main"].shop == "toys"
    assert [service.shop for service in click_services(settings)["main"]] == ["toys"]
    assert api_tokens(settings).keys() == {"toys", "toys~test"}


def test_what_is_not_configured_has_no_interface() -> None:
    assert cash_boxes(load(without("PAYME"))) == {}
    assert click_services(load(without("CLICK"))) == {}
    assert api_tokens(load(without("API"))) == {}


def test_no_secret_is_printed() -> None:
    settings = load(SETTINGS)
    printed = f"{settings!r}{cash_boxes(settings)!r}{click_services(settings)!r}"
    assert [name for name, value in SETTINGS.items() if ("KEY" in name or "TOKEN" in name) and value in printed] == []


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        pytest.param(SETTINGS, ["PAYME_TEST_KEY"], id="test key without sandbox"),
        pytest.param(SETTINGS | TRIALS, [], id="nothing to say"),
        pytest.param(SETTINGS | {"PAYME_SANDBOX": "1"}, ["API_TEST_TOKEN"], id="no token for test orders"),
        pytest.param(SETTINGS | {"CLICK_TEST": "1"}, ["PAYME_TEST_KEY", "API_TEST_TOKEN"], id="nor for Click's"),
        pytest.param(without("PAYME_TEST") | {"PAYME_SANDBOX": "1"}, ["PAYME_TEST_KEY"], id="a sandbox without a key"),
        pytest.param(
            without("PAYME") | {"API_TEST_TOKEN": TEST_TOKEN}, ["test orders cannot be paid"], id="nobody to pay with"
        ),
        pytest.param(without("API", "PAYME"), ["API_TOKEN"], id="no token"),
        pytest.param(without("PAYME", "CLICK_MERCHANT_ID"), ["CLICK_MERCHANT_ID"], id="no links"),
        pytest.param(without("PAYME", "CLICK"), ["Payme"], id="no provider"),
        pytest.param(
            without("PAYME_TEST") | {"RETURN_URL": "https://shop.uz/?a;b"}, ["RETURN_URL has a ;"], id="no return link"
        ),
        pytest.param(without("PAYME") | {"RETURN_URL": "https://shop.uz/?a;b"}, [], id="a return link by Click"),
        pytest.param(
            without("PAYME") | {"CLICK_TEST": "1", "API_TEST_TOKEN": TEST_TOKEN},
            ["its only service at Click is a test service"],
            id="nobody takes money",
        ),
    ],
)
def test_what_is_probably_not_meant_is_said(environ: dict[str, str], named: list[str]) -> None:
    said = warnings(load(environ))
    assert len(said) == len(named)
    assert all(name in warning for name, warning in zip(named, said, strict=True))
