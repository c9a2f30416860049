"""The sender makes one attempt: signs an event, sends it once, and says what came of it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Final, Self

from aiohttp.abc import AbstractResolver

from outbound.addresses import Network, url_problem
from outbound.http import ANSWER_MAX_BYTES, HttpClient, HttpExchange
from outbound.webhooks.outcomes import note_of, outcome_of
from outbound.webhooks.secrets import without_secrets
from outbound.webhooks.signature import signature_header
from schema.webhooks import AttemptOutcome

log: Final = logging.getLogger(__name__)

KEPT_BYTES: Final = 2_048
"""Of an answer, for those who look why it was refused."""

NOTE_MAX_CHARACTERS: Final = 500
RETRY_AFTER_MAX_CHARACTERS: Final = 64
"""A date has 29."""

URLS_KEPT: Final = 1_000
"""With what is wrong with each, which never changes; the address that is dialled is judged every time."""

PACKED: Final = "(packed, and not unpacked)"
NOT_SENT: Final = "The gateway could not send it because of an error of its own; its log says more."


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    outcome: AttemptOutcome
    milliseconds: int
    status: int | None = None
    retry_after: str | None = None
    """The header's text; `schedule.read_retry_after` reads it."""
    note: str | None = None
    """A sentence for people, without secrets."""
    answer: str | None = None
    """The beginning of what was answered, masked, as PostgreSQL's text can hold it."""
    address: str | None = None
    """The IP address that was dialled."""


class WebhookSender:
    """One for a process, open from `async with` to its end. `mask` takes out of an answer what must not be kept."""

    def __init__(
        self,
        allowed_networks: Sequence[Network],
        ca_file: Path | None,
        mask: Callable[[str], str],
        user_agent: str,
        resolver: AbstractResolver | None = None,
    ) -> None:
        allowed = tuple(allowed_networks)
        self._url_problem = lru_cache(URLS_KEPT)(lambda url: url_problem(url, allowed))
        self._http = HttpClient(allowed, ca_file, user_agent, resolver)
        self._mask = mask

    async def open(self) -> None:
        await self._http.open()

    async def close(self) -> None:
        await self._http.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def send(
        self,
        url: str,
        webhook_id: str,
        timestamp: int,
        body: bytes,
        secrets: Sequence[bytes],
        correlation_id: str,
    ) -> DeliveryAttempt:
        """Raises nothing but CancelledError; then whether it was received is unknown."""
        began = perf_counter()
        try:
            if problem := self._url_problem(url):
                return DeliveryAttempt(AttemptOutcome.ADDRESS, _since(began), note=problem)
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "webhook-id": webhook_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature_header(secrets, webhook_id, timestamp, body),
                "X-Request-ID": correlation_id,
            }
            return self._attempt(await self._http.exchange("POST", url, headers, body), began, secrets)
        except Exception:
            log.exception("webhook not sent")
            return DeliveryAttempt(AttemptOutcome.RESET, _since(began), note=NOT_SENT)

    def _attempt(self, exchange: HttpExchange, began: float, secrets: Sequence[bytes]) -> DeliveryAttempt:
        outcome = outcome_of(exchange)
        if outcome is None:
            raise exchange.error or RuntimeError("An exchange without an answer and without an error.")
        note = note_of(exchange, outcome)
        exchange.error = None  # its traceback has frames that hold the exchange
        return DeliveryAttempt(
            outcome,
            _since(began),
            status=exchange.status,
            retry_after=_retry_after(exchange),
            note=note and storable(note)[:NOTE_MAX_CHARACTERS],
            answer=self._answer(exchange, secrets),
            address=exchange.dial.address,
        )

    def _answer(self, exchange: HttpExchange, secrets: Sequence[bytes]) -> str | None:
        if not exchange.body:
            return None
        if exchange.headers.get("Content-Encoding", "identity").lower() != "identity":
            return PACKED
        text = without_secrets(storable(exchange.body.decode(errors="replace")), secrets)
        if len(exchange.body) >= ANSWER_MAX_BYTES:
            text = text.rstrip("0123456789 +-")  # a card number that was cut off looks like none
        return self._mask(text).encode()[:KEPT_BYTES].decode(errors="ignore")


def storable(text: str) -> str:
    """What PostgreSQL's text can hold: no NUL and no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _retry_after(exchange: HttpExchange) -> str | None:
    value = exchange.headers.get("Retry-After")
    return None if value is None else storable(value)[:RETRY_AFTER_MAX_CHARACTERS]


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)
