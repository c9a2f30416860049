"""A shop's software opens orders, repeats a call whose answer was lost, withdraws, hands over, and errs.

It changes its mind, too: it amends what nobody has paid, ends the attempts that payers have left, and opens again what
was over.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.calls import (
    KEPT,
    NOBODYS,
    Amends,
    Call,
    Closes,
    Delivers,
    ExpiresOrder,
    Opens,
    OrderFacts,
    Outcome,
    Releases,
    Reopens,
)
from tests.simulation.payers import NEW_PRICE, PRICE

OVER = ("cancelled", "expired", "refunded")


class Shopkeeper:
    """For one order."""

    def __init__(self, rng: Random, account: str, now: datetime, seen: list[tuple[str, str]]) -> None:
        """`seen`: the payments that its software was shown, also of its other orders."""
        self.rng, self.account, self.seen = rng, account, seen
        one_time = rng.random() < 0.8
        key = self._key("opening", often=0.3)
        self.ends_at = now + timedelta(hours=rng.choice((1, 6, 20))) if rng.random() < 0.3 else None
        strict = self.ends_at is not None and rng.random() < 0.4
        self.opening = Opens(account, one_time, PRICE if one_time else 0, self.ends_at, key, strict)
        self.open = self.over = False

    def next_call(self, now: datetime) -> Call | None:
        chance = self.rng.random()
        if not self.open or chance < 0.05:
            return self.opening
        if chance < 0.06:
            return replace(self.opening, one_time=True, amount=PRICE + 100)
        if chance < 0.16:
            return Delivers(self.account)
        if chance < 0.18:
            return Closes(self.account)
        if chance < 0.20:
            return ExpiresOrder(self.account)
        if chance < 0.27:
            return self._releases()
        if chance < 0.29:
            return Closes(self.account, release=True)
        if chance < 0.36:
            return Amends(self.account, self._changes(now), self._key("amendment"))
        if chance < (0.58 if self.over else 0.37):
            return Reopens(self.account, self._expiry(now) if chance < 0.50 else KEPT, self._key("reopening"))
        return None

    def _releases(self) -> Releases:
        payment = None
        if self.rng.random() < (0.3 if self.opening.one_time else 0.9):
            payment = self.rng.choice([*self.seen, NOBODYS])
        return Releases(self.account, payment, self._key("release"))

    def _changes(self, now: datetime) -> dict[str, Any]:
        """Mostly one that can be; some contradict themselves, or are of the other kind of order."""
        price = self.rng.choice((PRICE, NEW_PRICE))
        of_receipt = [
            *({"amount": price, "items": price}, {"amount": NEW_PRICE, "items": PRICE, "shipping": NEW_PRICE - PRICE}),
            *({"items": PRICE}, {"items": None, "shipping": None}, {"shipping": 100}),
        ]
        of_balance = [{"min_amount": PRICE}, {"max_amount": PRICE}, {"min_amount": None, "max_amount": None}]
        own, others = (of_receipt, of_balance) if self.opening.one_time else (of_balance, of_receipt)
        own += [{"amount": price}] * 4 if self.opening.one_time else [{"min_amount": NEW_PRICE, "max_amount": PRICE}]
        of_both = [{"expires_at": self._expiry(now)}, {"description": self.rng.choice(("Tea", None))}]
        return dict(self.rng.choice(others if self.rng.random() < 0.05 else [*own, *of_both]))

    def _expiry(self, now: datetime) -> datetime | None:
        """Seldom one that has passed already, or passes at this moment."""
        hours = self.rng.choice((1, 1, 6, 6, 20, 20, 0, -1, None, None))
        return None if hours is None else now + timedelta(hours=hours)

    def _key(self, of: str, often: float = 0.1) -> str | None:
        """The same for all calls of a kind: a software that errs uses it for another request."""
        return f"key-of-{self.account}-{of}" if self.rng.random() < often else None

    def receives(self, call: Call, outcome: Outcome) -> None:
        if isinstance(call, Opens):
            self.open = True
        self.over = outcome.word.removeprefix("order_") in OVER
        if isinstance(outcome.facts, OrderFacts):
            self.over = outcome.facts.state in OVER
            self.ends_at = outcome.facts.terms.expires_at
            self.seen += [key for p in outcome.facts.payments if (key := (p.provider, p.name)) not in self.seen]

    @property
    def deadlines(self) -> Sequence[datetime]:
        return () if self.ends_at is None else (self.ends_at,)
