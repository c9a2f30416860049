"""Calls a gateway as Payme does: JSON-RPC by POST, Basic credentials, every answer verified by the protocol."""

import itertools
import json
import secrets
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from aiohttp import ClientSession

from tiyin_sandbox.engine.answer import ANSWER_KEPT_CHARACTERS, Answer, parsed
from tiyin_sandbox.engine.answer_bytes import read_bytes
from tiyin_sandbox.engine.caller import TIMEOUT
from tiyin_sandbox.engine.checks import Codes, Step
from tiyin_sandbox.engine.clock import elapsed, now_ms
from tiyin_sandbox.engine.connection_errors import CONNECTION_ERRORS, describe_error
from tiyin_sandbox.engine.expectations import Placeholders
from tiyin_sandbox.engine.orders import UNKNOWN_ORDER, Order
from tiyin_sandbox.engine.results import CheckFailure
from tiyin_sandbox.payme.auth import Credentials
from tiyin_sandbox.payme.causes import PAYME_CAUSES
from tiyin_sandbox.payme.request import PaymeRequest, build
from tiyin_sandbox.payme.verification import ACCOUNT, expected_text, verify

LIFETIME_MS: Final = 43_200_000
"""Twelve hours: what a transaction has from Payme's `time` to its being performed (Payme, "PerformTransaction")."""

AHEAD_MAX_MS: Final = 3_600_000
"""An hour: how far a transaction's `time` may be ahead of the gateway's clock, so that it does not hold its order."""

EDGE_MS: Final = 2_000
"""Milliseconds that a transaction of `$edge` has left to live."""

EDGE_TRIES: Final = 10
"""How often a call is sent that the gateway has to have before the edge: it may be slow, or the way to it."""


class PaymeCaller:
    """A step's `options` are those of request.py and verification.py."""

    suite = "payme"
    causes = PAYME_CAUSES

    def __init__(
        self,
        session: ClientSession,
        url: str,
        key: str,
        login: str = "Paycom",
        *,
        amount: int,
        field: str = "order_id",
        busy_code: Codes = ACCOUNT,
        reservation: float | None = None,
    ) -> None:
        """amount: of every order, in tiyin. field: of the account, where an order is known by a text alone.

        reservation: seconds for which a transaction holds its order against a newer one, if that is known and shorter
        than a transaction's life.
        """
        self.session, self.url, self.amount, self.field, self.busy_code = session, url, amount, field, busy_code
        self.credentials = Credentials(login, key)
        self.seconds = {} if reservation is None else {"$reservation": reservation + 1}
        self._ids = itertools.count(40269)

    @property
    def target(self) -> str:
        return self.url

    def account(self, order: Order) -> dict[str, str]:
        return {self.field: order} if isinstance(order, str) else dict(order)

    def placeholders(self, orders: Mapping[str, Order]) -> dict[str, Any]:
        accounts = {name: self.account(order) for name, order in orders.items()}
        example = next(iter(accounts.values()), {self.field: "1"})
        field, value = next(iter(example.items()))
        now = now_ms()
        return {
            **accounts,
            **{f"$t{number}": secrets.token_hex(12) for number in ("", *range(2, 17))},
            "$field": field,
            "$value": value,
            "$empty": {**example, field: ""},
            "$nobody": {**example, field: UNKNOWN_ORDER},
            "$now": now,
            "$before": now - 1000,
            "$after": now + 1000,
            "$just_before": now - 1,
            "$old": now - LIFETIME_MS - 60_000,
            "$ahead": now + 60_000,
            "$far_ahead": now + AHEAD_MAX_MS + 60_000,
            "$edge": _edge(),
            "$later": now + round(self.seconds.get("$reservation", 0) * 1000),
            "$right": self.amount,
            "$wrong": self.amount + 1,
            "$less": self.amount - 1,
            "$in_som": self.amount // 100,
            "$hundredfold": self.amount * 100,
            "$right_text": str(self.amount),
            "$right_and_half": self.amount + 0.5,
            "$busy": self.busy_code,
        }

    async def send(self, step: Step, placeholders: dict[str, Any]) -> Answer:
        answer = await self._send(step, placeholders)
        for _ in range(EDGE_TRIES - 1):
            if not _missed_the_edge(step, answer):
                break
            placeholders["$edge"] = _edge()
            answer = await self._send(step, placeholders)
        return answer

    async def _send(self, step: Step, placeholders: Placeholders) -> Answer:
        sent = build(self.url, self.credentials, step, placeholders, next(self._ids))
        start = elapsed()
        try:
            async with self.session.request(
                sent.verb,
                sent.url,
                data=_stream(sent.body),
                headers=sent.headers,
                skip_auto_headers=("Content-Type",),
                allow_redirects=False,
                timeout=TIMEOUT,
            ) as response:
                raw = await read_bytes(response)
        except CONNECTION_ERRORS as error:
            ms = (elapsed() - start) * 1000
            return Answer(sent.display_text, None, "", ms, sent=sent.id, connection_error=describe_error(error))
        return self._answer(sent, response.status, dict(response.headers), raw, (elapsed() - start) * 1000)

    def _answer(self, sent: PaymeRequest, status: int, headers: Mapping[str, str], raw: bytes, ms: float) -> Answer:
        text = raw.decode(errors="replace")
        body = parsed(text)
        fields = body if isinstance(body, dict) else {}
        error, result = fields.get("error"), fields.get("result")
        return Answer(
            request=sent.display_text,
            status=status,
            text=self.credentials.masked(text)[:ANSWER_KEPT_CHARACTERS],
            ms=ms,
            body=body,
            result=result if isinstance(result, dict) else None,
            code=_code(error),
            headers=headers,
            sent=sent.id,
        )

    def verify(self, step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
        return verify(step, answer, placeholders)

    def same(self, first: Answer, again: Answer) -> str | None:
        """Compare result or error as text: the envelope alone has another id (Payme, "Sandbox")."""
        one, other = _outcome_text(first), _outcome_text(again)
        return None if one == other else f"the repeat must be answered as the first time: {one}, not {other}"

    def expected(self, step: Step, placeholders: Placeholders) -> str:
        return expected_text(step, placeholders)


def _edge() -> int:
    """Payme's time of a transaction that has `EDGE_MS` left from now on."""
    return now_ms() - LIFETIME_MS + EDGE_MS


def _missed_the_edge(step: Step, answer: Answer) -> bool:
    """Whether a transaction that should have been opened in its last moments was refused because they had passed."""
    opens = step.result is not None and step.params.get("time") == "$edge"
    return opens and answer.code is not None and answer.ms > EDGE_MS / 2


def _stream(body: bytes) -> bytes | BytesIO:
    """Send a long body in pieces."""
    return BytesIO(body) if len(body) > 64 * 1024 else body


def _code(error: Any) -> int | None:
    code = error.get("code") if isinstance(error, dict) else None
    return code if type(code) is int else None


def _outcome_text(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    word = "error" if body.get("error") is not None else "result"
    return json.dumps({word: body.get(word)}, sort_keys=True, ensure_ascii=False)
