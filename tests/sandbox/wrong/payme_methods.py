"""Payme's seven methods over the store, right unless the fault says otherwise (Payme, "Methods")."""

import asyncio
from collections.abc import Callable

from tests.sandbox.wrong.errors import Crash, Refused, account_error
from tests.sandbox.wrong.payme_orders import UNFIT, Json, OrderLookup
from tests.sandbox.wrong.store import UNKNOWN_REASON, Order, Payment, Store, now


class Methods:
    def __init__(self, store: Store, wrong: Callable[[str], bool]) -> None:
        self.store, self.wrong, self.asking = store, wrong, OrderLookup(store, wrong)

    async def check_perform_transaction(self, params: Json) -> Json:
        amount = self.asking.amount(params)
        self.asking.payable(self.asking.order(params, amount), amount, checking=True)
        return {"allow": True}

    async def create_transaction(self, params: Json) -> Json:
        external_id, opened, amount = _text(params, "id"), _integer(params, "time"), self.asking.amount(params)
        if not 10**12 <= opened < 10**13:
            raise Refused(-32600)
        known = self.store.find("payme", external_id)
        if known is not None:
            return self._created_again(known, params, amount, opened)
        order = self.asking.order(params, amount)
        self.asking.payable(order, amount, checking=False)
        if now() - opened > self.asking.lifetime or opened - now() > self.asking.ahead_max:
            raise Refused(-31008)
        await self._pause("race_two_ids", "race_same_id")
        same, holder = self.store.find("payme", external_id), self.store.pending(order)
        if self.wrong("race_two_ids") and same is not None:
            return self._created_again(same, params, amount, opened)
        if self.wrong("race_same_id") and holder is not None and holder.external_id != external_id:
            raise account_error(-31053)
        return _created(self._add(params, order, amount))

    def _add(self, params: Json, order: Order, amount: int) -> Payment:
        return self.store.add("payme", params["id"], order, amount, account=params["account"], opened=params["time"])

    def _created_again(self, known: Payment, params: Json, amount: int, opened: int) -> Json:
        if self.wrong("create_answers_any_state"):
            return _created(known)
        if self.wrong("create_repeat_renumbered"):
            return _created(self._add(params, known.order, amount))
        if known.state != 1 or self.wrong("create_repeat_refused"):
            raise Refused(-31008)
        self._not_expired(known)
        if self.wrong("create_time_rounded"):
            known.created -= known.created % 1000 or 1000
        if not self.wrong("create_ignores_changes"):
            if params.get("account") != known.account or opened != known.opened:
                raise Refused(-31008)
            if amount != known.amount:
                raise Refused(-31001)
        return _created(known)

    async def perform_transaction(self, params: Json) -> Json:
        payment = self._find(params)
        if payment.state == 2 and self.wrong("perform_repeat_refused"):
            raise Refused(-31008)
        if payment.state == 2:
            return _performed(payment)
        if payment.state != 1 and not self._revives(payment):
            raise Refused(-31008)
        if self.wrong("order_runs_out"):
            raise account_error(-31052)
        self._not_expired(payment)
        if payment.order.expired() and not self.wrong("strict_expiry_unseen"):
            payment.cancel(4)
            raise Refused(-31008)
        await self._pause("race_perform", "race_perform_cancel")
        if self.wrong("perform_forgets"):
            return {**_performed(payment), "state": 2, "perform_time": now()}
        payment.perform()
        return _performed(payment)

    def _revives(self, payment: Payment) -> bool:
        return self.wrong("perform_revives") or (payment.reason == UNKNOWN_REASON and self.wrong("released_performs"))

    async def cancel_transaction(self, params: Json) -> Json:
        reason, payment = _integer(params, "reason"), self._find(params)
        if payment.state < 0:
            return self._cancelled_again(payment, reason)
        if payment.state == 2 and self.wrong("cancel_refused"):
            raise Refused(-31007)
        if payment.state == 2 and payment.order.delivered and not self.wrong("delivered_given_back"):
            raise Refused(-31007)
        state = payment.state
        await self._pause("race_perform_cancel")
        payment.state = state
        if self.wrong("cancel_performed_as_new"):
            payment.state = 1
        payment.cancel(None if self.wrong("reason_lost") else reason)
        return _cancelled(payment)

    def _cancelled_again(self, payment: Payment, reason: int) -> Json:
        if self.wrong("cancel_repeat_refused"):
            raise Refused(-31008)
        if self.wrong("cancel_repeat_other_state"):
            payment.state = -1
        if self.wrong("cancel_rewrites_reason"):
            payment.reason = reason
        return _cancelled(payment)

    async def check_transaction(self, params: Json) -> Json:
        payment = self._find(params)
        if payment.expired(self.asking.lifetime) and not self.wrong("expiry_lost"):
            payment.cancel(4)
        return _checked(payment)

    async def get_statement(self, params: Json) -> Json:
        since, until = _integer(params, "from"), _integer(params, "to")
        last = until - 1 if self.wrong("statement_open_end") else until
        theirs = [p for p in self.store.payments if p.provider == "payme" and since <= self._moment(p) <= last]
        theirs.sort(key=self._moment, reverse=self.wrong("statement_newest_first"))
        return {"transactions": [_line(p) for p in theirs if p.state == 2 or not self.wrong("statement_only_paid")]}

    def _moment(self, payment: Payment) -> int:
        """By which a statement picks and sorts."""
        shift = 5 * 3_600_000 if self.wrong("statement_time_zone") else 0
        return shift + (payment.created if self.wrong("statement_own_clock") else payment.opened)

    async def set_fiscal_data(self, params: Json) -> Json:
        external_id = _text(params, "id")
        kind, data = params.get("type"), params.get("fiscal_data")
        if not self.wrong("fiscal_typed"):
            kind = "PERFORM" if kind is None else str(kind).upper()
        fit = kind in ("PERFORM", "CANCEL") and isinstance(data, dict)
        if self.wrong("fiscal_failures_refused") and fit and data.get("status_code") != 0:
            fit = False
        if not fit and not self.wrong("fiscal_unchecked"):
            raise Refused(-32602)
        if self.store.find("payme", external_id) is None and not self.wrong("fiscal_for_nobody"):
            raise Refused(-32001)
        return {"success": True}

    async def _pause(self, *faults: str) -> None:
        """Where the lock is missing: time enough for another call to see the store as it was."""
        if any(self.wrong(fault) for fault in faults):
            await asyncio.sleep(0.05)

    def _not_expired(self, payment: Payment) -> None:
        if payment.expired(self.asking.lifetime):
            if not self.wrong("expiry_lost"):
                payment.cancel(4)
            raise Refused(-31008)

    def _find(self, params: Json) -> Payment:
        payment = self.store.find("payme", _text(params, "id"))
        if payment is not None:
            return payment
        if self.wrong("html_page"):
            raise Crash(500, "text/html")
        if self.wrong("unknown_is_31050"):
            raise account_error(-31050)
        raise Refused(-31001 if self.wrong("unknown_is_31001") else -31003)


def _created(payment: Payment) -> Json:
    return {"create_time": payment.created, **_row(payment), "receivers": None}


def _performed(payment: Payment) -> Json:
    return {"perform_time": payment.performed, **_row(payment)}


def _cancelled(payment: Payment) -> Json:
    return {"cancel_time": payment.cancelled, **_row(payment)}


def _checked(payment: Payment) -> Json:
    times = {"create_time": payment.created, "perform_time": payment.performed, "cancel_time": payment.cancelled}
    return {**times, **_row(payment), "reason": payment.reason}


def _line(payment: Payment) -> Json:
    given = {"id": payment.external_id, "time": payment.opened, "amount": payment.amount, "account": payment.account}
    return {**given, **_checked(payment), "receivers": None}


def _row(payment: Payment) -> Json:
    return {"transaction": str(payment.number), "state": payment.state}


def _text(params: Json, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or UNFIT.search(value):
        raise Refused(-32600)
    return value


def _integer(params: Json, name: str) -> int:
    value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(-32600)
    return value
