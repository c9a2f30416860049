"""The core without doors or database: a history's calls become commands, its answers what was told."""

from collections.abc import Sequence

from core.domain.answers import Allowed, Answer, Done, Refused, Replayed, Shown
from core.domain.commands import (
    Attempt,
    Cancel,
    Check,
    CloseOrder,
    Command,
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
)
from core.domain.records import Payment
from schema.values import OrderKind, Provider, Tiyin
from tests.core.domain.in_memory_audit import audit
from tests.core.domain.in_memory_store import Shelf
from tests.simulation import calls
from tests.simulation.calls import Call, Facts, OrderFacts, Told
from tests.simulation.history import START, Answers, ClockMoves, Crash, Step, Sweeps, Together
from tests.simulation.judge import Judge

SHOP = "main"
NOBODYS = 999_999


class BareCore:
    """Plays a history step by step; whatever is wrong with an answer or the books is an AssertionError."""

    def __init__(self) -> None:
        self.now = START
        self.shelf = Shelf()
        self.judge = Judge()
        self.asked = 0
        self.words: set[str] = set()
        self._rendered: dict[str, Told] = {}

    def play(self, step: Step) -> Answers:
        match step:
            case ClockMoves(by):
                self.now += by
                return ()
            case Sweeps():
                return self._together(self.judge.due(self.now))
            case Together():
                return self._together(step.calls, step.lost, step.crash)

    def end(self) -> None:
        """When everything has come to its end."""
        model = self.judge.model
        assert not [p for p in model.payments if p.state == "pending" and model.is_expired(p, self.now)]
        self._books_agree()
        audit(self.shelf, self.now)
        self.judge.ends(facts_of(payment) for payment in self.shelf.payments.values())

    def _together(
        self, asked: Sequence[Call], lost: frozenset[int] = frozenset(), crash: Crash | None = None
    ) -> Answers:
        known = [self.judge.known(call) for call in asked]
        self.asked += len(known)
        for call in known:
            self.judge.asks(call)
        undone = crash is Crash.UNDONE
        told = self._tell(known, undone=undone)
        self.words |= {answer.word for answer in told}
        if undone:
            return [None] * len(known)
        for number, (call, answer) in enumerate(zip(known, told, strict=True)):
            if not isinstance(call, calls.Checks):
                expected = self.judge.model.asked(call, self.now)
                assert answer == expected, f"{call} was told {answer} instead of {expected}"
            if crash is None and number not in lost:
                self._acknowledge(call, answer)
        self._books_agree()
        return [None if crash or n in lost else answer for n, answer in enumerate(told)]

    def _tell(self, asked: Sequence[Call], *, undone: bool) -> list[Told]:
        """Checks look at the books before the batch, without a lock; everything else is the batch."""
        told: dict[int, Told] = {}
        for n, call in enumerate(asked):
            if isinstance(call, calls.Checks):
                told[n] = as_told(self.shelf.check(Check(at(call.account), call.amount), self.now))
                assert told[n] == self.judge.model.asked(call, self.now), call
        changing = [n for n in range(len(asked)) if n not in told]
        commands = [self._command(asked[n]) for n in changing]
        answers = self.shelf.decide(commands, self.now, undone=undone)
        for n, answer in zip(changing, answers, strict=True):
            told[n] = (
                Told("replayed", again=self._rendered[answer.body]) if isinstance(answer, Replayed) else as_told(answer)
            )
        return [told[n] for n in range(len(asked))]

    def _acknowledge(self, call: Call, told: Told) -> None:
        self.judge.hears(call, told)
        if isinstance(told.facts, Facts):
            key = (told.facts.provider, told.facts.name)
            self.judge.gives_id(
                key, next(p.id for p in self.shelf.payments.values() if (p.provider, p.external_id) == key)
            )

    def _books_agree(self) -> None:
        model = self.judge.model
        books = sorted(facts_of(payment) for payment in self.shelf.payments.values())
        assert books == sorted(payment.facts for payment in model.payments)
        assert {o.account: o.state for o in self.shelf.orders.values()} == {a: model.state_of(a) for a in model.orders}

    def _command(self, call: Call) -> Command:
        match call:
            case calls.Opens(account, one_time, amount, expires_at, key):
                kind = OrderKind.ONE_TIME if one_time else OrderKind.ACCUMULATIVE
                price = Tiyin(amount) if one_time else None
                stored_answers = None if key is None else IdempotencyKey(key, repr(call), self._render)
                return OpenOrder(at(account), kind, price, None, None, expires_at, Details(), stored_answers)
            case calls.Closes(account):
                return CloseOrder(at(account))
            case calls.Delivers(account):
                return DeliverOrder(at(account))
            case calls.Creates(name, account, amount, opened_at):
                return Create(theirs(name), at(account), amount, opened_at, {"order_id": account})
            case calls.Performs(name):
                return Perform(theirs(name), Provider.PAYME)
            case calls.Cancels(name, reason):
                return Cancel(theirs(name), Provider.PAYME, reason)
            case calls.LooksAt(name):
                return LookUp(theirs(name), Provider.PAYME)
            case calls.Fiscalises(name):
                return Fiscalise(theirs(name), Provider.PAYME, "perform", {"receipt_id": 1})
            case calls.Prepares(_, account, amount, paydoc, declined):
                key = ExternalPaymentRef(SHOP, Provider.CLICK, call.name)
                return Attempt(key, at(account), amount, paydoc, declined, {"merchant_trans_id": account})
            case calls.Completes(prepared, account, amount):
                return Perform(self._ours(prepared, account), Provider.CLICK, amount)
            case calls.Fails(prepared, account, error):
                return Release(self._ours(prepared, account), Provider.CLICK, error)
            case calls.Lapses(provider, name):
                return ExpirePayment(self._seen(provider, name))
            case calls.Expires(account):
                return ExpireOrder(at(account))
        raise AssertionError(call)

    def _render(self, answer: Answer) -> tuple[int, str]:
        told = as_told(answer)
        self._rendered[repr(told)] = told
        return 200, repr(told)

    def _ours(self, prepared: str | None, account: str) -> PaymentRef:
        return PaymentRef(SHOP, account, self.judge.ids.get(("click", prepared or ""), NOBODYS))

    def _seen(self, provider: str, name: str | None) -> PaymentRef:
        """As the sweeper has read it, perhaps a while ago."""
        payment = next(
            (p for p in self.shelf.payments.values() if p.provider == provider and p.external_id == name), None
        )
        if payment is None:
            return PaymentRef(SHOP, "nowhere", NOBODYS)
        return PaymentRef(SHOP, self.shelf.orders[payment.order_id].account, payment.id)


def as_told(answer: Answer) -> Told:
    match answer:
        case Refused(refusal):
            return Told(str(refusal))
        case Allowed():
            return Told("ok")
        case Done(payment, repeat):
            return Told("repeat" if repeat else "ok", facts_of(payment))
        case Shown(order, payments, repeat):
            facts = OrderFacts(str(order.state), tuple(sorted(map(facts_of, payments))))
            return Told("repeat" if repeat else "ok", facts)
    raise AssertionError(answer)


def facts_of(payment: Payment) -> Facts:
    times = (payment.created_at, payment.performed_at, payment.cancelled_at)
    words = (str(payment.provider), payment.external_id, payment.amount, str(payment.state))
    return Facts(*words, *times, payment.reason)


def at(account: str) -> OrderRef:
    return OrderRef(SHOP, account)


def theirs(name: str) -> ExternalPaymentRef:
    return ExternalPaymentRef(SHOP, Provider.PAYME, name)
