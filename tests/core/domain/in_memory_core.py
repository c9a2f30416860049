"""The core without interfaces or database: a history's calls become commands, its answers outcomes."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.domain.answers import Allowed, Answer, Done, Refused, Replayed, Shown
from core.domain.commands import (
    AmendOrder,
    Attempt,
    AttemptRef,
    Cancel,
    Check,
    CloseOrder,
    Command,
    Confirm,
    Create,
    DeliverOrder,
    Details,
    ExpireOrder,
    ExpirePayment,
    ExternalPaymentRef,
    Fiscalise,
    IdempotencyKey,
    LookUp,
    OpenOrder,
    OrderRef,
    PaymentRef,
    Perform,
    Release,
    ReleaseOrder,
    ReopenOrder,
)
from core.domain.periods import Periods
from core.domain.receipts import Receipt, ReceiptFailure, ReceiptKind
from core.domain.records import Order, Payment
from schema.values import OrderKind, Provider, Tiyin
from tests.core.domain.in_memory_audit import audit
from tests.core.domain.in_memory_store import InMemoryStore
from tests.simulation import calls
from tests.simulation.calls import KEPT, Call, Facts, OrderFacts, Outcome, Terms
from tests.simulation.history import START, CallsTogether, ClockStep, Crash, Outcomes, Step, Sweep
from tests.simulation.judge import Judge
from tests.simulation.model_state import PAYME_HOLDS
from tests.simulation.payers import FAILED
from tests.simulation.wire_terms import price_of, written

SHOP = "main"
UNKNOWN_ID = 999_999
KINDS: Final[Mapping[str | None, ReceiptKind | None]] = {
    **{"PERFORM": "perform", "perform": "perform", "CANCEL": "cancel", "cancel": "cancel"},
    None: None,
}
NO_TEXTS = (None,) * 5


class InMemoryCore:
    """Plays a history step by step; whatever is wrong with an answer or the rows is an AssertionError."""

    def __init__(self) -> None:
        self.now = START
        self.store = InMemoryStore(Periods(payme_reservation=PAYME_HOLDS))
        self.judge = Judge()
        self.sent = 0
        self.words: set[str] = set()
        self._rendered: dict[str, Outcome] = {}

    def play(self, step: Step) -> Outcomes:
        match step:
            case ClockStep(by):
                self.now += by
                return ()
            case Sweep():
                return self._together(self.judge.due(self.now))
            case CallsTogether():
                return self._together(step.calls, step.lost, step.crash)

    def end(self) -> None:
        """When everything has come to its end."""
        model = self.judge.model
        assert not [p for p in model.payments if p.state == "pending" and model.is_expired(p, self.now)]
        self._rows_agree()
        audit(self.store, self.now)
        self.judge.check_at_end(facts_of(payment) for payment in self.store.payments.values())

    def _together(
        self, sent: Sequence[Call], lost: frozenset[int] = frozenset(), crash: Crash | None = None
    ) -> Outcomes:
        known = [self.judge.known(call) for call in sent]
        self.sent += len(known)
        for call in known:
            self.judge.sends(call)
        rolled_back = crash is Crash.ROLLED_BACK
        outcomes = self._answers(known, rolled_back=rolled_back)
        self.words |= {answer.word for answer in outcomes}
        if rolled_back:
            return [None] * len(known)
        for number, (call, answer) in enumerate(zip(known, outcomes, strict=True)):
            if not isinstance(call, calls.Checks):
                expected = self.judge.model.answer(call, self.now)
                assert answer == expected, f"{call} was answered {answer} instead of {expected}"
            if crash is None and number not in lost:
                self._acknowledge(call, answer)
        self._rows_agree()
        return [None if crash or n in lost else answer for n, answer in enumerate(outcomes)]

    def _answers(self, sent: Sequence[Call], *, rolled_back: bool) -> list[Outcome]:
        """Checks read before the batch, without a lock; everything else is the batch."""
        outcomes: dict[int, Outcome] = {}
        for n, call in enumerate(sent):
            if isinstance(call, calls.Checks):
                outcomes[n] = as_outcome(self.store.check(Check(at(call.account), call.amount), self.now))
                assert outcomes[n] == self.judge.model.answer(call, self.now), call
        changing = [n for n in range(len(sent)) if n not in outcomes]
        commands = [self._command(sent[n]) for n in changing]
        answers = self.store.decide(commands, self.now, rolled_back=rolled_back)
        for n, answer in zip(changing, answers, strict=True):
            outcomes[n] = (
                Outcome("replayed", first=self._rendered[answer.body])
                if isinstance(answer, Replayed)
                else as_outcome(answer)
            )
        return [outcomes[n] for n in range(len(sent))]

    def _acknowledge(self, call: Call, outcome: Outcome) -> None:
        self.judge.receives(call, outcome)
        shown = outcome.facts.payments if isinstance(outcome.facts, OrderFacts) else (outcome.facts,)
        for facts in filter(None, shown):
            key = (facts.provider, facts.name)
            self.judge.records_id(
                key, next(p.id for p in self.store.payments.values() if (p.provider, p.external_id) == key)
            )

    def _rows_agree(self) -> None:
        model = self.judge.model
        rows = sorted((facts_of(payment), fiscal_of(payment)) for payment in self.store.payments.values())
        assert rows == sorted((payment.facts, sorted(payment.fiscal)) for payment in model.payments)
        orders = [order._replace(details=self.store.details[order.id]) for order in self.store.orders.values()]
        assert {o.account: (o.state, terms_of(o), o.delivered_at) for o in orders} == {
            account: (model.state_of(account), order.terms, order.delivered_at)
            for account, order in model.orders.items()
        }

    def _command(self, call: Call) -> Command:
        if isinstance(call, calls.ShopCall):
            return self._shop_command(call)
        match call:
            case calls.Creates(name, account, amount, opened_at):
                return Create(payme_ref(name), at(account), amount, opened_at, {"order_id": account})
            case calls.Performs(name):
                return Perform(payme_ref(name), Provider.PAYME)
            case calls.Cancels(name, reason):
                return Cancel(payme_ref(name), Provider.PAYME, reason)
            case calls.LooksAt(name):
                return LookUp(payme_ref(name), Provider.PAYME)
            case calls.Fiscalises(name, kind, status):
                outcome = ReceiptFailure(str(status), None, {}) if status else Receipt(*NO_TEXTS, {})
                return Fiscalise(payme_ref(name), Provider.PAYME, KINDS[kind], outcome)
            case calls.Prepares(_, account, amount, paydoc, declined):
                ref = ExternalPaymentRef(SHOP, Provider.CLICK, call.name)
                reason = FAILED if declined else None
                return Attempt(ref, at(account), amount, paydoc, reason, {"merchant_trans_id": account})
            case calls.Completes():
                return Confirm(self._attempt_ref(call), call.amount)
            case calls.Fails():
                return Release(self._attempt_ref(call), call.error)
            case calls.ExpiresPayment(provider, name):
                return ExpirePayment(self._seen(provider, name))
            case calls.ExpiresOrder(account):
                return ExpireOrder(at(account))
        raise AssertionError(call)

    def _shop_command(self, call: calls.ShopCall) -> Command:
        key = getattr(call, "key", None)
        idempotency = None if key is None else IdempotencyKey(key, repr(call), self._render)
        order = at(call.account)
        match call:
            case calls.Opens(_, one_time, amount, expires_at, _, strict):
                kind = OrderKind.ONE_TIME if one_time else OrderKind.ACCUMULATIVE
                price = Tiyin(amount) if one_time else None
                return OpenOrder(order, kind, price, None, None, expires_at, Details(), strict, idempotency)
            case calls.Amends(_, changes):
                plain = written(changes)
                if plain.get("items") is not None:
                    plain["items"] = tuple(plain["items"])
                return AmendOrder(order, plain, idempotency)
            case calls.Closes(_, release):
                return CloseOrder(order, release)
            case calls.Reopens(_, expires_at):
                if isinstance(expires_at, str):
                    assert expires_at == KEPT
                    return ReopenOrder(order, None, keeps_expiry=True, idempotency=idempotency)
                return ReopenOrder(order, expires_at, idempotency=idempotency)
            case calls.Releases(_, payment):
                return ReleaseOrder(order, payment and self.judge.ids.get(payment, UNKNOWN_ID), idempotency)
            case calls.Delivers():
                return DeliverOrder(order)

    def _render(self, answer: Answer) -> tuple[int, str]:
        outcome = as_outcome(answer)
        self._rendered[repr(outcome)] = outcome
        return 200, repr(outcome)

    def _attempt_ref(self, call: calls.Completes | calls.Fails) -> AttemptRef:
        prepare_id = self.judge.ids.get(("click", call.prepared or ""), UNKNOWN_ID)
        return AttemptRef(
            shop=SHOP,
            provider=Provider.CLICK,
            account=call.account,
            payment_id=None if call.prepared == calls.NO_ID else prepare_id,
            external_id=call.name,
            payment_number=call.paydoc,
        )

    def _seen(self, provider: str, name: str | None) -> PaymentRef:
        """As the sweeper has read it, perhaps a while ago."""
        payment = next(
            (p for p in self.store.payments.values() if p.provider == provider and p.external_id == name), None
        )
        if payment is None:
            return PaymentRef(SHOP, "nowhere", UNKNOWN_ID)
        return PaymentRef(SHOP, self.store.orders[payment.order_id].account, payment.id)


def as_outcome(answer: Answer) -> Outcome:
    match answer:
        case Refused(refusal):
            return Outcome(str(refusal))
        case Allowed():
            return Outcome("ok")
        case Done(payment, repeat):
            return Outcome("repeat" if repeat else "ok", facts_of(payment))
        case Shown(order, payments, unpayable, repeat=repeat):
            shown = tuple(sorted(map(facts_of, payments)))
            facts = OrderFacts(str(order.state), shown, terms_of(order), has_links=unpayable is None)
            return Outcome("repeat" if repeat else "ok", facts)
    raise AssertionError(answer)


def terms_of(order: Order) -> Terms:
    assert order.details is not None
    items, shipping = order.details.items, order.details.shipping
    return Terms(
        amount=order.amount,
        min_amount=order.min_amount,
        max_amount=order.max_amount,
        expires_at=order.expires_at,
        description=order.details.description,
        items=None if items is None else price_of(items),
        shipping=None if shipping is None else shipping["price"],
    )


def facts_of(payment: Payment) -> Facts:
    times = (payment.created_at, payment.performed_at, payment.cancelled_at)
    words = (str(payment.provider), payment.external_id, payment.amount, str(payment.state))
    return Facts(*words, *times, payment.reason)


def at(account: str) -> OrderRef:
    return OrderRef(SHOP, account)


def payme_ref(name: str) -> ExternalPaymentRef:
    return ExternalPaymentRef(SHOP, Provider.PAYME, name)


def fiscal_of(payment: Payment) -> list[str]:
    """Which receipts and failures it has."""
    return sorted(name for name, value in payment.receipts._asdict().items() if value is not None)
