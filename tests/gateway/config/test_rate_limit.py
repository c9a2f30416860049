"""What RATE_LIMIT_FAILURES, RATE_LIMIT_STORE, FAILED_AUTH_BYTES_A_DAY may say, and the sentences that say no."""

import sys

import pytest

from gateway.config.settings import SettingsError, load
from tests.conftest import SETTINGS

NO_LIMIT = "RATE_LIMIT_FAILURES should be one number of calls and a time, such as 30/minute or 100 per 5 minutes"
NO_STORE = "RATE_LIMIT_STORE should be memory:// or redis://host:port/number"
NO_ADDRESS = "RATE_LIMIT_STORE is not an address like redis://:password@host:6379/0"


def refusal(**names: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(SETTINGS | names)
    return refused.value.sentences


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("64MiB", 64 * 2**20), ("1048576", 2**20), ("100 kB", 100_000), ("1.5GiB", 3 * 2**29)]
)
def test_bytes_of_a_day(text, size):
    assert load(SETTINGS | {"FAILED_AUTH_BYTES_A_DAY": text}).failed_auth_bytes_a_day == size


@pytest.mark.parametrize("text", ["-1", "much", "nan", "1e3", "64 megs"])
def test_what_is_no_number_of_bytes(text):
    assert refusal(FAILED_AUTH_BYTES_A_DAY=text) == (
        "FAILED_AUTH_BYTES_A_DAY should be a number of bytes, such as 64MiB",
    )


@pytest.mark.parametrize("text", ["1/second", "30/minute", "100 per 5 minutes", "5 per hour", "1/day", "10/month"])
def test_a_limit(text):
    assert load(SETTINGS | {"RATE_LIMIT_FAILURES": text}).rate_limit_failures == text


@pytest.mark.parametrize("text", ["30", "0/minute", "-1/minute", "30/fortnight", "1/minute;5/hour", "x"])
def test_what_is_no_limit(text):
    assert refusal(RATE_LIMIT_FAILURES=text) == (NO_LIMIT,)


@pytest.mark.parametrize(
    "url", ["memory://", "redis://h", "redis://u:pass-word@h:6379/0", "rediss://h:6380/1?socket_timeout=1"]
)
def test_a_store(url):
    settings = load(SETTINGS | {"RATE_LIMIT_STORE": url})
    assert settings.rate_limit_store.get_secret_value() == url
    assert "pass-word" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("memcached://h", NO_STORE),
        ("memory", NO_STORE),
        ("redis+sentinel://h", NO_STORE),
        ("redis://:pass-word@h:port/0", NO_ADDRESS),
        ("redis://:pass-word@h:99999/0", NO_ADDRESS),
        ("redis://:pass-word@[h/0", NO_ADDRESS),
        ("redis://h/0?nonsense=pass-word", NO_ADDRESS),
    ],
)
def test_what_is_no_store(url, sentence):
    assert refusal(RATE_LIMIT_STORE=url) == (sentence,)


def test_a_redis_without_its_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    assert refusal(RATE_LIMIT_STORE="redis://localhost") == (
        "RATE_LIMIT_STORE needs a package that is not installed: pip install 'tiyin[redis]'",
    )
