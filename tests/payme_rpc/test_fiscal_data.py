"""What Payme sends of a receipt becomes plain texts: whatever comes, in whichever type, nothing is refused."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import Receipt, ReceiptFailure
from payme_rpc.fiscal_data import read_fiscal_data
from tests.payme_rpc.calls import FISCAL_DATA

NAMES = tuple(FISCAL_DATA)
URL = FISCAL_DATA["qr_code_url"]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = scalars | st.lists(scalars, max_size=2) | st.fixed_dictionaries({"x": scalars})
fiscal_data = st.fixed_dictionaries({}, optional={name: st.just(FISCAL_DATA[name]) | values for name in NAMES})


@given(fiscal_data)
@example({})
@example({**FISCAL_DATA, "message": "x" * 2001, "receipt_id": "1" * 2001})
def test_whatever_comes_is_texts_and_is_kept_whole(data):
    outcome = read_fiscal_data(data)
    assert outcome.raw == data
    for text in outcome[:-1]:
        assert text is None or (type(text) is str and 1 <= len(text) <= 2000)
    if isinstance(outcome, Receipt):
        assert outcome.qr_code_url is None or re.fullmatch("https?://[!-~]+", outcome.qr_code_url, re.IGNORECASE)


def test_a_receipt_in_plain_names():
    assert read_fiscal_data(FISCAL_DATA) == Receipt(
        qr_code_url=URL,
        sign="800031554082",
        terminal="EP000000000025",
        number="121",
        date="20260930110000",
        raw=FISCAL_DATA,
    )


def test_a_failure_in_plain_names():
    data = {**FISCAL_DATA, "status_code": -1, "message": "the OFD does not answer"}
    assert read_fiscal_data(data) == ReceiptFailure(code="-1", message="the OFD does not answer", raw=data)


@pytest.mark.parametrize("code", [0, "0", None, ...], ids=str)
def test_it_is_registered(code):
    assert isinstance(read_fiscal_data(_with_code(code)), Receipt)


@pytest.mark.parametrize("code", [-1, 1, "1", "", "00", False, True, [], {}], ids=repr)
def test_it_is_not_registered(code):
    assert isinstance(read_fiscal_data(_with_code(code)), ReceiptFailure)


@pytest.mark.parametrize("present", ["fiscal_sign", "qr_code_url", "receipt_id"])
def test_without_a_code_what_it_can_be_found_by_decides(present):
    others = {name: FISCAL_DATA[name] for name in ("message", "terminal_id", "date")}
    assert isinstance(read_fiscal_data({**others, present: FISCAL_DATA[present]}), Receipt)
    for nothing in (others, {**others, present: None}, {**others, present: ""}):
        assert isinstance(read_fiscal_data(nothing), ReceiptFailure)


@pytest.mark.parametrize(
    "data",
    [
        *({"status_code": 0}, {"status_code": 0, "message": "accepted", "date": "20260930110000"}),
        *({"status_code": 0, "qr_code_url": "javascript:1"}, {"fiscal_sign": False}, {"qr_code_url": []}),
    ],
    ids=str,
)
def test_what_nothing_can_be_found_by_is_no_receipt(data):
    assert isinstance(read_fiscal_data(data), ReceiptFailure)


def _with_code(code):
    data = {name: value for name, value in FISCAL_DATA.items() if name != "status_code"}
    return data if code is ... else {**data, "status_code": code}


@pytest.mark.parametrize("url", [URL, "http://ofd.uz/epi?t=1", "HTTPS://ofd.uz", "https://ofd.uz/%D1%87#a[1]"])
def test_an_address_is_shown(url):
    assert read_fiscal_data({**FISCAL_DATA, "qr_code_url": url}).qr_code_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)//https://ofd.uz", "data:text/html,x", "//ofd.uz", "ofd.uz"),
        *("https://", "https://ofd.uz/ x", " https://ofd.uz", "https://ofd.uz\n", "https://ofd.uz/\x1b[2J"),
        *("java\nscript:https://ofd.uz", 'https://ofd.uz/"onclick="alert(1)', "https://ofd.uz/<script>"),
        *("https://ofd.uz/\u202egnp", "https://ofd.uz/\u2028", "https://ofd.uz/" + "x" * 2000, 7, True, [URL]),
    ],
)
def test_what_is_no_web_address_is_not_shown(url):
    receipt = read_fiscal_data({**FISCAL_DATA, "qr_code_url": url})
    assert (receipt.qr_code_url, receipt.sign, receipt.raw["qr_code_url"]) == (None, "800031554082", url)


@pytest.mark.parametrize(
    ("value", "shown"), [(121, "121"), ("121", "121"), (10**30, "1" + "0" * 30), (1.5, "1.5"), ("", None)], ids=repr
)
def test_a_number_may_be_a_number(value, shown):
    assert read_fiscal_data({**FISCAL_DATA, "receipt_id": value}).number == shown


@pytest.mark.parametrize("value", [None, True, [], {}, ["121"], "1" * 2001], ids=lambda value: f"{value}"[:9])
def test_what_is_no_text_is_not_shown(value):
    receipt = read_fiscal_data({**FISCAL_DATA, **dict.fromkeys(("receipt_id", "fiscal_sign", "date"), value)})
    assert (receipt.number, receipt.sign, receipt.date) == (None, None, None)
