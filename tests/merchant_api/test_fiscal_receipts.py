"""What the tax office says of a payment is read wherever the payment is shown."""

import pytest

from schema.values import to_ms
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock
from tests.payme_rpc.calls import FISCAL_DATA, A, B

NONE = {"perform": None, "cancel": None, "perform_failure": None, "cancel_failure": None}
RECEIPT = {
    "qr_code_url": FISCAL_DATA["qr_code_url"],
    "sign": "800031554082",
    "terminal": "EP000000000025",
    "number": "121",
    "date": "20260930110000",
}
ANOTHER = {**RECEIPT, "number": "122"}
FAILED = {"status_code": -1, "message": "the OFD does not answer"}
FAILURE = {"code": "-1", "message": "the OFD does not answer"}


@pytest.fixture(autouse=True)
async def paid(payme: Payme, shop: Shop, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates(A, to_ms(clock.now()))
    await payme.performs(A)


async def sends(payme: Payme, name: str = A, kind: str = "PERFORM", **data: object) -> None:
    answer = await payme.says("SetFiscalData", id=name, type=kind, fiscal_data=data or FISCAL_DATA)
    assert answer == {"success": True}


async def shown(shop: Shop, account: str = "1001") -> dict[str, object]:
    """Of the order's one payment, the same in every answer that only reads."""
    order = await shop.shows(account)
    assert [listed for listed in (await shop.lists())["items"] if listed["account"] == account] == [order]
    _, _, page = await shop.calls("GET", f"/api/v1/orders/{account}/payments")
    assert page["items"] == order["payments"]
    (payment,) = order["payments"]
    return payment["fiscal"]


async def test_a_payment_without_a_receipt_says_so(shop: Shop):
    assert await shown(shop) == NONE


async def test_a_receipt_is_read_in_every_answer(payme: Payme, shop: Shop):
    await sends(payme)
    assert await shown(shop) == {**NONE, "perform": RECEIPT}


async def test_a_receipt_is_in_the_answer_to_a_change(payme: Payme, shop: Shop):
    """The payment is read for the decision first, without its receipts."""
    await sends(payme)
    (payment,) = (await shop.delivers("1001"))["payments"]
    assert payment["fiscal"] == {**NONE, "perform": RECEIPT}


async def test_receipts_are_in_the_answers_about_a_balance(payme: Payme, shop: Shop, clock: Clock):
    await shop.opens("user-7", None, kind="accumulative")
    await payme.creates(B, to_ms(clock.now()), "user-7")
    await payme.performs(B)
    await sends(payme, B)
    expected = {**NONE, "perform": RECEIPT}
    assert await shown(shop, "user-7") == expected
    status, _, repeated = await shop.posts("user-7", None, kind="accumulative")
    assert (status, repeated["payments"][0]["fiscal"]) == (200, expected)
    assert (await shop.amends("user-7", max_amount=OK))["payments"][0]["fiscal"] == expected
    assert (await shop.closes("user-7"))["payments"][0]["fiscal"] == expected
    assert (await shop.reopens("user-7"))["payments"][0]["fiscal"] == expected


async def test_a_failed_registration_leaves_the_receipt_readable(payme: Payme, shop: Shop):
    await sends(payme)
    await sends(payme, **FAILED)
    assert await shown(shop) == {**NONE, "perform": RECEIPT, "perform_failure": FAILURE}


async def test_a_receipt_ends_the_failure_before_it(payme: Payme, shop: Shop):
    await sends(payme, **FAILED)
    assert await shown(shop) == {**NONE, "perform_failure": FAILURE}
    await sends(payme)
    assert await shown(shop) == {**NONE, "perform": RECEIPT}


async def test_what_is_given_back_has_both_receipts(payme: Payme, shop: Shop):
    await sends(payme)
    await payme.cancels(A, 5)
    await sends(payme, kind="CANCEL", **{**FISCAL_DATA, "receipt_id": "122"})
    expected = {**NONE, "perform": RECEIPT, "cancel": ANOTHER}
    assert await shown(shop) == expected
    (payment,) = (await shop.reopens("1001"))["payments"]
    assert payment["fiscal"] == expected


async def test_a_link_that_is_none_is_not_shown(payme: Payme, shop: Shop):
    await sends(payme, **{**FISCAL_DATA, "qr_code_url": "javascript:alert(1)"})
    assert await shown(shop) == {**NONE, "perform": {**RECEIPT, "qr_code_url": None}}
