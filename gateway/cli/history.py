"""`tiyin order history` tells what became of an order: its state changes, and the calls that were about it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, shop_of, shown_shop, with_core
from gateway.cli.order_options import Account, ShopName, TestMode
from gateway.cli.output import echo
from gateway.config.settings import Settings, load
from gateway.printable_text import printable
from schema.test_mode import is_twin, other_mode
from schema.values import OperationVerb, OrderVerb, PaymentState, Verb

if TYPE_CHECKING:
    from core import Core, PastExchange, PastPayment, PastTransition, Shown, Timeline

PAYMENT_WORDS: Final[Mapping[Verb, str]] = {
    Verb.CREATE: "opened",
    Verb.PERFORM: "paid",
    Verb.CANCEL: "cancelled",
    Verb.RELEASE: "ended",
    Verb.REVIVE: "paid after all",
    Verb.NOTE: "attempted again",
    Verb.FISCALISE: "given fiscal data",
    Verb.GIVE_BACK: "given back in part",
    Verb.REVERSE: "given back",
    Verb.RECORD: "recorded",
    Verb.TAKE_BACK: "taken back",
    Verb.MOVE_AWAY: "moved to another order",
    Verb.MOVE_BACK: "moved back",
}
"""What was done to a payment, by the verb of its transition."""

ORDER_WORDS: Final[Mapping[OrderVerb, str]] = {
    OrderVerb.OPEN: "opened",
    OrderVerb.CLOSE: "withdrawn",
    OrderVerb.EXPIRE: "expired",
    OrderVerb.DELIVER: "delivered",
    OrderVerb.AMEND: "amended",
    OrderVerb.REOPEN: "reopened",
    OrderVerb.ADOPT: "taken over",
}
"""What was done to an order alone."""

OPERATION_WORDS: Final[Mapping[OperationVerb, str]] = {
    OperationVerb.ASK: "asked for",
    OperationVerb.APPROVE: "approved",
    OperationVerb.WITHDRAW: "withdrawn",
    OperationVerb.SEND: "sent",
    OperationVerb.ACCEPT: "accepted",
    OperationVerb.DECLINE: "declined",
    OperationVerb.RESEND: "to be sent again",
    OperationVerb.DOUBT: "in doubt",
}
"""What was done to an operation, such as a refund, of the order or its payment."""

GIVEN_BACK: Final = "given back"

CALL: Final = "call"
CHANGE: Final = "change"

INDENT: Final = "    "

PAYMENTS_NAMED: Final = 100
LIMIT: Final = 200
LIMIT_MAX: Final = 10_000


def history(
    account: Account,
    shop: ShopName = None,
    test: TestMode = False,
    bodies: Annotated[bool, typer.Option("--bodies", help="Also show each call's body and its answer.")] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=LIMIT_MAX, help="How many changes, and how many calls: the newest.")
    ] = LIMIT,
) -> None:
    """Show what became of an order, oldest first: its state changes, and the calls that were about it."""
    from core import OrderRef, wall_clock
    from gateway.observability.masking import without_cards

    chosen = load()
    ref = OrderRef(shop_of(chosen, shop, test=test), account)
    other = OrderRef(other_mode(ref.shop), account)

    async def ask(core: "Core") -> "tuple[Timeline | None, Shown | None]":
        found = await core.timeline(ref, without_cards, bodies=bodies, limit=limit)
        return found, None if found else await core.order(other)

    timeline, in_other_mode = with_core(chosen, ask)
    if timeline is None:
        hint = f" There is one in {_mode(other.shop)}." if in_other_mode else ""
        raise Failure(f"There is no order {account!r} in shop {shown_shop(chosen, ref.shop)}.{hint}")
    for line in _lines(timeline, wall_clock(), chosen, limit):
        echo(line)


def _mode(shop: str) -> str:
    return "test mode (--test)" if is_twin(shop) else "live mode (without --test)"


def _lines(timeline: "Timeline", now: datetime, settings: Settings, limit: int) -> Iterator[str]:
    from core import PastTransition

    yield _head(timeline, settings)
    yield from _left_out(timeline, now, settings.exchanges_keep_days, limit)
    for entry in timeline.entries:
        if isinstance(entry, PastTransition):
            yield printable(f"{moment(entry.at)}  {CHANGE:6}  {_change(entry)}")
        else:
            yield printable(f"{moment(entry.at)}  {CALL:6}  {_call(entry, timeline.order.shop)}")
            yield from _body("request", entry.request)
            yield from _body("answer", entry.answer)


def _head(timeline: "Timeline", settings: Settings) -> str:
    from gateway.cli.terminal import money

    order = timeline.order
    amount = money(order.amount) or "any amount"
    return printable(f"Order {order.account} of shop {shown_shop(settings, order.shop)}: {order.state}, {amount}")


def _left_out(timeline: "Timeline", now: datetime, days_kept: int, limit: int) -> Iterator[str]:
    """Say what cannot be seen here, so that nobody takes its absence for an answer."""
    if timeline.older_transitions:
        yield f"Older changes are left out: these are the newest {limit}. See --limit."
    if timeline.older_exchanges:
        yield f"Older calls are left out: these are the newest {limit}. See --limit."
    if timeline.order.payment_count > PAYMENTS_NAMED:
        yield (
            f"Calls about payments are looked for by the newest {PAYMENTS_NAMED} of {timeline.order.payment_count}, "
            "and by those whose changes stand here."
        )
    kept_since = now - timedelta(days=days_kept)
    if timeline.order.created_at < kept_since:
        yield f"Calls are kept for EXCHANGES_KEEP_DAYS ({days_kept}): those from before {moment(kept_since)} are gone."


def _change(entry: "PastTransition") -> str:
    order = f"order {_states(entry.order_before, entry.order_after)}"
    payment = entry.payment
    if payment is None:
        if isinstance(entry.verb, OperationVerb):
            return f"operation {OPERATION_WORDS[entry.verb]} by {entry.actor}: {order}"
        assert isinstance(entry.verb, OrderVerb)
        return f"order {ORDER_WORDS[entry.verb]} by {entry.actor}: {order}"
    states = f"payment {_states(payment.before, payment.after)}"
    if isinstance(entry.verb, OperationVerb):
        return f"{_payment(payment)}, operation {OPERATION_WORDS[entry.verb]} by {entry.actor}: {states}, {order}"
    assert isinstance(entry.verb, Verb)
    return f"{_payment(payment)} {_done(entry.verb, payment)} by {entry.actor}: {states}, {order}"


def _payment(payment: "PastPayment") -> str:
    from gateway.cli.terminal import money

    return f"payment {payment.id} ({payment.provider} {payment.external_id}, {money(payment.amount)})"


def _done(verb: Verb, payment: "PastPayment") -> str:
    is_given_back = verb is Verb.CANCEL and payment.after is PaymentState.REVERSED
    words = GIVEN_BACK if is_given_back else PAYMENT_WORDS[verb]
    return words if payment.reason is None else f"{words} (reason {payment.reason})"


def _states(before: str | None, after: str) -> str:
    return after if before is None or before == after else f"{before} → {after}"


def _call(entry: "PastExchange", shop: str) -> str:
    parts = [
        f"{entry.interface} {entry.method or 'without a method'}: {entry.code}",
        entry.refusal and entry.refusal.replace("_", " "),
        None if entry.shop == shop else f"in {_mode(entry.shop)}",
        entry.payment_id and f"payment {entry.payment_id}",
        f"{entry.duration / timedelta(milliseconds=1):.0f} ms",
        f"from {entry.remote or 'nowhere known'}",
    ]
    return ", ".join(part for part in parts if part)


def _body(name: str, text: str | None) -> Iterator[str]:
    """Every line of it indented: what a caller sends must not look like a line of the history."""
    if text is not None:
        for line in f"{name}: {text}".rstrip("\n").split("\n"):
            yield INDENT + printable(line)


def moment(time: datetime) -> str:
    return time.astimezone().isoformat(sep=" ", timespec="milliseconds")
