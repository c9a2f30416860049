"""A history played against the real gateway: a process that is killed, on a durable database, over a wire."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any

import aiohttp
import asyncpg

from core.domain.commands import ExpireOrder, ExpirePayment, OrderRef, PaymentRef
from core.domain.errors import TryAgain
from core.facade import Core
from schema.tables import RECEIPTS
from schema.values import to_ms
from tests.faults.harness.connection import connect
from tests.faults.harness.gateway import Gateway, Program, SharedClock
from tests.simulation.calls import Call, ExpiresOrder, ExpiresPayment, Facts, Outcome, Terms
from tests.simulation.explanation import explain
from tests.simulation.history import START, CallsTogether, ClockStep, Crash, Outcomes, Step, Sweep
from tests.simulation.http_interfaces import HttpInterfaces, ids_in, order_facts, payme_reason
from tests.simulation.judge import Judge
from tests.simulation.model import Model
from tests.simulation.model_state import PAYME_HOLDS
from tests.simulation.wire_terms import read
from tests.wire import Strike, Wire

SHOP = "main"
WRITTEN = ("items", "shipping")
"""Terms that are JSON in the tables."""
LATEST_STRIKE = 60
"""Messages to the database after which a crash may come; a transaction has about twenty."""


class RestartedGateway:
    """The gateway that is there now, and what lives longer than it."""

    def __init__(self, http: aiohttp.ClientSession, program: Program, near_end: str, cable: Wire, clock: SharedClock):
        self.http, self.program, self.near_end, self.cable, self.clock = http, program, near_end, cable, clock
        self.restarts = 0
        self._gateway: Gateway | None = None

    @property
    def gateway(self) -> Gateway:
        assert self._gateway is not None
        return self._gateway

    async def start(self) -> None:
        """With batches of many and of one, in turn."""
        batch = ("64", "1")[self.restarts % 2]
        environ = {"TIYIN_TEST_CLOCK": str(self.clock.path), "TIYIN_TEST_BATCH": batch}
        environ["PAYME_RESERVATION"] = str(int(PAYME_HOLDS.total_seconds()))
        self._gateway = await self.program.start(self.near_end, **environ).answers(self.http)

    async def restart(self) -> None:
        self.kill()
        await self.gateway.ended()
        self.cable.strike = None
        self.restarts += 1
        await self.start()

    def kill(self) -> None:
        if self._gateway is not None:
            self._gateway.kill()


class SimulatedDatabase:
    """A look at the rows of one history."""

    def __init__(self, connection: asyncpg.Connection, seed: int) -> None:
        self.connection, self.accounts = connection, f"{seed}-%"

    @classmethod
    async def of(cls, database_url: str, seed: int) -> "SimulatedDatabase":
        return cls(await connect(database_url, timezone="UTC"), seed)

    async def quiet(self) -> None:
        """Until what a killed process had under way is over."""
        while await self.connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
        ):
            await asyncio.sleep(0.002)

    async def read(self) -> "Rows":
        orders = await self.connection.fetch(
            "SELECT account, state, strict_expiry, delivered_at, amount, min_amount, max_amount, expires_at,"
            " description, items, shipping FROM orders WHERE account LIKE $1",
            self.accounts,
        )
        payments = await self.connection.fetch(
            "SELECT p.*, o.account AS of FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.account LIKE $1",
            self.accounts,
        )
        keys = await self.connection.fetch(
            "SELECT key, status FROM idempotency_keys WHERE key LIKE $1", f"key-of-{self.accounts}"
        )
        return Rows(orders, payments, keys)


class Rows:
    """The database, in words that the model can say too."""

    def __init__(self, orders: Sequence[Any], payments: Sequence[Any], keys: Sequence[Any]) -> None:
        self.ids = {(p["provider"], p["external_id"]): p["id"] for p in payments}
        self.facts = [_facts(p) for p in payments]
        self.said = {
            *((o["account"], o["state"], o["strict_expiry"], o["delivered_at"], _terms(o)) for o in orders),
            *((_facts(p), p["of"], _names(p), p["provider_time"], _fiscal(p)) for p in payments),
            *((k["key"], k["status"] < 400) for k in keys),
        }

    def agree(self, model: Model) -> bool:
        return self.said == {
            *((a, model.state_of(a), o.strict, o.delivered_at, o.terms) for a, o in model.orders.items()),
            *((p.facts, p.order, tuple(sorted(p.names)), p.opened_at, p.fiscal) for p in model.payments),
            *((key, outcome.done) for key, (_, outcome) in model.stored_answers.items()),
        }


class ServerSimulation:
    """Plays one history; whatever is wrong is an AssertionError."""

    def __init__(self, server: RestartedGateway, sweeping: Core, database: SimulatedDatabase, seed: int) -> None:
        """`sweeping`: a core beside the gateway's, in this process, that ends what has expired."""
        self.server, self.sweeping, self.database = server, sweeping, database
        self.judge = Judge()
        self.rng = Random(seed)
        self.asked = 0
        server.clock.stands_at(START)

    @property
    def now(self) -> datetime:
        return self.server.clock.now()

    async def play(self, step: Step) -> Outcomes:
        match step:
            case ClockStep(by):
                self.server.clock.advance(seconds=by.total_seconds())
                return ()
            case Sweep():
                return await self._sweep()
            case CallsTogether():
                return await self._together(step)

    async def end(self) -> None:
        rows = await self.database.read()
        assert rows.agree(self.judge.model)
        self.judge.check_at_end(rows.facts)
        assert not [facts for facts in rows.facts if facts.state == "pending"]
        interfaces = HttpInterfaces(self.server.http, self.server.gateway.url)
        for account in self.judge.model.orders:
            expected = self.judge.model.shown("ok", account, self.now).facts
            assert order_facts(await interfaces.shop.shows(account)) == expected
        await self._the_statement_is_whole(interfaces)

    async def _sweep(self) -> Outcomes:
        due = self.judge.due(self.now)
        assert await self.sweeping.sweeper.sweep() == len(due)
        for call in due:
            self.judge.model.answer(call, self.now)
        assert (await self.database.read()).agree(self.judge.model), f"the sweeper did not do {due}"
        return ()

    async def _together(self, step: CallsTogether) -> Outcomes:
        known = [self.judge.known(call) for call in step.calls]
        self.asked += len(known)
        for call in known:
            self.judge.sends(call)
        ids = (await self.database.read()).ids if any(isinstance(call, ExpiresPayment) for call in known) else {}
        if step.crash:
            at = self.rng.randint(1, LATEST_STRIKE)
            self.server.cable.strike = Strike(at, self.server.kill, answered=step.crash is Crash.COMMITTED)
        interfaces = HttpInterfaces(self.server.http, self.server.gateway.url)
        answers = await asyncio.gather(*(self._ask(interfaces, call, ids) for call in known))
        if step.crash:
            await self.server.restart()
            await self.database.quiet()
        outcomes = await self._explain(list(zip(known, answers, strict=True)))
        return [None if n in step.lost else outcomes.get(n) for n in range(len(known))]

    async def _ask(self, interfaces: HttpInterfaces, call: Call, ids: dict[tuple[str, str], int]) -> Any:
        match call:
            case ExpiresPayment(provider, name):
                payment = self.judge.model.named(provider, name)
                account, number = (payment.order, ids[provider, payment.names[0]]) if payment else ("nowhere", 0)
                return await self._sweeps(ExpirePayment(PaymentRef(SHOP, account, number)))
            case ExpiresOrder(account):
                return await self._sweeps(ExpireOrder(OrderRef(SHOP, account)))
        return await interfaces.send(call, self.judge.ids)

    async def _sweeps(self, command: ExpirePayment | ExpireOrder) -> None:
        """Its answer does not matter."""
        with suppress(TryAgain):
            await self.sweeping.do(command)

    async def _explain(self, asked: list[tuple[Call, Any]]) -> dict[int, Outcome]:
        """Each call's outcome, by number."""
        rows = await self.database.read()
        explained = explain(self.judge.model, asked, self.now, self.judge.ids, rows.agree)
        assert explained is not None, f"nothing explains {asked}\nfrom {self.judge.model}\nto {rows.said}"
        self.judge.model, in_order = explained
        outcomes: dict[int, Outcome] = {}
        for call, outcome, answer in in_order:
            n = next(n for n, (c, a) in enumerate(asked) if n not in outcomes and c == call and a == answer)
            outcomes[n] = outcome
            if answer is not None:
                self.judge.receives(call, outcome)
                for key, number in ids_in(outcome, answer).items():
                    self.judge.records_id(key, number)
                    assert rows.ids[key] == number, f"{key} was answered with {number}"
        return {n: outcome for n, outcome in outcomes.items() if asked[n][1] is not None}

    async def _the_statement_is_whole(self, interfaces: HttpInterfaces) -> None:
        """GetStatement over all of the history's time equals the database."""
        mine = {p.names[0]: p for p in self.judge.model.payments if p.provider == "payme"}
        times = [to_ms(payment.opened_at) for payment in mine.values()]
        if times:
            statement = await interfaces.payme.says("GetStatement", from_=min(times), to=max(times))
            entries = {entry["id"]: entry for entry in statement["transactions"] if entry["id"] in mine}
            assert entries.keys() == mine.keys()
            for name, payment in mine.items():
                entry = entries[name]
                assert (entry["time"], entry["amount"]) == (to_ms(payment.opened_at), payment.amount)
                assert entry["account"] == {"order_id": payment.order}
                assert entry["reason"] == payme_reason(payment.reason)


def _facts(row: Any) -> Facts:
    words = (row["provider"], row["external_id"], row["amount"], row["state"])
    return Facts(*words, row["created_at"], row["performed_at"], row["cancelled_at"], row["reason"])


def _fiscal(row: Any) -> frozenset[str]:
    return frozenset(name.removeprefix("fiscal_") for name in RECEIPTS if row[name] is not None)


def _terms(row: Any) -> Terms:
    columns = dict(row)
    return read(columns | {name: columns[name] and json.loads(columns[name]) for name in WRITTEN}, row["expires_at"])


def _names(row: Any) -> tuple[str, ...]:
    return tuple(sorted((row["external_id"], *row["also_known_as"])))
