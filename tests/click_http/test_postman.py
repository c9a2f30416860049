"""The fifteen rows of Click's Postman collection: one number, one document and one time for all (Click, "Testing")."""

from dataclasses import dataclass, field
from typing import Any

FIRST, SECOND, THIRD = "first", "second", "third"
PRICE = 100_000
SAME_FOR_ALL = {
    "amount": "1000",
    "click_trans_id": 3_650_011_223,
    "click_paydoc_id": 2_900_011_223,
    "sign_time": "2026-11-22 10:15:30",
}


@dataclass(frozen=True)
class Row:
    account: str
    action: str
    answer: int
    fields: dict[str, Any] = field(default_factory=dict)


BAD_SIGN = {"secret": "not-the-secret"}
ROWS = {
    1: Row(FIRST, "0", -1, BAD_SIGN),
    2: Row("unknown", "0", -5),
    3: Row(FIRST, "0", 0),
    4: Row(FIRST, "1", -1, BAD_SIGN),
    5: Row(FIRST, "1", -2, {"amount": "300"}),
    6: Row(FIRST, "1", 0),
    7: Row(FIRST, "1", -4),
    8: Row(FIRST, "1", -9, {"error": -5017}),
    9: Row(SECOND, "0", 0),
    10: Row(SECOND, "1", -6, {"merchant_prepare_id": 999_999_999}),
    11: Row(SECOND, "1", 0),
    12: Row(THIRD, "0", 0),
    13: Row(THIRD, "1", -9, {"error": -5017}),
    14: Row(THIRD, "1", -9, {"error": -5017}),
    15: Row(THIRD, "1", -9),
}


async def test_the_postman_collection_passes(click, shop):
    for account in (FIRST, SECOND, THIRD):
        await shop.opens(account, amount=PRICE)
    answers, prepare_id = {}, 0
    for number, row in ROWS.items():
        fields = SAME_FOR_ALL | {"merchant_prepare_id": prepare_id or ""} | row.fields
        answer = await click.posts(click.form(row.account, action=row.action, **fields))
        if number in (3, 9, 12):  # here the id is copied by hand
            prepare_id = answer["merchant_prepare_id"]
        answers[number] = answer["error"]
    assert answers == {number: row.answer for number, row in ROWS.items()}
    assert await shop.states() == [("paid", "paid"), ("paid", "paid"), ("cancelled", "awaiting")]
