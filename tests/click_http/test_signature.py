"""The signature: Click's own arithmetic over the texts exactly as they came (Click, "Signature")."""

import hashlib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from click_http.signature import is_signed, signature
from click_http.wire import Form

KEY = "Kx7-demo-SECRET"

ORD_42 = {"click_trans_id": "3650011223", "merchant_trans_id": "ORD-42", "amount": "1000.00"}
ORD_43 = {"click_trans_id": "3650011224", "merchant_trans_id": "ORD-43", "amount": "250000.50"}
H3 = ORD_42 | {"action": "1", "merchant_prepare_id": "1001", "sign_time": "2026-11-22 10:15:42"}
H6 = ORD_43 | {"action": "1", "merchant_prepare_id": "1002", "error": "-5017", "sign_time": "2026-11-22 11:00:07"}
H7 = ORD_43 | {"click_trans_id": "3650011299", "amount": "250000.5", "action": "1", "sign_time": "2026-11-22 10:20:00"}
H8 = {
    "click_trans_id": "3650011300",
    "merchant_trans_id": "Договор №7",
    "amount": "33139.73",
    "sign_time": "2026-11-22 10:21:00",
}
VECTORS = [
    pytest.param(ORD_42, "bf1b3a8e50e73707cc9b3e9796d799f4", id="H1"),
    pytest.param(ORD_42 | {"amount": "1000"}, "dfe7c5083ed6e207b16f9b9e7bf96506", id="H2"),
    pytest.param(H3, "53073dcac4ef51153c2a6c19a893b4fc", id="H3"),
    pytest.param(H3 | {"amount": "1000"}, "ed5bcb6a7711ad14d2cf1015d0ff6e29", id="H4"),
    pytest.param(ORD_43 | {"sign_time": "2026-11-22 11:00:01"}, "7c9c7ca9d6c51a3f68727b7f19c5715e", id="H5"),
    pytest.param(H6, "1ed1cdd3ff1c7ae0fc82d67c351e59e2", id="H6"),
    pytest.param(H7, "0deb969456490d7cfc5d08d5abcef381", id="H7"),
    pytest.param(H8, "720cf24c0820707ee04a7333c5d36873", id="H8"),
]

ELSEWHERE = {"click_trans_id": "3737503", "service_id": "12345", "merchant_trans_id": "order_9001", "amount": "1000.00"}
SEEN_ELSEWHERE = [
    pytest.param(ELSEWHERE | {"sign_time": "2026-08-22 14:03:11"}, "9f73df6a589039c3afde3e2039720e46", id="Prepare"),
    pytest.param(
        ELSEWHERE | {"action": "1", "merchant_prepare_id": "778", "sign_time": "2026-08-22 14:03:19"},
        "a55a9138d88a9f9ee6fa86bece724e0b",
        id="Complete",
    ),
]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FORMS = st.builds(
    Form, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["0", "1", "2", ""]), TEXTS, TEXTS, TEXTS
)


def form(**texts: str) -> Form:
    """A Prepare, but for the texts given."""
    usual = dict.fromkeys((field.name for field in fields(Form)), "")
    return Form(
        **usual | {"service_id": "54321", "action": "0", "error": "0", "sign_time": "2026-11-22 10:15:30"} | texts
    )


@pytest.mark.parametrize(("texts", "digest"), VECTORS)
def test_the_known_vectors(texts, digest):
    assert signature(form(**texts), KEY) == digest
    assert is_signed(form(**texts, sign_string=digest), KEY)
    assert is_signed(form(**texts, sign_string=digest.upper()), KEY)


@pytest.mark.parametrize(("texts", "digest"), SEEN_ELSEWHERE)
def test_vectors_seen_elsewhere(texts, digest):
    assert signature(form(**texts), "SECRET123") == digest


@given(FORMS, TEXTS)
def test_it_is_the_md5_of_the_raw_texts_and_of_nothing_else(form, key):
    prepare_id = form.merchant_prepare_id if form.action == "1" else ""
    head = form.click_trans_id + form.service_id + key + form.merchant_trans_id
    text = head + prepare_id + form.amount + form.action + form.sign_time
    assert signature(form, key) == hashlib.md5(text.encode()).hexdigest()


@given(FORMS, TEXTS)
def test_whatever_else_was_sent_is_not_taken_for_it(form, key):
    assert is_signed(form, key) == (form.sign_string.lower() == signature(form, key))


@pytest.mark.parametrize("sign_string", ["", "bf1b3a8e", "пароль", "\0" * 32, "bf1b3a8e50e73707cc9b3e9796d799f4 "])
def test_a_signature_of_the_wrong_shape_is_merely_wrong(sign_string):
    assert not is_signed(form(**ORD_42, sign_string=sign_string), KEY)


async def test_an_empty_prepare_id_is_no_part_of_a_prepare(click, shop):
    await shop.opens("1001")
    form = click.form("1001") | {"merchant_prepare_id": ""}
    assert (await click.posts(form))["error"] == 0


@pytest.mark.parametrize("unsigned", [{"click_paydoc_id": "77"}, {"error_note": "другое"}, {"error": "00"}], ids=str)
async def test_fields_that_are_not_signed_may_change(click, shop, unsigned):
    await shop.opens("1001")
    assert (await click.posts(click.form("1001") | unsigned))["error"] == 0


@pytest.mark.parametrize(
    "signed",
    [
        {"click_trans_id": "3650099999"},
        {"service_id": "54322"},
        {"merchant_trans_id": "1002"},
        {"amount": "500.00"},
        {"action": "1", "merchant_prepare_id": "1"},
        {"sign_time": "2026-11-22 10:15:31"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_changed_signed_field_is_refused(click, shop, signed):
    await shop.opens("1001")
    assert (await click.posts(click.form("1001") | signed))["error"] == -1
    assert await shop.states() == [(None, "awaiting")]
