"""The link to Click's payment page (Click, "Payment link")."""

from hypothesis import given

from click_http.amounts import som
from click_http.checkout import payment_link
from click_http.service import Service
from core import Details, Order
from inbound.allow_list import AllowList, AllowListMode
from schema.values import CardType, Lang
from tests.checkouts import ORDERS, RETURN_URL, an_order, read_by_click

PAGE = "https://my.click.uz/services/pay?"


def service(merchant_id: int | None = 98, merchant_user_id: int | None = None) -> Service:
    return Service(
        shop="main",
        service_id=54321,
        merchant_id=merchant_id,
        secret_key="",
        merchant_user_id=merchant_user_id,
        playground=False,
        allow_list=AllowList((), AllowListMode.OFF),
    )


def test_the_link_has_what_the_page_wants():
    assert payment_link(service(merchant_user_id=7788), an_order(amount=100_000), None).url == (
        PAGE + "service_id=54321&merchant_id=98&amount=1000.00&transaction_param=1001&merchant_user_id=7788"
    )


def test_the_cabinet_user_is_left_out_where_there_is_none():
    assert payment_link(service(), an_order("Договор №7/&=", 3_313_973), None).url == (
        PAGE + "service_id=54321&merchant_id=98&amount=33139.73"
        "&transaction_param=%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80%20%E2%84%967%2F%26%3D"
    )


def test_the_payer_comes_back_and_pays_with_the_card_that_was_asked_for():
    order = an_order(details=Details(lang=Lang.UZ, card_type=CardType.HUMO))
    url = payment_link(service(), order, "https://shop.example.uz/thanks?order=1001&a=%20").url
    assert url == (
        PAGE + "service_id=54321&merchant_id=98&amount=50000.00&transaction_param=1001"
        "&return_url=https%3A%2F%2Fshop.example.uz%2Fthanks%3Forder%3D1001%26a%3D%2520&card_type=humo"
    )


def test_there_is_no_page_without_a_merchant_id_or_an_amount():
    for made, sentence in (
        (
            payment_link(service(merchant_id=None), an_order(), RETURN_URL),
            "the gateway's operator sets CLICK_MERCHANT_ID.",
        ),
        (
            payment_link(service(merchant_id=None), an_order(amount=None), None),
            "the gateway's operator sets CLICK_MERCHANT_ID.",
        ),
        (payment_link(service(), an_order(amount=None), RETURN_URL), "open a one-time order for the payer."),
    ):
        assert (made.url, made.form) == (None, None)
        assert str(made.problem).endswith(sentence)


@given(order=ORDERS.filter(lambda order: order.one_time))
def test_the_page_reads_what_the_order_says(order: Order):
    assert (order.details, order.amount) != (None, None)
    details, url = order.details or Details(), payment_link(service(), order, order.details.return_url).url
    said = {"service_id": "54321", "merchant_id": "98", "amount": som(order.amount), "transaction_param": order.account}
    said |= {"return_url": details.return_url, "card_type": details.card_type}
    assert read_by_click(str(url)) == {name: value for name, value in said.items() if value is not None}


async def test_an_order_comes_with_its_link_and_the_link_pays_it(click, shop):
    order = await shop.opens("1001", amount=3_313_973, return_url=RETURN_URL)
    fields = read_by_click(order["links"]["click"])
    assert fields["return_url"] == RETURN_URL
    assert await click.pays(fields["transaction_param"], fields["amount"])
    assert await shop.states() == [("paid", "paid")]
