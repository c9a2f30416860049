"""Holds a gateway to its answers: what was acknowledged stays, and money is taken once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tests.simulation.calls import (
    NO_ID,
    NOBODYS,
    Call,
    Cancels,
    Completes,
    ExpiresOrder,
    ExpiresPayment,
    Facts,
    Fails,
    OrderFacts,
    Outcome,
    Performs,
    Releases,
)
from tests.simulation.model import Model
from tests.simulation.model_state import OVERRULED

RANK = {"pending": 0, "paid": 1, "cancelled": 2, "reversed": 2}
"""States only move on: a paid payment is never cancelled, an ended one never anything else, but for `OVERRULED`."""

NEVER_TAKEN = {
    *("payment_cancelled", "payment_expired"),
    *("order_paid", "order_cancelled", "order_refunded", "order_expired", "order_busy"),
}
"""Refusals after which this payment is never taken, neither later nor before."""

Key = tuple[str, str]


class Judge:
    def __init__(self) -> None:
        self.model = Model()
        self.ids: dict[Key, int] = {}
        """Our id of a payment, as its provider knows it."""
        self.outcome: dict[Key, Facts] = {}
        """The last that any caller saw of each payment."""
        self._taken: set[Key] = set()
        self._refused: set[Key] = set()
        self._sent: dict[type[Call], set[Key]] = defaultdict(set)
        self._debited: set[str] = set()
        """Attempts that Click has reported as debited, by its own names: what they are attempts of may come later."""

    def known(self, call: Call) -> Call:
        """Click can only name a prepare id that it was given, a shop and the sweeper only what they have seen."""
        if isinstance(call, Completes | Fails) and call.prepared != NO_ID and ("click", call.prepared) not in self.ids:
            return replace(call, prepared=None)
        if isinstance(call, Releases) and call.payment is not None and call.payment not in self.ids:
            return replace(call, payment=NOBODYS)
        if isinstance(call, ExpiresPayment) and self.model.named(call.provider, call.name) is None:
            return replace(call, name=None)
        return call

    def due(self, now: datetime) -> list[Call]:
        """What a sweeper that looks now gives to the core."""
        model = self.model
        payments = [ExpiresPayment(p.provider, p.names[0]) for p in model.payments if model.is_expired(p, now)]
        past = [o.account for o in model.orders.values() if model.is_past_expiry(o, now)]
        orders = [account for account in past if model.state_of(account) == "awaiting" and not model.held(account)]
        return [*payments, *(ExpiresOrder(account) for account in orders)]

    def sends(self, call: Call) -> None:
        """A call was sent, whether or not it arrived and was answered."""
        if (key := self._subject(call)) is not None:
            self._sent[type(call)].add(key)
        if isinstance(call, Completes):
            self._debited.add(call.name)

    def receives(self, call: Call, outcome: Outcome) -> None:
        """An answer that reached its caller is a promise."""
        match outcome.facts:
            case Facts():
                self._keep(outcome.facts)
            case OrderFacts():
                for facts in outcome.facts.payments:
                    self._keep(facts)
        if isinstance(call, Performs | Completes) and (key := self._subject(call)) is not None:
            if outcome.done:
                self._taken.add(key)
            elif outcome.word in NEVER_TAKEN:
                self._refused.add(key)

    def records_id(self, key: Key, number: int) -> None:
        """One payment has one id in all answers."""
        assert self.ids.setdefault(key, number) == number, f"{key} had another id before"
        assert list(self.ids.values()).count(number) == 1, f"{number} is two payments' id"

    def check_at_end(self, payments: Iterable[Facts]) -> None:
        """Check the rows at the end against all that was ever answered."""
        rows = {(facts.provider, facts.name): facts for facts in payments}
        for key, facts in self.outcome.items():
            assert key in rows, f"{key} was acknowledged and is not in the rows"
            check_follows(facts, rows[key])
        for key, facts in rows.items():
            paid = facts.performed_at is not None
            payment = self.model.named(*key)
            was_asked = key in self._sent[Performs] | self._sent[Completes]
            was_asked |= payment is not None and not self._debited.isdisjoint(payment.names)
            assert was_asked or not paid, f"nobody asked to take the money of {key}"
            assert not paid or key not in self._refused, f"{key} was refused and taken"
            if key in self._taken:
                assert paid, f"{key} was taken and is not in the rows"
                assert key in self._sent[Cancels] or facts.state == "paid", f"{key} was given back unasked"
        self._money_is_taken_once(rows)

    def _subject(self, call: Call) -> Key | None:
        """The payment that a call is about, by the name that it has in the rows."""
        match call:
            case Performs() | Cancels():
                return ("payme", call.name)
            case Completes() if (payment := self.model.reported(call)) is not None:
                return ("click", payment.names[0])
        return None

    def _money_is_taken_once(self, rows: dict[Key, Facts]) -> None:
        for order in self.model.orders.values():
            if order.one_time:
                mine = {(p.provider, p.names[0]) for p in self.model.payments if p.order == order.account}
                for_good = [key for key in self._taken & mine if key not in self._sent[Cancels]]
                assert len(for_good) <= 1, f"{order.account} was paid by {for_good}"
                assert len([key for key in mine & rows.keys() if rows[key].state == "paid"]) <= 1

    def _keep(self, facts: Facts) -> None:
        key = (facts.provider, facts.name)
        if key in self.outcome:
            check_follows(self.outcome[key], facts)
        self.outcome[key] = facts


def check_follows(before: Facts, after: Facts) -> None:
    """Times are set once, states move along, and what was created stays as it was."""
    message = f"{before} became {after}"
    assert (before.amount, before.created_at) == (after.amount, after.created_at), message
    if (before.provider, before.state) == ("click", "cancelled") and before.reason in OVERRULED:
        assert after.state in ("cancelled", "paid", "reversed"), message
        assert after.state != "cancelled" or after.cancelled_at == before.cancelled_at, message
        return
    assert before.state == after.state or RANK[before.state] < RANK[after.state], message
    assert (before.state, after.state) != ("paid", "cancelled"), message
    assert before.performed_at in (None, after.performed_at), message
    assert before.cancelled_at in (None, after.cancelled_at), message
    assert before.cancelled_at is None or before.reason == after.reason, message
