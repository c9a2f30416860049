"""Calls a gateway as Click does: signed forms by POST, every answer verified by the rule of Click's own test tools."""

import secrets
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count
from typing import Any, Final

from aiohttp import ClientSession

from tiyin_sandbox.click.causes import CLICK_CAUSES
from tiyin_sandbox.click.request import ClickRequest, ClickService, build
from tiyin_sandbox.click.verification import code_of, expected_text, verify
from tiyin_sandbox.engine.answer import ANSWER_KEPT_CHARACTERS, Answer, parsed
from tiyin_sandbox.engine.answer_bytes import read_bytes
from tiyin_sandbox.engine.caller import TIMEOUT
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.clock import elapsed, now
from tiyin_sandbox.engine.connection_errors import CONNECTION_ERRORS, describe_error
from tiyin_sandbox.engine.expectations import Placeholders
from tiyin_sandbox.engine.orders import UNKNOWN_ORDER, Order
from tiyin_sandbox.engine.results import CheckFailure

SUFFIX: Final = "test"
"""What Click's desktop program appends to an account where an order must not exist."""


class ClickCaller:
    """A step's `options` are those of request.py and verification.py."""

    suite = "click"
    causes = CLICK_CAUSES

    def __init__(
        self,
        session: ClientSession,
        prepare_url: str,
        complete_url: str | None,
        service_id: int,
        secret: str,
        *,
        amount: str = "500",
    ) -> None:
        """complete_url: None if both calls go to one address. amount: of every order, in so'm."""
        self.session, self.amount = session, amount
        self.service = ClickService(prepare_url, complete_url or prepare_url, service_id, secret)
        self._numbers = _numbers()
        self._constant = {"$constant_trans": next(self._numbers), "$constant_paydoc": next(self._numbers)}
        self._constant_time = _time()
        self.seconds: Mapping[str, float] = {}

    @property
    def target(self) -> str:
        return self.service.prepare_url

    def placeholders(self, orders: Mapping[str, Order]) -> dict[str, Any]:
        accounts = {name: account(order) for name, order in orders.items()}
        example = next(iter(accounts.values()), "1")
        texts = amounts(self.amount)
        return _Placeholders(
            self._numbers,
            accounts
            | self._constant
            | texts
            | {
                "$wrong_as_tiyin": int(Decimal(texts["$wrong"]) * 100),
                "$constant_time": self._constant_time,
                "$time": _time(),
                "$service": self.service.service_id,
                "$foreign_service": self.service.service_id + 1,
                "$unknown": example + SUFFIX,
                "$nobody": UNKNOWN_ORDER,
                "$trans": next(self._numbers),
                "$trans2": next(self._numbers),
                "$trans3": next(self._numbers),
                "$paydoc": next(self._numbers),
                "$paydoc2": next(self._numbers),
                "$prepare": None,
                "$prepare2": None,
                "$prepare3": None,
            },
        )

    async def send(self, step: Step, placeholders: Placeholders) -> Answer:
        sent = build(self.service, step, placeholders)
        start = elapsed()
        try:
            async with self.session.post(
                sent.url, data=sent.body, headers=sent.headers, allow_redirects=False, timeout=TIMEOUT
            ) as response:
                raw = await read_bytes(response)
        except CONNECTION_ERRORS as error:
            ms = (elapsed() - start) * 1000
            return Answer(sent.display_text, None, "", ms, sent=sent.fields, connection_error=describe_error(error))
        return self._answer(sent, response.status, dict(response.headers), raw, (elapsed() - start) * 1000)

    def _answer(self, sent: ClickRequest, status: int, headers: Mapping[str, str], raw: bytes, ms: float) -> Answer:
        text = raw.decode(errors="replace")
        body = parsed(text)
        code = code_of(body)
        return Answer(
            request=sent.display_text,
            status=status,
            text=text.replace(self.service.secret, "***")[:ANSWER_KEPT_CHARACTERS],
            ms=ms,
            body=body,
            result=body if code == 0 else None,
            code=code,
            headers=headers,
            sent=sent.fields,
        )

    def verify(self, step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
        return verify(step, answer, placeholders)

    def same(self, first: Answer, again: Answer) -> str | None:
        if first.body == again.body:
            return None
        return f"the repeat must be answered as the first time: {first.text}, not {again.text}"

    def expected(self, step: Step, placeholders: Placeholders) -> str:
        return expected_text(step, placeholders)


class _Placeholders(dict[str, Any]):
    """`$fresh` is another number each time it is used."""

    def __init__(self, numbers: Iterator[int], placeholders: Mapping[str, Any]) -> None:
        super().__init__(placeholders)
        self._numbers = numbers

    def __missing__(self, name: str) -> int:
        if name == "$fresh":
            return next(self._numbers)
        raise KeyError(name)


def account(order: Order) -> str:
    """Return the one text by which Click knows an order."""
    return order if isinstance(order, str) else next(iter(order.values()))


def amounts(amount: str) -> dict[str, str]:
    """Write the amount in all its ways, right and wrong."""
    right = Decimal(amount)
    plain = f"{right.normalize():f}"
    dot = "" if "." in plain else "."
    wrong = right - 1 if right > 1 else right + 1
    return {
        "$amount": amount,
        "$plain": plain,
        "$one_zero": f"{plain}{dot}0",
        "$two_zeros": f"{plain}{dot}00",
        "$wrong": f"{wrong:f}",
        "$three_hundred": "300" if right != 300 else "301",
        "$tiyin_less": f"{right - Decimal('0.01'):f}",
        "$tiyin_more": f"{right + Decimal('0.01'):f}",
        "$part_of_tiyin": f"{right + Decimal('0.005'):f}",
        "$exponent": f"{right.normalize():E}",
        "$negative": f"-{plain}",
        "$in_tiyin": f"{right * 100:f}",
    }


def _numbers() -> Iterator[int]:
    """Count on from a random number as large as Click's own, beyond 2^31: no other run has the same."""
    return count(3_650_000_000 + secrets.randbelow(5_000_000_000))


def _time() -> str:
    return now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
