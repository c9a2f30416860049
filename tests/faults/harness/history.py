"""Every call and its answer, held against the database in the end.

What was acknowledged is there, with the same ids and times; what was refused is not; what was not answered, or with
"try again", may be either, and its repeat tells which.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schema.values import to_ms
from tests.faults.harness.connection import connect

TRY_AGAIN: Final = {"payme": -32400, "click": -7, "shop": 503}
STATES: Final = {"pending": 1, "paid": 2, "cancelled": -1, "reversed": -2}


@dataclass(frozen=True, slots=True)
class Call:
    party: str
    method: str
    about: str
    """Payme's id, Click's prepare id (a Prepare's: its click_trans_id), the order's account."""
    answer: Any
    """Payme's result or code, Click's answer, the order or the shop's status; None: the connection broke."""
    seconds: float = 0.0
    """Until the answer."""

    @property
    def word(self) -> int | None:
        """The code or status; 0 for a good answer; None for no answer."""
        match self.party, self.answer:
            case _, None:
                return None
            case "click", Mapping() as answer:
                return int(answer["error"])
            case _, int(code):
                return code
        return 0

    @property
    def certain(self) -> bool:
        return self.word is not None and self.word != TRY_AGAIN[self.party]

    @property
    def done(self) -> bool:
        return self.word == 0


class History:
    def __init__(self) -> None:
        self.calls: list[Call] = []

    def keep(self, call: Call) -> Call:
        self.calls.append(call)
        return call

    def counted(self) -> Counter[str]:
        """How the calls went: done, refused, uncertain."""
        return Counter("done" if c.done else "refused" if c.certain else "uncertain" for c in self.calls)

    async def agrees_with(self, database_url: str) -> None:
        """Raises AssertionError with the first call that the database contradicts."""
        await _Comparison.agree(self, database_url)


class _Comparison:
    def __init__(self, history: History, payments: list[Any], orders: list[Any]) -> None:
        self.history = history
        self.orders = {row["account"]: row for row in orders}
        self.payme = {row["external_id"]: row for row in payments if row["provider"] == "payme"}
        self.by_id = {row["id"]: row for row in payments}
        self.asked: dict[tuple[str, str, str], list[Call]] = defaultdict(list)
        for call in history.calls:
            self.asked[call.party, call.method, call.about].append(call)

    @classmethod
    async def agree(cls, history: History, database_url: str) -> None:
        connection = await connect(database_url)
        try:
            payments = await connection.fetch("SELECT * FROM payments")
            orders = await connection.fetch("SELECT * FROM orders")
        finally:
            await connection.close()
        comparison = cls(history, payments, orders)
        for call in history.calls:
            if call.certain:
                getattr(comparison, f"_{call.party}")(call)
        comparison._nothing_unasked()
        comparison._repeats_are_equal()

    def _payme(self, call: Call) -> None:
        row, answer = self.payme.get(call.about), call.answer
        if call.method == "CheckPerformTransaction":
            return
        if not call.done:
            effect = {"CreateTransaction": "created_at", "PerformTransaction": "performed_at"}.get(call.method)
            if effect and not self._may_have(call):
                assert row is None or row[effect] is None, f"{call} was refused, and is in the database: {row}"
            return
        assert row is not None, f"{call} was acknowledged, and is not in the database"
        assert int(answer["transaction"]) == row["id"], (call, row)
        for field, column in (("create_time", "created_at"), ("perform_time", "performed_at")):
            if answer.get(field):
                assert row[column] is not None, f"{call} was acknowledged, and is not in the database: {row}"
                assert to_ms(row[column]) == answer[field], (call, row)
        if answer.get("cancel_time"):
            assert row["cancelled_at"] is not None, (call, row)
            assert to_ms(row["cancelled_at"]) == answer["cancel_time"], (call, row)
            assert STATES[row["state"]] == answer["state"], (call, row)

    def _click(self, call: Call) -> None:
        answer = call.answer
        if answer["error"] not in (0, -4):
            if call.method == "Complete" and not self._may_have(call):
                row = self.by_id.get(int(call.about))
                assert row is None or row["performed_at"] is None, f"{call} was refused, and is in the database: {row}"
            return
        row = self.by_id.get(answer["merchant_prepare_id"])
        assert row is not None, f"{call} was acknowledged, and is not in the database"
        if call.method == "Complete" or answer["error"] == -4:
            assert row["performed_at"] is not None, f"{call} was acknowledged, and is not in the database: {row}"
        if call.method == "Complete" and answer["error"] == -4:
            assert self._may_have(call), f"{call}, although nobody can have heard 0"

    def _shop(self, call: Call) -> None:
        row = self.orders.get(call.about)
        if call.done:
            assert row is not None, f"{call} was acknowledged, and is not in the database"
            assert row["amount"] == call.answer["amount"], (call, row)
        elif call.method == "open" and not self._may_have(call):
            assert row is None, f"{call} was refused, and is in the database: {row}"

    def _may_have(self, call: Call) -> bool:
        """Whether another call for the same was acknowledged, or nobody knows what became of it."""
        calls = self.asked[call.party, call.method, call.about]
        return any(other.done or not other.certain for other in calls)

    def _nothing_unasked(self) -> None:
        for row in self.by_id.values():
            if row["performed_at"] is not None:
                method, about = ("PerformTransaction", row["external_id"])
                if row["provider"] == "click":
                    method, about = "Complete", str(row["id"])
                assert self.asked[row["provider"], method, about], f"nobody asked for {row}"

    def _repeats_are_equal(self) -> None:
        """Payme hears the same again; Click hears 0 for a Complete once."""
        for (party, method, about), calls in self.asked.items():
            done = [call.answer for call in calls if call.done]
            if party == "payme" and method in ("CreateTransaction", "PerformTransaction", "CancelTransaction"):
                assert all(answer == done[0] for answer in done), (method, about, done)
            if (party, method) == ("click", "Complete"):
                assert len(done) <= 1, (method, about, done)
