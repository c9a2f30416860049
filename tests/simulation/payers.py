"""Payme and Click act for one payer: they call, repeat what was not answered, give up, and sometimes err."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from tests.simulation.calls import (
    NO_ID,
    Call,
    Cancels,
    Checks,
    Completes,
    Creates,
    ExpiresPayment,
    Facts,
    Fails,
    Fiscalises,
    LooksAt,
    Outcome,
    Performs,
    Prepares,
)
from tests.simulation.model_state import ONE_HOUR, PAYME_HOLDS, TWELVE_HOURS, YOUNG

PRICE = 500_00
NEW_PRICE = 600_00
"""Of an order that was amended."""
FAILED = -5017
"""Click's word for a card that could not be debited."""

FISCAL = (("PERFORM", 0), ("PERFORM", -1), (None, 0), ("cancel", 0), (None, -1))
"""What may come of a receipt: its type, and whether the tax office has registered it."""

PASSING = ("order_not_found", "order_busy", "order_cancelled", "order_expired", "order_refunded")
"""Refusals after which a payer may come again: another leaves, or the shop opens again."""

LATENESS = (
    (0.03, timedelta(hours=13)),
    (0.05, timedelta(minutes=40)),
    (0.07, -ONE_HOUR - timedelta(milliseconds=1)),
    (0.09, -ONE_HOUR),
    (0.12, timedelta(minutes=-25)),
    (1.00, timedelta(0)),
)
"""By how much a call comes after its transaction was stamped, each up to its share; Payme's clock may be ahead."""


class Party(Protocol):
    def next_call(self, now: datetime) -> Call | None:
        """The next call; the same again while it is not answered."""

    def receives(self, call: Call, outcome: Outcome) -> None:
        """An answer that was not lost, in whatever order."""

    @property
    def deadlines(self) -> Sequence[datetime]:
        """The last moments of what it has begun."""


def asked_for(rng: Random) -> int:
    """What a payer means to pay: the price, mostly."""
    chance = rng.random()
    return PRICE + 1 if chance < 0.05 else NEW_PRICE if chance < 0.15 else PRICE


def hours_away(rng: Random) -> timedelta:
    """For how long a payer is somewhere else."""
    return timedelta(hours=rng.choice((0.3, 0.9, 1, 2, 2.5, 5, 8, 12)))


class PaymePayer:
    """One transaction, from the check to the refund."""

    def __init__(self, rng: Random, name: str, account: str, elsewhere: str, now: datetime) -> None:
        self.rng, self.name, self.account, self.elsewhere = rng, name, account, elsewhere
        self.amount = asked_for(rng)
        self.opened_at: datetime | None = None
        self.began_at: datetime | None = None
        self.returns_at = now + hours_away(rng) if rng.random() < 0.2 else now
        self.walks_away = rng.random() < 0.4
        self.stage = "check" if rng.random() < 0.3 else "create"

    def next_call(self, now: datetime) -> Call | None:
        chance = self.rng.random()
        if now < self.returns_at:
            return None
        if self.opened_at is not None and chance < 0.25:
            return self._out_of_turn(now, chance * 4)
        match self.stage:
            case "check":
                return Checks(self.account, self.amount)
            case "create":
                if self.opened_at is None:
                    # Payme's own clock stamps a transaction; a call that was long under way comes too late.
                    self.opened_at = now - next(late for share, late in LATENESS if chance < share)
                return Creates(self.name, self.account, self.amount, self.opened_at)
            case "perform":
                return Performs(self.name)
            case "cancel":
                return Cancels(self.name, 3)
            case "refund":
                return Cancels(self.name, 5)
            case "look":
                return LooksAt(self.name)
        return None

    def _out_of_turn(self, now: datetime, chance: float) -> Call | None:
        """Sent before the last answer came, or long after; and mistakes that must change nothing."""
        assert self.opened_at is not None
        if chance < 0.35:
            return Performs(self.name)
        if chance < 0.50:
            return LooksAt(self.name)
        if chance < 0.60:
            return Fiscalises(self.name, *FISCAL[int(chance * 1000) % len(FISCAL)])
        if chance < 0.75:
            return Creates(self.name, self.account, self.amount, self.opened_at)
        if chance < 0.80:
            return Creates(self.name, self.account, self.amount + 1, self.opened_at)
        if chance < 0.85:
            return Creates(self.name, self.account, self.amount, self.opened_at + timedelta(milliseconds=1))
        if chance < 0.90:
            return Creates(self.name, self.elsewhere, self.amount, self.opened_at)
        if chance < 0.95:
            return Cancels(self.name, 3)
        return ExpiresPayment("payme", self.name)

    def receives(self, call: Call, outcome: Outcome) -> None:
        match call:
            case Checks():
                if self.stage == "check":
                    self.stage = "create" if outcome.done else "done"
            case Creates():
                if isinstance(outcome.facts, Facts):
                    self.began_at = outcome.facts.created_at
                if self.stage == "create" and outcome.done and self.walks_away:
                    assert self.began_at is not None
                    self.stage, self.returns_at = "perform", self.began_at + hours_away(self.rng)
                elif self.stage == "create" and outcome.done:
                    self.stage = self.rng.choice(("perform", "perform", "perform", "perform", "cancel", "done"))
                elif self.stage == "create" and self.rng.random() < (0.3 if outcome.word in PASSING else 1):
                    self.stage = "done"
            case Performs() if outcome.done and self.stage in ("create", "perform"):
                self.stage = self.rng.choice(("refund", "look", "done", "done"))
            case Performs() if self.stage == "perform":
                self.stage = self.rng.choice(("cancel", "look"))
            case Cancels() | LooksAt() if self.stage in ("cancel", "refund", "look"):
                self.stage = "done"

    @property
    def deadlines(self) -> Sequence[datetime]:
        if self.opened_at is None:
            return (self.returns_at,)
        began_at = self.began_at or self.opened_at
        end = min(self.opened_at, began_at) + TWELVE_HOURS
        return end, began_at + PAYME_HOLDS, began_at + YOUNG, self.returns_at


class ClickPayer:
    """One payment, with as many attempts as it takes."""

    def __init__(self, rng: Random, number: int, account: str, elsewhere: str, now: datetime) -> None:
        self.rng, self.number, self.account, self.elsewhere = rng, number, account, elsewhere
        self.paydoc = number
        self.amount = asked_for(rng)
        self.prepared: str | None = None
        self.began_at: datetime | None = None
        self.returns_at = now + hours_away(rng) if rng.random() < 0.2 else now
        self.walks_away = rng.random() < 0.4
        self.stage = "prepare"
        self.card_fails = rng.random() < 0.2

    def next_call(self, now: datetime) -> Call | None:
        chance = self.rng.random()
        if now < self.returns_at:
            return None
        if chance < 0.2:
            return self._out_of_turn(chance * 5)
        match self.stage:
            case "prepare":
                return self._prepare()
            case "complete" if self.card_fails:
                return self._fails(FAILED)
            case "complete" if chance < 0.35:
                return self._prepare()  # to learn what became of a Complete that was not answered
            case "complete":
                return self._completes()
        return None

    def _completes(self, **other: Any) -> Completes:
        return Completes(**{**self._named, "amount": self.amount} | other)

    def _fails(self, error: int, **other: Any) -> Fails:
        return Fails(**{**self._named, "error": error} | other)

    @property
    def _named(self) -> dict[str, Any]:
        paydoc = self.paydoc if self.rng.random() < 0.9 else None
        return {"prepared": self.prepared, "account": self.account, "number": self.number, "paydoc": paydoc}

    def _prepare(self, **other: Any) -> Prepares:
        paydoc = self.paydoc if self.rng.random() < 0.9 else None
        arguments = {"number": self.number, "amount": self.amount, "paydoc": paydoc} | other
        return Prepares(account=self.account, declined=self.rng.random() < 0.03, **arguments)

    def _out_of_turn(self, chance: float) -> Call | None:
        if chance < 0.35:
            self.number += 1000  # the payer tries again: another attempt of the same payment
            return self._prepare()
        if chance < 0.45:
            self.number += 1000
            return self._prepare(amount=self.amount + 1)
        if chance < 0.55:
            return self._completes()
        if chance < 0.62:
            return self._completes(prepared=NO_ID)  # Prepare's answer was lost
        if chance < 0.68:
            return self._completes(amount=self.amount + 1)
        if chance < 0.74:
            return self._completes(account=self.elsewhere)
        if chance < 0.80:
            return self._completes(number=-self.number, paydoc=self.paydoc + 1_000_000)  # another payment's debit
        if chance < 0.86:
            return self._fails(-1)  # not signed: it may have been tampered with
        if chance < 0.90:
            return self._fails(FAILED, prepared=NO_ID)
        if chance < 0.93:
            return self._fails(FAILED, number=-self.number, paydoc=self.paydoc + 1_000_000)
        return None if self.prepared is None else ExpiresPayment("click", self.prepared)

    def receives(self, call: Call, outcome: Outcome) -> None:
        match call:
            case Prepares():
                if outcome.done:
                    assert isinstance(outcome.facts, Facts)
                    self.prepared, self.began_at = outcome.facts.name, outcome.facts.created_at
                    self.stage = "complete" if self.rng.random() < 0.9 else "done"
                    if self.walks_away:
                        self.walks_away, self.returns_at = False, self.began_at + hours_away(self.rng)
                elif self.rng.random() < (0.3 if outcome.word in PASSING else 0.7):
                    self.stage = "done"
            case Completes() | Fails():
                if self.rng.random() < 0.8:
                    self.stage = "done"

    @property
    def deadlines(self) -> Sequence[datetime]:
        if self.began_at is None:
            return (self.returns_at,)
        return self.began_at + ONE_HOUR, self.began_at + YOUNG, self.returns_at
