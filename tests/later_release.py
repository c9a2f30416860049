"""A later release that has run on the same database: it writes what this one only reads, with whole histories."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.domain.events import event_of
from core.domain.json_text import to_json
from core.domain.records import Order, Payment, Transition
from schema.values import (
    Actor,
    OperationVerb,
    OrderKind,
    OrderState,
    OrderVerb,
    PaymentSource,
    PaymentState,
    Tiyin,
    Verb,
)

ORDER = "SELECT id, shop, account, kind, amount, state, version, created_at FROM orders WHERE account = :account"
PAYMENT = """
    SELECT p.id, p.order_id, p.shop, p.provider, p.external_id, p.amount, p.state, p.created_at, p.performed_at
    FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.account = :account AND p.state IN ('paid', 'moved')
"""

GUARD = """
    ALTER TABLE payments ADD COLUMN refunding bigint DEFAULT 0 NOT NULL,
    ADD CONSTRAINT not_reversed_while_refunding CHECK (state <> 'reversed' OR refunding = 0)
"""


class LaterRelease:
    def __init__(self, database: AsyncEngine, clock: Any) -> None:
        self._database, self._clock = database, clock

    async def gives_back_a_part(self, account: str) -> None:
        """In the operator's own way: the provider knows nothing of it."""
        await self._changes(account, Verb.GIVE_BACK, PaymentState.PAID, OrderState.PARTIALLY_REFUNDED)

    @asynccontextmanager
    async def guards_refunds(self, external_id: str) -> AsyncIterator[None]:
        """By a CHECK of a schema that counts refunds: a part of this payment is on its way back."""
        async with self._database.connect() as connection:
            await connection.execute(text(GUARD))
            await connection.execute(
                text("UPDATE payments SET refunding = 1 WHERE external_id = :id"), {"id": external_id}
            )
        try:
            yield
        finally:
            async with self._database.connect() as connection:
                await connection.execute(text("ALTER TABLE payments DROP COLUMN refunding CASCADE"))

    async def gives_back_in_cash(self, account: str) -> None:
        """All of it, at the counter: the provider knows nothing of it, and there is no reason of the provider's."""
        await self._changes(account, Verb.REVERSE, PaymentState.REVERSED, OrderState.REFUNDED)

    async def moves_away(self, account: str) -> None:
        """The order's payment counts for another order."""
        await self._changes(account, Verb.MOVE_AWAY, PaymentState.MOVED, OrderState.AWAITING)

    async def moves_back(self, account: str) -> None:
        await self._changes(account, Verb.MOVE_BACK, PaymentState.PAID, OrderState.PAID)

    async def is_asked_for_a_refund(self, account: str) -> None:
        """It is nothing yet but an operation of the payment."""
        async with self._database.connect() as connection:
            order, payment = await self._order(connection, account), await self._payment(connection, account)
            await self._writes(connection, OperationVerb.ASK, Actor.SHOP, order, order.state, payment, payment.state)

    async def keeps_elsewhere(self, account: str, amount: int) -> None:
        """Another system has the order; here is only a mark."""
        now = self._clock()
        async with self._database.connect() as connection:
            order = _order(await self._next_id(connection, "order"), account, amount, OrderState.ELSEWHERE, now)
            await self._inserts_order(connection, order)
            await self._writes(connection, OrderVerb.OPEN, Actor.IMPORT, order, None)

    async def records_cash(self, account: str) -> None:
        """Somebody has paid at the counter."""
        async with self._database.connect() as connection:
            order = await self._order(connection, account)
            now = self._clock()
            payment = Payment(
                id=await self._next_id(connection, "payment"),
                order_id=order.id,
                shop=order.shop,
                provider=PaymentSource.MANUAL,
                external_id=f"cash:{account}",
                amount=order.amount or Tiyin(1),
                state=PaymentState.PAID,
                reason=None,
                opened_at=now,
                created_at=now,
                performed_at=now,
            )
            await connection.execute(
                text(
                    "INSERT INTO payments (id, order_id, shop, provider, external_id, also_known_as, account, one_time,"
                    " amount, state, provider_time, created_at, performed_at) VALUES (:id, :order_id, :shop, :provider,"
                    " :external_id, '{}', '{}', true, :amount, :state, :opened_at, :created_at, :performed_at)"
                ),
                {name: _word(value) for name, value in payment._asdict().items()},
            )
            paid = order._replace(state=OrderState.PAID, version=order.version + 1)
            await self._updates_order(connection, paid, "paid_total = amount, payment_count = payment_count + 1")
            await self._writes(connection, Verb.RECORD, Actor.OPERATOR, paid, order.state, payment)

    async def _changes(self, account: str, verb: Verb, payment_to: PaymentState, order_to: OrderState) -> None:
        async with self._database.connect() as connection:
            order, payment = await self._order(connection, account), await self._payment(connection, account)
            paid, reversed_ = payment_to is PaymentState.PAID, payment_to is PaymentState.REVERSED
            after = order._replace(state=order_to, version=order.version + 1)
            await self._updates_order(
                connection,
                after,
                f"paid_total = {payment.amount * paid}, reversed_total = {payment.amount * reversed_}",
            )
            changed = payment._replace(state=payment_to, cancelled_at=self._clock() if reversed_ else None)
            await connection.execute(
                text("UPDATE payments SET state = :state, cancelled_at = :cancelled_at WHERE id = :id"),
                {"state": str(payment_to), "cancelled_at": changed.cancelled_at, "id": payment.id},
            )
            await self._writes(connection, verb, Actor.OPERATOR, after, order.state, changed, payment.state)

    async def _order(self, connection: AsyncConnection, account: str) -> Order:
        row = (await connection.execute(text(ORDER), {"account": account})).one()
        order = _order(row.id, row.account, row.amount, OrderState(row.state), row.created_at)
        return order._replace(version=row.version, shop=row.shop)

    async def _payment(self, connection: AsyncConnection, account: str) -> Payment:
        row = (await connection.execute(text(PAYMENT), {"account": account})).one()
        return Payment(
            id=row.id,
            order_id=row.order_id,
            shop=row.shop,
            provider=PaymentSource(row.provider),
            external_id=row.external_id,
            amount=row.amount,
            state=PaymentState(row.state),
            reason=None,
            opened_at=row.created_at,
            created_at=row.created_at,
            performed_at=row.performed_at,
        )

    async def _next_id(self, connection: AsyncConnection, kind: str) -> int:
        return int((await connection.execute(text(f"SELECT nextval('{kind}_ids')"))).scalar_one())

    async def _inserts_order(self, connection: AsyncConnection, order: Order) -> None:
        await connection.execute(
            text(
                "INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata,"
                " created_at, changed_at) VALUES (:id, :shop, :account, :kind, :amount, :state, 0, '', '{}',"
                " :created_at, :created_at)"
            ),
            {name: _word(value) for name, value in order._asdict().items()},
        )

    async def _updates_order(self, connection: AsyncConnection, order: Order, totals: str) -> None:
        await connection.execute(
            text(f"UPDATE orders SET state = :state, version = :version, {totals} WHERE id = :id"),
            {"state": str(order.state), "version": order.version, "id": order.id},
        )

    async def _writes(
        self,
        connection: AsyncConnection,
        verb: Verb | OrderVerb | OperationVerb,
        actor: Actor,
        order: Order,
        order_from: OrderState | None,
        payment: Payment | None = None,
        payment_from: PaymentState | None = None,
    ) -> None:
        """The transition, and its event."""
        if isinstance(verb, OperationVerb):
            order = order._replace(version=order.version + 1)
            await self._updates_order(connection, order, "changed_at = changed_at")
        at = payment.performed_at if payment and payment_from is None else self._clock()
        row = {
            "id": await self._next_id(connection, "transition"),
            "shop": order.shop,
            "order_id": order.id,
            "payment_id": payment and payment.id,
            "verb": str(verb),
            "payment_from": payment_from and str(payment_from),
            "payment_to": payment and str(payment.state),
            "order_from": order_from and str(order_from),
            "order_to": str(order.state),
            "version": order.version,
            "at": at,
            "actor": str(actor),
        }
        await connection.execute(
            text(
                "INSERT INTO transitions (id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from,"
                " order_to, version, at, actor, correlation_id) VALUES (:id, :shop, :order_id, :payment_id, :verb,"
                " :payment_from, :payment_to, :order_from, :order_to, :version, :at, :actor, '')"
            ),
            row,
        )
        if isinstance(verb, OperationVerb):
            return
        assert at is not None
        event = event_of(Transition(verb, actor, at, order, payment, order_from, payment_from), row["id"])
        if event is not None:
            await connection.execute(
                text(
                    "INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at) VALUES (:id,"
                    " :shop, :order_id, :version, :event, CAST(:payload AS jsonb), :at)"
                ),
                {**row, "event": event[0], "payload": to_json(event[1])},
            )


def _order(order_id: int, account: str, amount: int, state: OrderState, at: datetime) -> Order:
    return Order(
        id=order_id,
        shop="main",
        account=account,
        kind=OrderKind.ONE_TIME,
        amount=Tiyin(amount),
        min_amount=None,
        max_amount=None,
        state=state,
        version=0,
        fingerprint="",
        expires_at=None,
        delivered_at=None,
        created_at=at,
        changed_at=at,
    )


def _word(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
