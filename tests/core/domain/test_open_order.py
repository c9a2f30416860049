"""Opening an order: what is recorded of it, and what makes the same order another one."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from core.domain.answers import FieldRefusal, Refused, Shown
from core.domain.commands import Details
from core.domain.decide import decide
from core.domain.records import Order, Transition
from core.domain.refusals import Refusal
from schema.values import Actor, CardType, Lang, OrderKind, OrderState, OrderVerb, Tiyin
from tests.core.domain.sample import LATER, NOW, ORDER, ORDER_ID, last_transition, no_orders, one_order, opening

DETAILS = Details(
    description="Игрушка, O‘yinchoq",
    items=({"title": "Toy", "price": 50_000, "count": 1},),
    shipping={"title": "Post", "price": 0},
    metadata={"b": 1, "a": {"d": 2, "c": 3}},
)
BALANCE = opening(
    OrderKind.ACCUMULATIVE,
    min_amount=Tiyin(100),
    max_amount=Tiyin(9_000),
    expires_at=NOW + timedelta(hours=1),
    details=DETAILS,
)
FINGERPRINT = "c7f066bfac21763de13dd3420aca9a76194849a7aa777f11b36b8df2d81dd1ec"
"""As it is stored: another one for the same order would refuse every repeat of an opening from before an update."""


RECEIVED = replace(BALANCE, details=replace(DETAILS, return_url="https://shop.uz/", lang=Lang.UZ))
FINGERPRINT_OF_RECEIVED = "0eef4ee66b9b559b118ad7b8a8dca352f49108c607958f877cacb1308415a9db"


def test_how_the_payer_is_received_is_part_of_what_was_opened():
    work = no_orders()
    decide(work, RECEIVED, NOW)
    assert work.orders[ORDER_ID].fingerprint == FINGERPRINT_OF_RECEIVED


def test_everything_is_recorded():
    work = no_orders()
    answer = decide(work, BALANCE, NOW)
    order = Order(
        id=ORDER_ID,
        shop="main",
        account="1001",
        kind=OrderKind.ACCUMULATIVE,
        amount=None,
        min_amount=Tiyin(100),
        max_amount=Tiyin(9_000),
        state=OrderState.AWAITING,
        version=0,
        fingerprint=FINGERPRINT,
        expires_at=NOW + timedelta(hours=1),
        delivered_at=None,
        created_at=NOW,
        changed_at=NOW,
        details=DETAILS,
    )
    assert answer == Shown(order, (), unpayable=None, repeat=False)
    assert last_transition(work) == Transition(OrderVerb.OPEN, Actor.SHOP, NOW, order, None, None, None)


def test_the_same_again_is_a_repeat_however_its_metadata_is_ordered():
    work = one_order(OrderKind.ACCUMULATIVE, details=DETAILS)
    details = replace(DETAILS, metadata={"a": MappingProxyType({"c": 3, "d": 2}), "b": 1})
    answer = decide(work, opening(OrderKind.ACCUMULATIVE, details=details), LATER)
    assert answer == Shown(work.orders[ORDER_ID], (), unpayable=None, repeat=True)
    assert len(work.transitions) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"kind": OrderKind.ONE_TIME, "amount": Tiyin(50_000)},
        {"amount": Tiyin(1)},
        {"min_amount": Tiyin(101)},
        {"max_amount": None},
        {"expires_at": None},
        {"expires_at": NOW + timedelta(hours=1, milliseconds=1)},
        {"details": replace(DETAILS, description="Игрушка")},
        {"details": replace(DETAILS, items=())},
        {"details": replace(DETAILS, items=None)},
        {"details": replace(DETAILS, shipping={"title": "Post", "price": 1})},
        {"details": replace(DETAILS, metadata={})},
        {"details": replace(DETAILS, return_url="https://shop.uz/")},
        {"details": replace(DETAILS, lang=Lang.RU)},
        {"details": replace(DETAILS, card_type=CardType.HUMO)},
    ],
)
def test_another_content_for_the_same_account_is_refused(other):
    work = no_orders()
    decide(work, BALANCE, NOW)
    assert decide(work, replace(BALANCE, **other), NOW) == Refused(Refusal.ORDER_DIFFERS)
    assert len(work.transitions) == 1


def test_numbers_that_json_lacks_are_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        decide(no_orders(), opening(details=Details(metadata={"n": float("nan")})), NOW)


@pytest.mark.parametrize("early", [timedelta(0), timedelta(milliseconds=1)])
def test_a_time_that_is_over_is_refused(early):
    refused = decide(no_orders(), opening(expires_at=NOW - early), NOW)
    assert refused == Refused(Refusal.INVALID, fields=(FieldRefusal("expires_at", "must lie in the future"),))


def test_a_time_that_is_not_over_is_taken():
    assert isinstance(decide(no_orders(), opening(expires_at=NOW + timedelta(milliseconds=1)), NOW), Shown)


def test_the_same_account_at_another_shop_is_another_order():
    work = one_order()
    decide(work, opening(order=replace(ORDER, shop="toys")), NOW)
    assert sorted(work.orders) == [ORDER_ID, ORDER_ID + 1]
