"""What happens to an order, call by call, and what each answer must be like: Click's side."""

import hashlib
from collections.abc import Generator
from itertools import count
from typing import Any, Final

import orjson

from bench.answer_check import TryAgainError, WrongError, must
from bench.plan import Plan

Call = Generator[tuple[str, bytes], bytes, dict[str, Any]]

SERVICE_ID: Final = 54321
TRY_AGAIN: Final = -7


class ClickCalls:
    def __init__(self, plan: Plan) -> None:
        self._head = (
            f"POST {plan.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        ).encode()
        self._secret = plan.secret
        self._amount = f"{plan.amount // 100}.00"
        self._numbers = count(3_650_011_223 + plan.first)

    def paid(self, order: int) -> Generator[tuple[str, bytes], bytes, None]:
        """Prepared, completed."""
        number = next(self._numbers)
        prepared = yield from self._call("Prepare", number, order, "0", "")
        prepare_id = prepared.get("merchant_prepare_id")
        must(type(prepare_id) is int and 0 < prepare_id < 2**31, "no merchant_prepare_id")
        completed = yield from self._call("Complete", number, order, "1", str(prepare_id))
        must(completed.get("merchant_prepare_id") == prepare_id, "another merchant_prepare_id")
        must(completed.get("merchant_confirm_id") == prepare_id, "another merchant_confirm_id")

    def _call(self, method: str, number: int, order: int, action: str, prepare_id: str) -> Call:
        time = "2026-11-22 10:15:30"
        signed = f"{number}{SERVICE_ID}{self._secret}{order}{prepare_id}{self._amount}{action}{time}"
        body = (
            f"click_trans_id={number}&service_id={SERVICE_ID}&click_paydoc_id={number}&merchant_trans_id={order}"
            f"&merchant_prepare_id={prepare_id}&amount={self._amount}&action={action}&error=0&error_note=Ok"
            f"&sign_time=2026-11-22+10%3A15%3A30&sign_string={hashlib.md5(signed.encode()).hexdigest()}"
        ).encode()
        answer: dict[str, Any] = orjson.loads((yield method, b"%b%d\r\n\r\n%b" % (self._head, len(body), body)))
        error = answer.get("error")
        if error == TRY_AGAIN:
            raise TryAgainError
        if error != 0:
            raise WrongError(f"error {error}")
        must(answer.get("click_trans_id") == number, "another click_trans_id")
        must(answer.get("merchant_trans_id") == str(order), "another merchant_trans_id")
        return answer
