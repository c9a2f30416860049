"""The key that is generated for webhooks: one that is broken derives nothing, for anybody could derive the same."""

import pytest

from gateway.config.settings import load
from gateway.webhook_secrets import FILE, MissingKeyError, WebhookSecrets
from tests.conftest import SETTINGS

BROKEN = ["", "\n", "0123456789", "ключ-ключ-ключ-ключ-ключ-ключ-ключ-ключ"]


@pytest.fixture
def secrets(tmp_path):
    return lambda: WebhookSecrets(load({**SETTINGS, "TIYIN_HOME": str(tmp_path)}))


def test_a_key_is_generated_once_and_found_again(secrets, tmp_path):
    generated = secrets().fingerprint
    assert secrets().fingerprint == generated
    assert secrets().knows(generated)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("written", BROKEN)
def test_a_key_that_is_broken_derives_nothing(secrets, tmp_path, written):
    (tmp_path / FILE).write_text(written)
    for ask in (lambda: secrets().fingerprint, lambda: secrets().knows("0" * 16)):
        with pytest.raises(
            MissingKeyError, match=r"webhook\.key is cut off or cannot be read: put it back from a backup"
        ):
            ask()


def test_a_key_that_cannot_be_read_derives_nothing(secrets, tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(MissingKeyError, match="cannot be read"):
        _ = secrets().fingerprint
