"""What webhooks need before anything is served: the key that secrets are derived from, and certificates."""

import re
from pathlib import Path

import pytest

from tests.gateway.conftest import Types

KEY = "webhook-key-0123456789-abcdefghijklmnop"
OTHER = "another-key-0123456789-abcdefghijklmnop"


@pytest.fixture
def secret(types: Types) -> str:
    """Of an endpoint that was registered with the first key."""
    status, said, _ = types("webhook", "add", "erp", "https://erp.example.uz/", WEBHOOK_KEY=KEY)
    assert status == 0
    return secret_in(said)


def secret_in(said: str) -> str:
    found = re.search(r"whsec_\S+", said)
    assert found
    return found[0]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_with_another_key_nothing_is_served(types: Types, secret: str, command: str) -> None:
    status, _, error = types(command, "--port", "0", WEBHOOK_KEY=OTHER)
    derived = "the secrets of these webhook endpoints were derived: erp of main."
    assert (status, f"WEBHOOK_KEY is not the one from which {derived}" in error) == (1, True)
    assert not {KEY, OTHER} & set(error.split())


def test_without_a_key_nothing_is_served_where_one_is_needed(types: Types) -> None:
    status, _, error = types("serve", "--port", "0", WEBHOOK_URL="https://erp.example.uz/")
    assert (status, "WEBHOOK_KEY is not set: the secrets of webhook endpoints are derived from it." in error) == (
        1,
        True,
    )


def test_while_the_key_is_changed_endpoints_keep_their_secrets_until_they_are_rotated(
    types: Types, secret: str
) -> None:
    both = {"WEBHOOK_KEY": OTHER, "WEBHOOK_KEY_PREVIOUS": KEY}
    assert secret_in(types("webhook", "show", "erp", "--secret", **both)[1]) == secret
    rotated = secret_in(types("webhook", "rotate", "erp", **both)[1])
    assert rotated != secret
    assert secret_in(types("webhook", "show", "erp", "--secret", WEBHOOK_KEY=OTHER)[1]) == rotated


def test_certificates_that_cannot_be_read_are_said_before_anything_is_served(types: Types, tmp_path: Path) -> None:
    for text in (None, "no certificate"):
        if text is not None:
            (tmp_path / "ca.pem").write_text(text)
        status, _, error = types("serve", "--port", "0", WEBHOOK_CA_FILE=str(tmp_path / "ca.pem"))
        assert (status, "WEBHOOK_CA_FILE" in error, "Unexpected" in error) == (1, True, False)
