"""Links and forms for Payme's checkout (Payme, "Sending a receipt by GET", "… by POST")."""

import base64
import json
from urllib.parse import unquote

import pytest
from hypothesis import given

from core import Details, Order
from inbound.allow_list import AllowList, AllowListMode
from payme_rpc.cash_box import CashBox
from payme_rpc.checkout import payment_link
from schema.values import Lang
from tests.checkouts import BOX, ORDERS, RETURN_URL, an_order, read_by_payme, read_by_paymes_form

SITE = "https://checkout.paycom.uz/"
GOLDEN = "bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTk3O2E9NTAw"
"""The documentation's own example."""


def box(account_field: str = "order_id") -> CashBox:
    return CashBox(
        shop="main",
        merchant_id=BOX,
        login="Paycom",
        keys=(),
        test_key=None,
        account_field=account_field,
        busy_order_code=-31053,
        allow_list=AllowList((), AllowListMode.OFF),
        sandbox=False,
    )


def link(order: Order, return_url: str | None = None) -> str:
    made = payment_link(box(), order, return_url)
    assert (made.problem, made.form) == (None, None)
    assert made.url is not None
    return made.url


def test_the_documentations_own_example():
    assert link(an_order("197", 500)) == SITE + GOLDEN


def test_the_test_cabinet_has_a_host_of_its_own():
    assert link(an_order("197", 500, shop="main~test")) == "https://test.paycom.uz/" + GOLDEN


def test_a_balance_has_no_amount():
    url = payment_link(box("phone"), an_order("+998901234567", None), None).url
    assert read_by_payme(str(url)) == {"m": BOX, "ac.phone": "+998901234567"}


def test_the_payer_comes_back_in_his_own_language():
    order = an_order(details=Details(lang=Lang.UZ))
    assert read_by_payme(link(order, RETURN_URL)) == {
        **{"m": BOX, "ac.order_id": "1001", "a": "5000000", "l": "uz"},
        **{"c": RETURN_URL, "ct": "15000"},
    }


def test_what_there_is_not_is_left_out():
    assert read_by_payme(link(an_order(details=Details()))).keys() == {"m", "ac.order_id", "a"}


def test_a_page_that_decoded_percent_signs_would_read_the_same_where_there_are_none():
    plain = "https://shop.example.uz/thanks?order=1001&a=b+c"
    assert unquote(read_by_payme(link(an_order(), plain))["c"]) == plain


@pytest.mark.parametrize(
    ("account", "return_url", "named"),
    [
        pytest.param("a;b", None, "account", id="in the account"),
        pytest.param("1001;a=1", RETURN_URL, "account", id="another amount"),
        pytest.param("1001", "https://shop.uz/?a=1;b=2", "return_url", id="in the return URL"),
        pytest.param(";", "https://shop.uz/;", "account and return_url", id="in both"),
    ],
)
def test_a_semicolon_goes_by_the_form(account: str, return_url: str | None, named: str):
    made = payment_link(box(), an_order(account), return_url)
    assert made.url is None
    assert made.problem == f"A link to Payme cannot carry the ; in {named}: send the payer by the form."
    assert made.form is not None
    assert made.form.action == SITE
    sent = {"merchant": BOX, "account[order_id]": account, "amount": "5000000"}
    back = {} if return_url is None else {"callback": return_url, "callback_timeout": "15000"}
    assert made.form.fields == sent | back


def test_a_form_of_test_mode_goes_to_the_test_cabinet():
    form = payment_link(box(), an_order("a;b", shop="main~test"), None).form
    assert form is not None
    assert form.action == "https://test.paycom.uz/"


def test_a_form_has_the_receipts_lines_and_the_description():
    line = {
        **{"title": "Ўйинчоқ; «Toy»", "price": 2_500_000, "count": 2, "code": "06109001001000000"},
        **{"package_code": "1415510", "vat_percent": 12, "discount": 0, "units": None},
    }
    details = Details('Toys & "more"', items=(line,), shipping={"title": "Post", "price": 0}, lang=Lang.EN)
    form = payment_link(box(), an_order("a;b", details=details), None).form
    assert form is not None
    assert (form.fields["description"], form.fields["lang"]) == ('Toys & "more"', "en")
    assert json.loads(base64.b64decode(form.fields["detail"], validate=True)) == {
        "receipt_type": 0,
        "items": [{name: value for name, value in line.items() if value is not None}],
        "shipping": {"title": "Post", "price": 0},
    }


@given(order=ORDERS)
def test_the_page_reads_what_the_order_says_or_there_is_a_form_that_says_it(order: Order):
    assert order.details is not None
    return_url = order.details.return_url
    made = payment_link(box(), order, return_url)
    said = {"m": BOX, "ac.order_id": order.account, "a": order.amount and str(order.amount), "l": order.details.lang}
    said |= {"c": return_url, "ct": return_url and "15000"}
    expected = {name: value for name, value in said.items() if value is not None}
    assert (made.url is None) == (";" in order.account + (return_url or "")) == (made.form is not None)
    if made.url is not None:
        assert made.problem is None
        assert read_by_payme(made.url) == expected
    if made.form is not None:
        assert made.problem
        assert read_by_paymes_form(made.form.fields) == expected


async def test_an_order_comes_with_its_form_and_what_the_form_says_pays_it(payme, shop, now):
    order = await shop.opens("a;b", amount=500)
    fields = order["forms"]["payme"]["fields"]
    await payme.creates("5f3a", now, fields["account[order_id]"], int(fields["amount"]))
    assert (await payme.performs("5f3a"))["state"] == 2


async def test_an_order_comes_with_its_link_and_the_link_pays_it(payme, shop, now):
    read = read_by_payme((await shop.opens("Заказ №7", amount=500, return_url=RETURN_URL))["links"]["payme"])
    assert read["c"] == RETURN_URL
    await payme.creates("5f3a", now, read["ac.order_id"], int(read["a"]))
    assert (await payme.performs("5f3a"))["state"] == 2
