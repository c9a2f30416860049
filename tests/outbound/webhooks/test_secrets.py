"""Secrets of endpoints: derived, each its own, readable by a library of Standard Webhooks; no key shows through."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from outbound.webhooks.secrets import as_text, derive, fingerprint, from_text
from tests.outbound.webhooks.test_signature import Sent, verify

KEY = b"k" * 32
ENDPOINTS = some.tuples(some.text(max_size=8), some.text(max_size=8), some.integers(1, 20))


def test_a_secret_is_the_same_at_every_start():
    secret = "711cddaa677477d54fcecb4d1ec7d2885976a10eb61b1f11f5a141527f01e5b6"
    assert derive(KEY, "main", "crm", 1).hex() == secret


@pytest.mark.parametrize(
    "other",
    [(KEY, "main", "crm", 2), (KEY, "main", "crm2", 1), (KEY, "mainc", "rm", 1), (b"l" * 32, "main", "crm", 1)],
    ids=["generation", "name", "boundary", "key"],
)
def test_another_endpoint_generation_or_key_has_another_secret(other):
    assert derive(KEY, "main", "crm", 1) != derive(*other)


@given(ENDPOINTS, ENDPOINTS)
def test_no_two_endpoints_share_a_secret(one, other):
    assert (derive(KEY, *one) == derive(KEY, *other)) == (one == other)


def test_a_fingerprint_tells_keys_apart_and_is_no_part_of_a_secret():
    assert fingerprint(KEY) == fingerprint(KEY) != fingerprint(b"l" * 32)
    assert len(fingerprint(KEY)) == 16
    assert fingerprint(KEY) not in derive(KEY, "main", "crm", 1).hex() + KEY.hex()


@given(some.binary(min_size=24, max_size=64))
def test_a_text_is_the_secret_again_and_the_library_reads_the_same(secret):
    text = as_text(secret)
    assert from_text(text) == from_text(text.removeprefix("whsec_")) == from_text(f" {text.rstrip('=')}\n") == secret
    verify(text, Sent([secret]))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("whsec_not base64!at_all", "is not base64"),
        ("whsec_пароль", "is not base64"),
        ("whsec_MTIzN", "is not base64"),
        ("", "24 to 64 bytes .* this one has 0"),
        (as_text(b"s" * 23), "24 to 64 bytes .* this one has 23"),
        (as_text(b"s" * 65), "24 to 64 bytes .* this one has 65"),
    ],
)
def test_what_is_no_secret_is_refused_in_a_sentence_that_does_not_show_it(text, sentence):
    with pytest.raises(ValueError, match=sentence) as refused:
        from_text(text)
    assert not text or text.removeprefix("whsec_") not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
