"""The link to Click's payment page (Click, "Payment link")."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from click_http.checkout import checkout_link
from schema.values import MAX_AMOUNT, Tiyin

ACCOUNTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255)


def test_the_link_has_what_the_page_wants():
    assert checkout_link(54321, 98, "1001", Tiyin(100_000), 7788) == (
        "https://my.click.uz/services/pay"
        "?service_id=54321&merchant_id=98&amount=1000.00&transaction_param=1001&merchant_user_id=7788"
    )


def test_the_cabinet_user_is_left_out_where_there_is_none():
    assert checkout_link(54321, 98, "Договор №7/&=", Tiyin(3_313_973)) == (
        "https://my.click.uz/services/pay?service_id=54321&merchant_id=98&amount=33139.73"
        "&transaction_param=%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80%20%E2%84%967%2F%26%3D"
    )


def test_there_is_no_page_without_a_merchant_id_or_an_amount():
    assert checkout_link(54321, None, "1001", Tiyin(100_000)) is None
    assert checkout_link(54321, 98, "1001", None) is None


@given(ACCOUNTS, st.integers(1, MAX_AMOUNT).map(Tiyin))
def test_any_account_arrives_as_it_is(account, amount):
    link = checkout_link(54321, 98, account, amount)
    assert dict(parse_qsl(urlsplit(link).query, strict_parsing=True))["transaction_param"] == account


async def test_an_order_comes_with_its_link_and_the_link_pays_it(click, shop):
    order = await shop.opens("1001", amount=3_313_973)
    fields = dict(parse_qsl(urlsplit(order["links"]["click"]).query))
    assert await click.pays(fields["transaction_param"], fields["amount"])
    assert await shop.states() == [("paid", "paid")]
