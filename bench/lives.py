"""What happens to an order, call by call, and what each answer must be like: Payme's side.

A life is a generator: it yields a method's name with the bytes of its request, and is sent the body of the answer.
"""

import base64
import time
from collections.abc import Callable, Generator, Mapping
from itertools import count
from secrets import token_hex
from typing import Any, Final

import orjson

from bench.answer_check import TryAgainError, WrongError, must
from bench.click_life import Call, ClickCalls
from bench.plan import Plan

Life = Generator[tuple[str, bytes], bytes, None]

WAIT: Final = ("wait", b"")
"""A life yields it when the answer was to try again, and repeats the call after a while."""

TRY_AGAIN: Final = -32400
TRIES: Final = 5


class PaymeCalls:
    def __init__(self, plan: Plan) -> None:
        credentials = base64.b64encode(f"Paycom:{plan.secret}".encode()).decode()
        self._head = (
            f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\nAuthorization: Basic {credentials}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._order = f'"amount":{plan.amount},"account":{{"{plan.account}":"%d"}}'.encode()
        self._numbers = count(1)
        self._payments = (token_hex(12).encode() for _ in count())

    def paid(self, order: int, tries: int = 1) -> Life:
        """Asked, opened, performed, looked up. `tries`: for what has to come to an end once it was opened."""
        id_, now = next(self._payments), time.time_ns() // 1_000_000
        where = self._order % order
        allowed = yield from self._call("CheckPerformTransaction", where)
        must(allowed.get("allow") is True, "it is not allowed")
        created = yield from self._call("CreateTransaction", b'"id":"%b","time":%d,%b' % (id_, now, where))
        must(created.get("state") == 1, "it was not opened")
        opened_at, transaction = created.get("create_time"), created.get("transaction")
        must(type(opened_at) is int and opened_at > 0, "no create_time")
        must(type(transaction) is str and transaction != "", "no transaction")
        performed = yield from self._call("PerformTransaction", b'"id":"%b"' % id_, tries)
        must(performed.get("state") == 2, "it was not performed")
        performed_at = performed.get("perform_time")
        must(type(performed_at) is int and performed_at > 0, "no perform_time")
        must(performed.get("transaction") == transaction, "another transaction")
        checked = yield from self._call("CheckTransaction", b'"id":"%b"' % id_, tries)
        found = [checked.get(name) for name in ("state", "transaction", "create_time", "perform_time", "cancel_time")]
        must(found == [2, transaction, opened_at, performed_at, 0], "it does not stand as it was said to")

    def paid_as_others_answer(self, order: int) -> Life:
        """Asked, opened, performed, looked up; of the answers only the states have to be right."""
        id_, now = next(self._payments), time.time_ns() // 1_000_000
        where = self._order % order
        allowed = yield from self._call("CheckPerformTransaction", where, strictly=False)
        must(allowed.get("allow") is True, "it is not allowed")
        opening = b'"id":"%b","time":%d,%b' % (id_, now, where)
        created = yield from self._call("CreateTransaction", opening, strictly=False)
        must(created.get("state") == 1, "it was not opened")
        performed = yield from self._call("PerformTransaction", b'"id":"%b"' % id_, strictly=False)
        must(performed.get("state") == 2, "it was not performed")
        checked = yield from self._call("CheckTransaction", b'"id":"%b"' % id_, strictly=False)
        must(checked.get("state") == 2, "it does not stand as it was said to")

    def paid_by_the_patient(self, order: int) -> Life:
        """As Payme does it: whether an order may be paid is asked once, but what was opened is brought to an end."""
        return self.paid(order, TRIES)

    def every_method(self, order: int) -> Life:
        """Paid, a receipt attached, stated, given back."""
        id_, now = next(self._payments), time.time_ns() // 1_000_000
        where = self._order % order
        yield from self._call("CheckPerformTransaction", where)
        yield from self._call("CreateTransaction", b'"id":"%b","time":%d,%b' % (id_, now, where))
        performed = yield from self._call("PerformTransaction", b'"id":"%b"' % id_)
        must(performed.get("state") == 2, "it was not performed")
        receipt = b'"id":"%b","type":"PERFORM","fiscal_data":{"receipt_id":1,"status_code":0}' % id_
        kept = yield from self._call("SetFiscalData", receipt)
        must(kept.get("success") is True, "the receipt was not kept")
        stated = yield from self._call("GetStatement", b'"from":%d,"to":%d' % (now, now))
        must(id_.decode() in {entry["id"] for entry in stated["transactions"]}, "it is not in the statement")
        cancelled = yield from self._call("CancelTransaction", b'"id":"%b","reason":5' % id_)
        must(cancelled.get("state") == -2, "it was not given back")
        checked = yield from self._call("CheckTransaction", b'"id":"%b"' % id_)
        must((checked.get("state"), checked.get("reason")) == (-2, 5), "it does not stand as it was said to")

    def echoed(self, order: int) -> Life:
        """One call of a server that gives back what it gets."""
        result = yield from self._call("Echo", self._order % order)
        must(result["account"]["order_id"] == str(order), "another order")

    def _call(self, method: str, params: bytes, tries: int = 1, *, strictly: bool = True) -> Call:
        """The result. `strictly`: as the protocol has it, with the call's own id."""
        number = next(self._numbers)
        body = b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":{%b}}' % (number, method.encode(), params)
        request = b"%b%d\r\n\r\n%b" % (self._head, len(body), body)
        while True:
            answer = orjson.loads((yield method, request))
            must(answer.get("id") == number or not strictly, "the id is not echoed")
            error = answer.get("error")
            if error is None:
                break
            if error.get("code") != TRY_AGAIN:
                raise WrongError(f"error {error.get('code')}")
            tries -= 1
            if tries == 0:
                raise TryAgainError
            yield WAIT
        result: dict[str, Any] = answer["result"]
        return result


def click(plan: Plan) -> Callable[[int], Life]:
    return ClickCalls(plan).paid


LIVES: Final[Mapping[str, Callable[[Plan], Callable[[int], Life]]]] = {
    "paid": lambda plan: PaymeCalls(plan).paid,
    "paid as others answer": lambda plan: PaymeCalls(plan).paid_as_others_answer,
    "paid by the patient": lambda plan: PaymeCalls(plan).paid_by_the_patient,
    "every method": lambda plan: PaymeCalls(plan).every_method,
    "echoed": lambda plan: PaymeCalls(plan).echoed,
    "click": click,
}
