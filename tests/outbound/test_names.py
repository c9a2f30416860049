"""Names whose owners answer never, or too much: that holds up neither other names nor the end of the process."""

import asyncio
import socket
import threading

import pytest

from outbound import names
from tests.outbound.conftest import Sender
from tests.outbound.connections import connections
from tests.outbound.receiver import Receiver

real = socket.getaddrinfo


class Dns:
    """Answers for all names but those that begin with "silent"; "many" has as many addresses as an answer can hold."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = threading.Event()

    def getaddrinfo(self, host, *rest, **more):
        if str(host).startswith("many"):
            v4 = [(socket.AF_INET, 0, 0, "", (f"1.1.{n // 250}.{n % 250 + 1}", 443)) for n in range(4000)]
            v6 = [(socket.AF_INET6, 0, 0, "", (f"2606:4700::{n:x}", 443, 0, 0)) for n in range(2000)]
            return v4 + v6
        if not str(host).startswith("silent"):
            return real(host, *rest, **more)
        self.asked += 1
        self.answers.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    async def hangs_for(self, sender, count: int) -> list[asyncio.Task]:
        urls = [f"https://silent-{number}.example/" for number in range(count)]
        waiting = [asyncio.ensure_future(sender.outcome(url)) for url in urls]
        while self.asked < count and not any(task.done() for task in waiting):
            await asyncio.sleep(0.001)
        return waiting


@pytest.fixture
async def dns(monkeypatch):
    made = Dns()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.answers.set()
    while lookups():
        await asyncio.sleep(0.001)


def lookups() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "name lookup"]


async def test_names_that_are_never_answered_hold_up_no_other(sender, dns):
    waiting = await dns.hangs_for(sender, 40)
    async with Receiver() as shop:
        assert await sender.outcome(shop.url("localhost")) == "received"
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    assert not any(task.done() for task in waiting)
    dns.answers.set()
    assert await asyncio.gather(*waiting) == ["name"] * 40


async def test_a_process_that_ends_waits_for_no_lookup(sender, dns):
    waiting = await dns.hangs_for(sender, 3)
    assert [thread.daemon for thread in lookups()] == [True] * 3
    for task in waiting:
        task.cancel()


async def test_no_more_than_some_names_are_looked_up_at_once(sender, dns, monkeypatch):
    """In the process, which has a sender for each test event that a shop asks for."""
    monkeypatch.setattr(names, "FREE_LOOKUPS", threading.BoundedSemaphore(4))
    waiting = await dns.hangs_for(sender, 4)
    other = Sender()
    assert await other.outcome("http://localhost:8080/") == "name"
    await other.close()
    dns.answers.set()
    await asyncio.gather(*waiting)
    async with Receiver() as shop:
        assert await sender.outcome(shop.url("localhost")) == "received"


async def test_of_a_name_with_thousands_of_addresses_a_few_are_dialled(sender, dns):
    """Each more is tried anew after each that fails: an answer of the DNS would keep the process busy for seconds."""
    with connections() as made:
        attempt = await sender.send("https://many.example/")
    assert attempt.note != "No connection came about within 5 seconds."
    assert {place[0] for place in made} == {f"1.1.0.{n + 1}" for n in range(4)} | {
        f"2606:4700::{n:x}" for n in range(4)
    }
