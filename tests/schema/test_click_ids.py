"""Click's ids of an attempt, as one text and apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.click_ids import attempt_id, attempt_id_beginning, click_trans_id

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.integers(0, 2**63 - 1), INT64, st.text())
def test_clicks_own_number_is_read_back(service_id, number, account):
    text = attempt_id(service_id, number, account)
    assert click_trans_id(text) == number
    assert text.startswith(attempt_id_beginning(service_id, number))


@given(st.integers(0, 10**6), INT64, INT64, st.text())
def test_the_beginning_of_one_is_that_of_no_other(service_id, number, other, account):
    assert attempt_id(service_id, other, account).startswith(attempt_id_beginning(service_id, number)) == (
        number == other
    )


@pytest.mark.parametrize("text", ["", "5305e3bab097f420a62ced0b", "1:2", "a:1:b", "1::2", ":1:"])
def test_another_providers_id_holds_none(text):
    assert click_trans_id(text) is None
