"""The look for secrets itself: it finds what it is there for, and nothing else."""

import base64

import pytest
from pydantic import SecretStr

from gateway.config.settings import load
from tests.conftest import SETTINGS
from tests.leaks import LEAKS, Leaks

DIGEST = "bf1b3a8e50e73707cc9b3e9796d799f4"
NAMES = ("API_TOKEN", "PAYME_KEY", "PAYME_TEST_KEY", "CLICK_SECRET_KEY")


@pytest.fixture
def leaks() -> Leaks:
    leaks = Leaks()
    leaks.knows(load(SETTINGS))
    return leaks


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_found_wherever_it_is_written(leaks, name):
    leaks.written = [f'{{"event":"odd {SETTINGS[name]}"}}']
    leaks.answered = [f"{SETTINGS[name]}\n"]
    assert len(leaks.found()) == 2


@pytest.mark.parametrize("name", ["PAYME_KEY", "PAYME_TEST_KEY"])
def test_basic_credentials_are_found(leaks, name):
    leaks.written = [f"Basic {base64.b64encode(f'Paycom:{SETTINGS[name]}'.encode()).decode()}"]
    assert len(leaks.found()) == 1


def test_a_signature_is_found_once_it_was_sent(leaks):
    leaks.written = [f"sign_string={DIGEST.upper()}&", "correlation_id=0123456789abcdef0123456789abcdef"]
    assert leaks.found() == []
    leaks.signatures.add(DIGEST)
    assert len(leaks.found()) == 1


@pytest.mark.parametrize(
    ("text", "found"), [("8600069195406311", 1), ("8600+0691+9540+6311", 1), ("8600069195406312", 0)]
)
def test_a_card_number_is_found(leaks, text, found):
    leaks.written = [f'"account":"{text}"']
    assert len(leaks.found()) == found


def test_the_hidden_name_of_every_secret_setting_is_looked_through():
    leaks = Leaks()
    leaks.knows(load({**SETTINGS, "PAYME_KEY_PREVIOUS": "the-key-before-0123456789", "RATE_LIMIT_STORE": "memory://"}))
    leaks.written = ["the-key-before-0123456789"]
    assert len(leaks.found()) == 1
    assert isinstance(load(SETTINGS).rate_limit_store, SecretStr)


async def test_every_test_is_searched_for_leaks(payme, click, database):
    """Lines, answers, signatures and the settings' keys have all arrived."""
    await payme.looks_at("5f3a")
    await click.prepares("1001")
    assert any('"interface":"payme"' in line for line in LEAKS.written)
    assert any("-31003" in answer for answer in LEAKS.answered)
    assert len(LEAKS.signatures) == 1
    LEAKS.written.append(SETTINGS["PAYME_KEY"])
    assert len(LEAKS.found()) == 1
    LEAKS.written.pop()
