"""Settings: what starts the gateway, what keeps it from starting, and that no value is ever shown."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.networks import networks
from gateway.config.settings import Settings, SettingsError, load
from gateway.config.shop_settings import FLAT
from tests.conftest import SETTINGS
from tests.gateway.config.refusal import TOKEN, refusal


def test_flat_names_are_shop_main() -> None:
    main = load(SETTINGS).shops["main"]
    assert main.payme is not None
    assert main.payme.keys[0].get_secret_value() == SETTINGS["PAYME_KEY"]
    (click,) = main.click
    assert (click.service_id, click.merchant_user_id, click.test) == (54321, 7788, False)


def test_unset_names_have_their_defaults() -> None:
    settings = load(SETTINGS)
    assert (settings.host, settings.port, settings.drain_seconds) == ("127.0.0.1", 8080, 20)
    assert (settings.exchanges_keep_days, settings.click_reservation, settings.audit_minutes) == (90, 3600, 60)
    assert settings.tiyin_home == Path(".tiyin").absolute()


def test_nothing_configured_refuses_unless_no_shop_is_needed() -> None:
    assert refusal({})[0].startswith("Nothing is configured: set PAYME_MERCHANT_ID")
    assert load({}, shops_required=False).shops == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"API_TOKEN": "short"}, "API_TOKEN is shorter than 32 characters", id="short token"),
        pytest.param({"PAYME_KEY": "short"}, "PAYME_KEY is shorter than 16 characters", id="short key"),
        pytest.param({"PAYME_KEY_PREVIOUS": "x"}, "PAYME_KEY_PREVIOUS is shorter than 16 characters", id="previous"),
        pytest.param({"CLICK_SECRET_KEY": "short"}, "CLICK_SECRET_KEY is shorter than 8 characters", id="short secret"),
        pytest.param({"CLICK_SECRET_KEY": "changeme"}, "CLICK_SECRET_KEY is easily guessed", id="changeme"),
        pytest.param({"API_TOKEN": "your-secret-token-here-change-me"}, "API_TOKEN is easily guessed", id="manual"),
        pytest.param({"API_TOKEN": "a" * 40}, "API_TOKEN is easily guessed", id="one character"),
        pytest.param({"PAYME_KEY": "1234567890123456"}, "PAYME_KEY is easily guessed", id="counting"),
        pytest.param({"PAYME_KEY": " " + SETTINGS["PAYME_KEY"]}, "PAYME_KEY has white space around it", id="space"),
        pytest.param({"API_TOKEN": TOKEN + " with spaces"}, None, id="token with spaces"),
        pytest.param({"PAYME_KEY": "0123\x00456789abcdefXYZ"}, None, id="NUL"),
        pytest.param({"PAYME_KEY": ""}, None, id="empty key"),
        pytest.param({"API_TOKEN": ""}, None, id="empty token"),
        pytest.param(
            {"PAYME_TEST_KEY": SETTINGS["PAYME_KEY"]}, "PAYME_KEY and PAYME_TEST_KEY are the same", id="twice"
        ),
        pytest.param(
            {"API_TEST_TOKEN": SETTINGS["API_TOKEN"]}, "API_TOKEN and API_TEST_TOKEN are the same", id="token of both"
        ),
        pytest.param(
            {"RETURN_URL": "shop.uz/thanks"},
            "RETURN_URL must begin with https:// or http://, such as https://shop.example.uz/thanks?order=1001",
            id="return URL",
        ),
        pytest.param({"RETURN_URL": "javascript:alert(1)"}, None, id="return to a script"),
        pytest.param({"PAYME_LOGIN": "with:colon"}, None, id="login"),
        pytest.param({"PAYME_BUSY_ORDER_CODE": "-32400"}, None, id="busy code"),
        pytest.param({"PAYME_SANDBOX": "perhaps"}, "PAYME_SANDBOX should be a valid boolean", id="boolean"),
        pytest.param({"PAYME_ALLOW_LIST": "enforce"}, "PAYME_ALLOW_LIST needs allowed networks", id="list of nobody"),
        pytest.param({"CLICK_ALLOWED_NETWORKS": "10.0.0.1/8"}, None, id="host bits"),
        pytest.param({"CLICK_SERVICE_ID": "0"}, None, id="service id"),
        pytest.param({"CLICK_MERCHANT_ID": "9" * 5000}, None, id="endless id"),
        pytest.param({"TRUSTED_PROXIES": "0.0.0.0/0"}, None, id="every proxy"),
        pytest.param({"PORT": "70000"}, "PORT should be less than or equal to 65535", id="port"),
        pytest.param({"LOG_LEVEL": "loud"}, None, id="log level"),
        pytest.param({"DATABASE_URL": "mysql://a:b@c/d"}, "DATABASE_URL must begin with postgresql://", id="mysql"),
        pytest.param(
            {"DATABASE_URL": "postgresql://u:Se@cret@host/x"},
            "DATABASE_URL has an @ within the password: write it as %40",
            id="@ in the password",
        ),
        pytest.param({"DATABASE_URL": "postgresql://host"}, "DATABASE_URL names no database", id="no database"),
        pytest.param({"DATABASE_URL": "postgresql://host/x?options=-c"}, None, id="unknown parameter"),
        pytest.param({"DATABASE_URL": "postgresql://host:port/x"}, None, id="bad port"),
        pytest.param({"DATABASE_URL": "postgresql://host:65536/x"}, None, id="port beyond all"),
        pytest.param({"TIYIN_CONFIG": "/nowhere/tiyin.toml"}, "/nowhere/tiyin.toml cannot be read", id="no file"),
    ],
)
def test_what_is_wrong_is_named_and_never_shown(changes: dict[str, str], sentence: str | None) -> None:
    sentences = refusal({**SETTINGS, **changes})
    name, value = next(iter(changes.items()))
    assert len(sentences) == 1
    assert sentences[0] == sentence if sentence else sentences[0].startswith(name)
    assert name == "TIYIN_CONFIG" or len(value) < 9 or value not in sentences[0]


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        pytest.param("PAYME_KEY", "PAYME_KEY", id="payme without a key"),
        pytest.param("PAYME_MERCHANT_ID", "PAYME_MERCHANT_ID", id="payme without an id"),
        pytest.param("CLICK_SERVICE_ID", "CLICK_SERVICE_ID", id="click without a service"),
        pytest.param("CLICK_SECRET_KEY", "CLICK_SECRET_KEY", id="click without a secret"),
    ],
)
def test_half_a_provider_is_refused_by_what_is_missing(missing: str, named: str) -> None:
    environ = {name: value for name, value in SETTINGS.items() if name != missing}
    assert refusal(environ) == [f"{named} is missing"]


def test_a_previous_key_does_not_stand_in_for_the_key() -> None:
    environ = {"PAYME_MERCHANT_ID": "587f72c72cac0d162c722ae2", "PAYME_KEY_PREVIOUS": SETTINGS["PAYME_KEY"]}
    assert refusal(environ) == ["PAYME_KEY is missing"]


def test_all_wrong_settings_are_named_at_once() -> None:
    sentences = refusal({**SETTINGS, "API_TOKEN": "x", "PAYME_KEY": "y", "CLICK_SECRET_KEY": "z", "PORT": "a"})
    assert [sentence.split()[0] for sentence in sentences] == ["API_TOKEN", "PAYME_KEY", "CLICK_SECRET_KEY", "PORT"]


@given(st.dictionaries(st.sampled_from(sorted(FLAT)), st.from_regex(r"[#-~]{9,60}", fullmatch=True), min_size=1))
def test_no_value_is_ever_shown(values: dict[str, str]) -> None:
    try:
        said = repr(load({name.upper(): value for name, value in values.items()}))
        values = {name: value for name, value in values.items() if "key" in name or "token" in name}
    except SettingsError as refused:
        said = str(refused)
    assert not [name for name, value in values.items() if value in said]


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("postgres://u:p%40ss@db:5433/tiyin", "postgresql+asyncpg://u:p%40ss@db:5433/tiyin"),
        ("postgresql://u@db/tiyin?sslmode=require", "postgresql+asyncpg://u@db/tiyin?ssl=require"),
        ("postgresql+asyncpg://u@/tiyin?host=/run/pg", "postgresql+asyncpg://u@/tiyin?host=%2Frun%2Fpg"),
    ],
)
def test_a_database_address_takes_the_drivers_form(given_url: str, url: str) -> None:
    settings = load({**SETTINGS, "DATABASE_URL": given_url})
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url
    assert "p%40ss" not in repr(settings)


@given(st.lists(st.ip_addresses(), max_size=4), st.sampled_from([",", ", ", " ", ",\n"]))
def test_networks_are_read_from_text_as_from_a_list(addresses: list[object], between: str) -> None:
    texts = [str(address) for address in addresses]
    assert networks(between.join(texts)) == networks(texts) == tuple(ip_network(text) for text in texts)


@pytest.mark.parametrize(
    ("names", "begin"),
    [
        ({"WEBHOOK_URL": "http://shop.example.uz/"}, "WEBHOOK_URL: "),
        ({"WEBHOOK_URL": "https://127.0.0.1/"}, "WEBHOOK_URL: "),
        ({"WEBHOOK_URL": "https://shop.example.uz/", "WEBHOOK_SECRET": "whsec_short"}, "WEBHOOK_SECRET "),
        ({"WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "WEBHOOK_URL is missing"),
        (
            {"WEBHOOK_URL": "https://shop.example.uz/", "WEBHOOK_EVENTS": "payment.paid, payment.payd"},
            "WEBHOOK_EVENTS has something that is no event: payment.created, payment.paid, ",
        ),
    ],
)
def test_an_endpoint_that_nothing_could_be_sent_to_is_refused(names: dict[str, str], begin: str) -> None:
    (sentence,) = refusal({**SETTINGS, **names})
    assert sentence.startswith(begin)


def test_the_example_names_every_setting() -> None:
    example = Path(__file__).parents[3].joinpath(".env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in {*FLAT, *Settings.model_fields} - {"shops"}} | {"TIYIN_CONFIG"}
