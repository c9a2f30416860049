"""A shop's software opens orders, repeats a call whose answer was lost, withdraws, hands over, and errs."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.simulation.calls import Call, Closes, Delivers, ExpiresOrder, Opens, Outcome
from tests.simulation.payers import PRICE


class Shopkeeper:
    """For one order."""

    def __init__(self, rng: Random, account: str, now: datetime) -> None:
        self.rng, self.account = rng, account
        one_time = rng.random() < 0.8
        key = f"key-of-{account}" if rng.random() < 0.3 else None
        self.ends_at = now + timedelta(hours=rng.choice((1, 6, 20))) if rng.random() < 0.3 else None
        self.opening = Opens(account, one_time, PRICE if one_time else 0, self.ends_at, key)
        self.open = False

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
        return None

    def receives(self, call: Call, outcome: Outcome) -> None:
        if isinstance(call, Opens):
            self.open = True

    @property
    def deadline(self) -> datetime | None:
        return self.ends_at
