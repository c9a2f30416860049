"""Callers that call at the same moment: connections are open before the race, requests are bytes beforehand."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle, islice
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from tests.actors.click import Click
from tests.actors.payme import basic
from tests.conftest import SETTINGS
from tests.faults.harness.history import TRY_AGAIN

REPLY_SECONDS = 30.0
PAUSE_SECONDS = 0.05


class Reply(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def word(self) -> int:
        """Payme's state or code, Click's error, the shop's status."""
        said = self.json
        match said:
            case {"error": {"code": int(code)}} | {"error": int(code)}:
                return code
            case {"result": {"state": int(state)}}:
                return state
        return self.status

    @property
    def certain(self) -> bool:
        return self.word not in TRY_AGAIN.values()


class Caller:
    """One connection, one call at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, request: bytes) -> None:
        self.writer.write(request)

    async def receive(self) -> Reply:
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        size = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
        return Reply(int(status.split()[1]), await self.reader.readexactly(size))

    async def receive_certain(self, request: bytes) -> Reply:
        """Receive a reply that is certain. On a busy machine some callers get "try again", and do."""
        while not (reply := await self.receive()).certain:
            await asyncio.sleep(PAUSE_SECONDS)
            self.send(request)
        return reply


class ConcurrentCallers:
    """Callers, at each gateway in turn."""

    def __init__(self, callers: Sequence[Caller]) -> None:
        self.callers = callers

    async def send_to_all(self, request: bytes) -> list[Reply]:
        """The same, everybody at once."""
        return await self.send([request] * len(self.callers))

    async def send(self, requests: Sequence[bytes]) -> list[Reply]:
        """Each caller its own; first all are sent, then all are heard."""
        callers = self.callers[: len(requests)]
        assert len(callers) == len(requests), "too few callers"
        for caller, request in zip(callers, requests, strict=True):
            caller.send(request)
        async with asyncio.timeout(REPLY_SECONDS):
            heard = (c.receive_certain(r) for c, r in zip(callers, requests, strict=True))
            return list(await asyncio.gather(*heard))

    async def send_one(self, request: bytes) -> Reply:
        """One of them alone."""
        return (await self.send([request]))[0]


@asynccontextmanager
async def callers_at(urls: Sequence[str], many: int) -> AsyncIterator[ConcurrentCallers]:
    async with AsyncExitStack() as stack:
        callers = []
        for url in islice(cycle(urls), many):
            place = urlsplit(url)
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            stack.callback(writer.close)
            callers.append(Caller(reader, writer))
        yield ConcurrentCallers(callers)


def payme(method: str, **params: Any) -> bytes:
    """The envelope's id is always the same: equal calls are equal to the byte, and so must be their answers."""
    body = json.dumps({"method": method, "params": params, "id": 40269}).encode()
    return posted("/payment/callback/payme", body, basic(f"Paycom:{SETTINGS['PAYME_KEY']}"))


_click = Click(None, "", int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"])  # type: ignore[arg-type]


def prepare(account: str, number: int) -> bytes:
    return _posted_form(_click.form(account, click_trans_id=number, click_paydoc_id=number))


def complete(account: str, number: int, prepare_id: int, error: int = 0) -> bytes:
    fields = {"action": "1", "merchant_prepare_id": prepare_id, "error": error}
    return _posted_form(_click.form(account, click_trans_id=number, click_paydoc_id=number, **fields))


def api(path: str, said: Any = None, **headers: str) -> bytes:
    body = b"" if said is None else json.dumps(said).encode()
    return posted(f"/api/v1{path}", body, {"Authorization": f"Bearer {SETTINGS['API_TOKEN']}"} | headers)


def amend(account: str, **changes: Any) -> bytes:
    headers = {"Authorization": f"Bearer {SETTINGS['API_TOKEN']}"}
    return posted(f"/api/v1/orders/{account}", json.dumps(changes).encode(), headers, method="PATCH")


def _posted_form(form: dict[str, str]) -> bytes:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return posted("/payment/callback/click", urlencode(form).encode(), kind)


def posted(path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bytes:
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())])
    return f"{head}\r\n\r\n".encode() + body
