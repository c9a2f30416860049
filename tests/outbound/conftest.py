"""Senders, and what they are given."""

import functools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.observability.masking import without_cards
from outbound.http import tls_context
from outbound.webhooks.sending import DeliveryAttempt, WebhookSender

LOOPBACK = [ip_network("127.0.0.0/8")]
SECRET = b"s" * 32
BODY = b'{"id":"evt_17","type":"payment.paid"}'
WHEN = 1_772_366_400

Send = Callable[..., Awaitable[DeliveryAttempt]]


class Names(AbstractResolver):
    """Leads names to addresses: each lookup to the next ones, as a name does that is being rebound."""

    def __init__(self, **addresses: list[list[str]]) -> None:
        self.addresses = addresses
        self.lookups = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        if host.split(".")[0] not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        turns = self.addresses[host.split(".")[0]]
        found = turns[min(self.lookups, len(turns) - 1)]
        self.lookups += 1
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family_of(address), proto=0, flags=0)
            for address in found
        ]

    async def close(self) -> None: ...


def family_of(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Sender:
    """Opens a sender at its first use, with what was set until then."""

    def __init__(self) -> None:
        self.allowed: Any = LOOPBACK
        self.ca_file: Path | None = None
        self.names: Names | None = None
        self._sender: WebhookSender | None = None

    async def opened(self) -> WebhookSender:
        if self._sender is None:
            self._sender = WebhookSender(self.allowed, self.ca_file, without_cards, "tiyin/0.2.0", self.names)
            await self._sender.open()
        return self._sender

    async def send(self, url: str, **other: Any) -> DeliveryAttempt:
        given = {"webhook_id": "evt_17", "timestamp": WHEN, "body": BODY, "secrets": [SECRET], "correlation_id": "c-1"}
        return await (await self.opened()).send(url, **{**given, **other})

    async def outcome(self, url: str) -> str:
        return (await self.send(url)).outcome.value

    async def close(self) -> None:
        if self._sender is not None:
            await self._sender.close()


read_once = functools.cache(tls_context)
"""The system's authorities take longer to read than most of these tests."""


@pytest.fixture
async def sender(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sender]:
    monkeypatch.setattr("outbound.http.tls_context", read_once)
    made = Sender()
    yield made
    await made.close()
