"""Rows hold every word that the tables allow, in histories of a shop of their own: a later release may have left them.

They are made of the vocabularies of this release, for the tests of the last one; whoever adds a word need not come here
unless it needs a table or a column that is not known here. Moments are far off: nothing expires before a test is over.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, product
from typing import Any, Final, NamedTuple

from sqlalchemy import Column

from schema.click_ids import attempt_id
from schema.tables import metadata
from tests.last_release.database import LATER_SERVICE_ID, LATER_SHOP
from tests.last_release.vocabulary import Place, named_by, vocabularies

BEGIN: Final = datetime(2100, 1, 1, tzinfo=UTC)
FIRST_ID: Final = 2_100_000_001
"""Beyond what a test is given; payments' ids are below 2^31."""
AMOUNT: Final = 5_000_000
"""Tiyin."""

Row = dict[str, Any]


class Step(NamedTuple):
    verb: str
    payment: str | None
    order: str
    """In which states they are afterwards."""


OPEN: Final = Step("open", None, "awaiting")
CREATE: Final = Step("create", "pending", "reserved")
PERFORM: Final = Step("perform", "paid", "paid")

PAYMENTS: Final[Mapping[str, tuple[Step, ...]]] = {
    "pending": (OPEN, CREATE),
    "paid": (OPEN, CREATE, PERFORM),
    "cancelled": (OPEN, CREATE, Step("cancel", "cancelled", "awaiting")),
    "reversed": (OPEN, CREATE, PERFORM, Step("cancel", "reversed", "refunded")),
}
"""How a payment's state is reached. One that is not named here comes after `paid`, by a word that says little."""

ORDERS: Final[Mapping[str, tuple[Step, ...]]] = {
    "awaiting": (OPEN,),
    "cancelled": (OPEN, Step("close", None, "cancelled")),
    "expired": (OPEN, Step("expire", None, "expired")),
}
"""How an order's state is reached without a payment."""

WAIT_FOR_A_PROVIDER: Final = ("payme", "click")
"""Payments from elsewhere are never pending: they are written down when they have been made."""


class Rows:
    """Rows by table, in the order in which they may be inserted."""

    def __init__(self, without: Collection[str] = ()) -> None:
        """`without`: words that no row has."""
        self.words = {place: [word for word in words if word not in without] for place, words in vocabularies().items()}
        self.tables: dict[str, list[Row]] = {"orders": [], "payments": [], "transitions": [], "outbox": []}
        self._ids = count(FIRST_ID)
        self._cycles = {place: cycle(words) for place, words in self.words.items()}
        self._of_every_payment()
        self._of_every_order()
        self._of_what_is_left()
        self._of_webhooks()

    def sql(self) -> str:
        """The statements that insert them."""
        return "\n".join(f"{_insert(table, rows)};" for table, rows in self.tables.items())

    def missing(self) -> dict[Place, list[str]]:
        """Words that may stand in a column, and stand in none of its rows."""
        held = {place: {row.get(place[1]) for row in self.tables.get(place[0], ())} for place in self.words}
        missing = {place: [word for word in self.words[place] if word not in held[place]] for place in self.words}
        return {place: words for place, words in missing.items() if words}

    def _of_every_payment(self) -> None:
        for source in self.words["payments", "provider"]:
            for state in self.words["payments", "state"]:
                if state != "pending" or source in WAIT_FOR_A_PROVIDER:
                    unnamed = (*PAYMENTS["paid"], Step("note", state, "awaiting"))
                    self._add(f"{source}-{state}", PAYMENTS.get(state, unnamed), source)

    def _of_every_order(self) -> None:
        for state in self.missing().get(("orders", "state"), []):
            unnamed = (*PAYMENTS["paid"], Step("note", "paid", state))
            self._add(f"order-{state}", ORDERS.get(state, unnamed), "payme")
        for state in named_by("orders", "ck_orders_balance_is_never_used_up"):
            if state in ORDERS and state in self.words["orders", "state"]:
                self._add(f"balance-{state}", ORDERS[state], "payme", kind="accumulative")

    def _of_what_is_left(self) -> None:
        """A balance whose history has every word of transitions that no other has."""
        left = [(column, word) for (table, column), words in self.missing().items() for word in words
                if table == "transitions"]  # fmt: skip
        paid = Step("note", "paid", "awaiting")
        self._add("every-word", (OPEN, paid, *(paid for _ in left)), "payme", kind="accumulative")
        for row, (column, word) in zip(reversed(self.tables["transitions"]), left, strict=False):
            row[column] = word

    def _of_webhooks(self) -> None:
        """Endpoints and deliveries in each of their states, and a replay in each of its own."""
        moments = dict.fromkeys(("opened_at", "since", "filled_until", "created_at", "changed_at"), BEGIN)
        reasons, sources = (self.words["webhook_endpoints", column] for column in ("reason", "source"))
        states = [(state, None) for state in self.words["webhook_endpoints", "state"] if state != "disabled"]
        states += [("disabled", reason) for reason in reasons]
        self.tables["webhook_endpoints"] = [
            {"shop": LATER_SHOP, "name": f"{state}-{n}", "url": "https://later.invalid/", "state": state}
            | {"reason": reason, "source": sources[n % len(sources)], **moments}
            for n, (state, reason) in enumerate(states)
        ]
        kinds = [(state, None) for state in self.words["deliveries", "state"] if state != "dead"]
        kinds += [("dead", reason) for reason in self.words["deliveries", "reason"]]
        self.tables["deliveries"] = [
            {"event_id": self.tables["outbox"][0]["transition_id"], "endpoint_id": FIRST_ID + n, "shop": LATER_SHOP}
            | {"stream": FIRST_ID, "sequence": 1, "state": state, "reason": reason, "due_at": BEGIN}
            | {"created_at": BEGIN, "settled_at": None if state == "due" else BEGIN}
            for n, (state, reason) in enumerate(kinds)
        ]
        replays = product(*(self.words["webhook_replays", column] for column in ("state", "which")))
        self.tables["webhook_replays"] = [
            {"endpoint_id": FIRST_ID + n, "since": BEGIN, "until": BEGIN + timedelta(days=1), "which": which}
            | {"state": state, "asked_by": LATER_SHOP, "created_at": BEGIN}
            for n, (state, which) in enumerate(replays)
        ]

    def _add(self, account: str, steps: tuple[Step, ...], source: str, kind: str = "one_time") -> None:
        """An order in the last step's state, with its payment, and every step."""
        order_id, payment_id, last = next(self._ids), next(self._ids), steps[-1]
        paid = last.payment is not None
        end = BEGIN + timedelta(seconds=len(steps))
        balance = kind == "accumulative"
        self.tables["orders"].append({
            "id": order_id, "shop": LATER_SHOP, "account": account, "kind": kind, "state": last.order,
            "amount": None if balance else AMOUNT, "version": len(steps), "fingerprint": "", "metadata": {},
            "lang": next(self._cycles["orders", "lang"]), "card_type": next(self._cycles["orders", "card_type"]),
            "expires_at": BEGIN + timedelta(seconds=1) if last.order == "expired" else None,
            "created_at": BEGIN, "changed_at": end, "payment_count": int(paid),
            "paid_total": AMOUNT * (last.payment == "paid"), "reversed_total": AMOUNT * (last.payment == "reversed"),
        })  # fmt: skip
        if paid:
            external_id = str(payment_id)
            if source == "click":
                external_id = attempt_id(LATER_SERVICE_ID, payment_id, account)
            performed = last.payment in named_by("payments", "ck_payments_performed_when_paid")
            ended = last.payment in named_by("payments", "ck_payments_cancelled_when_ended")
            self.tables["payments"].append({
                "id": payment_id, "order_id": order_id, "shop": LATER_SHOP, "provider": source,
                "external_id": external_id, "click_paydoc_id": payment_id if source == "click" else None,
                "also_known_as": [], "account": {"order_id": account},
                "one_time": not balance, "amount": AMOUNT, "state": last.payment, "reason": 5 if ended else None,
                "provider_time": BEGIN, "created_at": BEGIN, "performed_at": end if performed else None,
                "cancelled_at": end if ended else None,
            })  # fmt: skip
        before = Step("", None, "")
        for version, step in enumerate(steps, 1):
            self._add_step(order_id, account, payment_id, version, before, step, source)
            before = step

    def _add_step(
        self, order: int, account: str, payment: int, version: int, before: Step, step: Step, source: str
    ) -> None:
        of_payment, id_, at = step.payment is not None, next(self._ids), BEGIN + timedelta(seconds=version)
        actors = self.words["transitions", "actor"]
        party = source if source in actors else actors[-1]
        self.tables["transitions"].append({
            "id": id_, "shop": LATER_SHOP, "order_id": order, "payment_id": payment if of_payment else None,
            "verb": step.verb, "payment_from": before.payment, "payment_to": step.payment,
            "order_from": before.order or None, "order_to": step.order, "version": version, "at": at,
            "actor": party if of_payment else "clock" if step.verb == "expire" else "shop", "correlation_id": "later",
        })  # fmt: skip
        if of_payment:
            event = f"payment.{step.payment}"
            data = {"order": {"account": account, "state": step.order, "version": version}}
            self.tables["outbox"].append(
                {"transition_id": id_, "shop": LATER_SHOP, "order_id": order, "sequence": version, "at": at}
                | {"event": event, "payload": {"id": f"evt_{id_}", "type": event, "data": data}}
            )


def _insert(table: str, rows: list[Row]) -> str:
    columns = metadata.tables[table].columns
    unknown = {name for row in rows for name in row} - {column.name for column in columns}
    wanted = {column.name for column in columns if _is_wanted(column)} - {name for row in rows for name in row}
    if unknown or wanted:
        raise LookupError(
            f"Rows of {table} know nothing of its columns {sorted(wanted)}, or too much: {sorted(unknown)}"
        )
    names = list(rows[0])
    values = ",\n    ".join(f"({', '.join(_literals(row, names))})" for row in rows)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES\n    {values}"


def _is_wanted(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.identity is None


def _literals(row: Row, names: list[str]) -> Iterator[str]:
    for name in names:
        value = row[name]
        match value:
            case None:
                yield "NULL"
            case bool() | int():
                yield str(value).lower()
            case list():
                yield f"'{{{','.join(value)}}}'"
            case dict():
                yield f"'{json.dumps(value)}'"
            case _:
                yield f"'{value}'"
