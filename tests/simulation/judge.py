"""Holds a gateway to what it said: answers as the model's, nothing acknowledged unsaid, money taken once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tests.simulation.calls import (
    Call,
    Cancels,
    Completes,
    Expires,
    Facts,
    Fails,
    Lapses,
    OrderFacts,
    Performs,
    Told,
)
from tests.simulation.model import Model

RANK = {"pending": 0, "paid": 1, "cancelled": 2, "reversed": 2}
"""States only move on: a paid payment is never cancelled, an ended one never anything else."""

NEVER = {"payment_cancelled", "payment_expired"}
"""Refusals after which this payment is never taken, neither later nor before."""

Key = tuple[str, str]


class Judge:
    def __init__(self) -> None:
        self.model = Model()
        self.ids: dict[Key, int] = {}
        """Our id of a payment, as its provider was told it."""
        self.told: dict[Key, Facts] = {}
        """The last that anybody was told of each payment."""
        self._taken: set[Key] = set()
        self._refused: set[Key] = set()
        self._asked: dict[type[Call], set[Key]] = defaultdict(set)

    def known(self, call: Call) -> Call:
        """Click can only name a prepare id that it was told, the sweeper only what it has read before."""
        if isinstance(call, Completes | Fails) and ("click", call.prepared) not in self.ids:
            return replace(call, prepared=None)
        if isinstance(call, Lapses) and self.model.named(call.provider, call.name) is None:
            return replace(call, name=None)
        return call

    def due(self, now: datetime) -> list[Call]:
        """What a sweeper that looks now gives to the core."""
        model = self.model
        overdue = [Lapses(p.provider, p.names[0]) for p in model.payments if model.overdue(p, now)]
        over = [o.account for o in model.orders.values() if o.expires_at and now > o.expires_at]
        expired = [account for account in over if model.state_of(account) == "awaiting" and not model.held(account)]
        return [*overdue, *(Expires(account) for account in expired)]

    def asks(self, call: Call) -> None:
        """Somebody has asked, whether or not it arrived and was answered."""
        if (key := subject(call)) is not None:
            self._asked[type(call)].add(key)

    def hears(self, call: Call, told: Told) -> None:
        """An answer that reached its caller is a promise."""
        match told.facts:
            case Facts():
                self._keep(told.facts)
            case OrderFacts():
                for facts in told.facts.payments:
                    self._keep(facts)
        if isinstance(call, Performs | Completes) and (key := subject(call)) is not None:
            if told.done:
                self._taken.add(key)
            elif told.word in NEVER:
                self._refused.add(key)

    def gives_id(self, key: Key, number: int) -> None:
        """One payment, one id, whoever is told."""
        assert self.ids.setdefault(key, number) == number, f"{key} had another id before"
        assert list(self.ids.values()).count(number) == 1, f"{number} is two payments' id"

    def ends(self, payments: Iterable[Facts]) -> None:
        """The books at the end, against all that was ever said."""
        books = {(facts.provider, facts.name): facts for facts in payments}
        for key, facts in self.told.items():
            assert key in books, f"{key} was acknowledged and is not in the books"
            go_on(facts, books[key])
        for key, facts in books.items():
            paid = facts.performed_at is not None
            asked = key in self._asked[Performs] | self._asked[Completes]
            assert asked or not paid, f"nobody asked to take the money of {key}"
            assert not paid or key not in self._refused, f"{key} was refused and taken"
            if key in self._taken:
                assert paid, f"{key} was taken and is not in the books"
                assert key in self._asked[Cancels] or facts.state == "paid", f"{key} was given back unasked"
        self._money_is_taken_once(books)

    def _money_is_taken_once(self, books: dict[Key, Facts]) -> None:
        for order in self.model.orders.values():
            if order.one_time:
                mine = {(p.provider, p.names[0]) for p in self.model.payments if p.order == order.account}
                for_good = [key for key in self._taken & mine if key not in self._asked[Cancels]]
                assert len(for_good) <= 1, f"{order.account} was paid by {for_good}"
                assert len([key for key in mine & books.keys() if books[key].state == "paid"]) <= 1

    def _keep(self, facts: Facts) -> None:
        key = (facts.provider, facts.name)
        if key in self.told:
            go_on(self.told[key], facts)
        self.told[key] = facts


def subject(call: Call) -> Key | None:
    """The payment that a call is about, by the name that it has in the books."""
    match call:
        case Performs() | Cancels():
            return ("payme", call.name)
        case Completes() if call.prepared is not None:
            return ("click", call.prepared)
    return None


def go_on(before: Facts, after: Facts) -> None:
    """Times are set once, states move along, and what was created stays as it was."""
    said = f"{before} became {after}"
    assert (before.amount, before.created_at) == (after.amount, after.created_at), said
    assert before.state == after.state or RANK[before.state] < RANK[after.state], said
    assert (before.state, after.state) != ("paid", "cancelled"), said
    assert before.performed_at in (None, after.performed_at), said
    assert before.cancelled_at in (None, after.cancelled_at), said
    assert before.cancelled_at is None or before.reason == after.reason, said
