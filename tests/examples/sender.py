"""tiyin as a receiver sees it: it makes events, signs them as the gateway does, and sends them."""

import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from typing import Any, Final

from outbound.webhooks.secrets import from_text
from outbound.webhooks.signature import signature_header

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER_SECRET: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ANSWER_SECONDS: Final = 30
_numbers = count(1)

Event = dict[str, Any]
Headers = dict[str, str]


def event(account: str, version: int, state: str = "paid", name: str = "payment.paid", **more: Any) -> Event:
    """Of one order, at its state after the transition."""
    order = {"account": account, "kind": "one_time", "amount": 5_000_000, "state": state, "version": version}
    payment = {
        **{"id": 33, "provider": "payme", "external_id": "5305e3bab097f420a62ced0b", "amount": 5_000_000},
        **{"refunded": 0, "state": "paid", "reason": None, "created_at": "2026-11-30T10:00:00.000Z"},
        **{"performed_at": "2026-11-30T10:01:00.000Z", "cancelled_at": None},
    }
    return {
        **{"id": f"evt_{next(_numbers)}", "type": name, "timestamp": "2026-11-30T10:01:00.000Z", "schema": 1},
        **{"shop": "main", "test": False, "data": {"order": order, "payment": payment}},
        **more,
    }


def body_of(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def signed(event: Event, *secrets: str, seconds: int = 0) -> Headers:
    """The three headers, signed so many seconds from now with each of the secrets."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    moment, keys = int(at.timestamp()), [from_text(secret) for secret in secrets or (SECRET,)]
    return {
        "webhook-id": event["id"],
        "webhook-timestamp": str(moment),
        "webhook-signature": signature_header(keys, event["id"], moment, body_of(event)),
    }


class Sender:
    def __init__(self, port: int) -> None:
        self.port = port

    def sends(self, event: Event) -> int:
        """The answer's status."""
        return self.posts(body_of(event), signed(event))[0]

    def sends_at_once(self, *events: Event) -> list[int]:
        with ThreadPoolExecutor(len(events)) as pool:
            return list(pool.map(self.sends, events))

    def posts(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The answer's status and body."""
        connection = self.begins(body, headers)
        try:
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def hangs_up_amid(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send half of it and no more, and return once the receiver has noticed."""
        connection = self.begins(body[: len(body) // 2], headers, len(body))
        connection.sock.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while connection.sock.recv(4096):
                pass
        connection.close()

    def begins(self, body: bytes, headers: Mapping[str, str], length: int | None = None) -> HTTPConnection:
        """Send it, and wait for nothing; `length` says that more is to come than does."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        sizes = {"Content-Length": str(len(body) if length is None else length)}
        connection.request("POST", "/webhooks/tiyin", body, {"Content-Type": "application/json", **sizes, **headers})
        return connection
