"""Links to Payme's checkout (Payme, "Sending a receipt by GET")."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payme_rpc.checkout import checkout_link
from schema.values import Tiyin

BOX = "587f72c72cac0d162c722ae2"


def test_the_documentations_own_example():
    link = checkout_link(BOX, "order_id", "197", Tiyin(500), test=False)
    assert link == "https://checkout.paycom.uz/bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAw"


def test_the_test_cabinet_has_a_host_of_its_own():
    link = checkout_link(BOX, "order_id", "197", Tiyin(500), test=True)
    assert link == "https://test.paycom.uz/bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAw"


def test_a_balance_has_no_amount():
    link = checkout_link(BOX, "phone", "+998901234567", None, test=False)
    assert link is not None
    assert _says(link) == f"m={BOX};ac.phone=+998901234567"


@pytest.mark.parametrize("account", ["a;b", ";", "1001;a=1"])
def test_a_semicolon_cannot_be_carried(account):
    assert checkout_link(BOX, "order_id", account, Tiyin(500), test=False) is None


ACCOUNTS = st.text(st.characters(exclude_characters=";", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255)


@given(account=ACCOUNTS)
def test_any_other_account_arrives_as_it_is(account):
    link = checkout_link(BOX, "order_id", account, Tiyin(500), test=False)
    assert link is not None
    assert _says(link) == f"m={BOX};ac.order_id={account};a=500"


def _says(link):
    return base64.b64decode(link.removeprefix("https://checkout.paycom.uz/"), validate=True).decode()
