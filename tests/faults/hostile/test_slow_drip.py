"""Five hundred callers who never finish: each is disconnected in time, and nobody else waits for them."""

import asyncio
import itertools
from statistics import median
from time import monotonic

from tests.faults.hostile.attack import Attack
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN, SHOP_KNOWN

CALLERS = 500
SECONDS = 30
"""After which every one of them must be gone, counted from its first byte. The gateway gives them ten."""
DRIP_SECONDS = 0.5

WINDOWS, WINDOW_CALLS, PACE = 3, 100, 0.01
"""How slow honest calls are: the median over windows, at least three, of each window's 99th percentile. One pause of a
busy machine spoils one window, a gateway that is held up spoils them all."""
AT_MOST = 3.0
FLOOR = 0.5
"""Seconds. Twice very little is still very little, and less than what a busy machine adds now and then."""

CREDENTIALS = {PAYME: PAYME_KNOWN, CLICK: ("X-Nobody", "1"), ORDERS: SHOP_KNOWN}


def head(interface: str) -> bytes:
    credentials = ": ".join(CREDENTIALS[interface])
    return f"POST {interface} HTTP/1.1\r\nHost: x\r\n{credentials}\r\nContent-Length: 5000\r\n".encode()


async def drips(attack: Attack, interface: str, at_once: bytes) -> float:
    """Sends a beginning and then a byte now and then. Returns the seconds until the gateway closed."""
    connection = await attack.gateway.client.connect()
    began = monotonic()
    connection.send(at_once)
    gone = asyncio.create_task(connection.receive_rest())
    while not gone.done() and monotonic() - began < 2 * SECONDS:
        await asyncio.wait({gone}, timeout=DRIP_SECONDS)
        if not connection.writer.is_closing():
            connection.send(b"x")
    seconds = monotonic() - began
    gone.cancel()
    connection.close()
    return seconds


async def honest_seconds(attack: Attack) -> float:
    """One call of Payme's that reads and one that writes, over and over."""
    seconds: list[float] = []

    async def call(number: int) -> None:
        began = monotonic()
        if number % 2:
            await attack.callers.payme.checks("balance-1", 500_00)
        else:
            await attack.callers.payme.creates(f"{next(FRESH):024x}", attack.world.now, "balance-1", 500_00)
        seconds.append(monotonic() - began)

    async with asyncio.TaskGroup() as calls:
        for number in range(WINDOW_CALLS):
            calls.create_task(call(number))
            await asyncio.sleep(PACE)
    return sorted(seconds)[int(WINDOW_CALLS * 0.99) - 1]


FRESH = itertools.count(2**80)


def test_500_slow_callers_are_disconnected_and_nobody_waits_for_them(attack: Attack, record_property):
    async def attacked() -> tuple[float, float, list[float]]:
        before = [await honest_seconds(attack) for _ in range(2 * WINDOWS)]
        beginnings = [
            (interface, begin)
            for interface in CREDENTIALS
            for begin in (head(interface)[:-9], head(interface) + b"\r\n{")
        ]
        slow = [
            asyncio.create_task(drips(attack, interface, begin))
            for interface, begin in itertools.islice(itertools.cycle(beginnings), CALLERS)
        ]
        await asyncio.sleep(1)
        during: list[float] = []
        while not any(task.done() for task in slow):
            during.append(await honest_seconds(attack))
        assert len(during) > WINDOWS, "the last one may be over only after they are gone"
        return median(before), median(during[:-1]), await asyncio.gather(*slow)

    before, during, seconds = attack.run(attacked())
    figures = f"p99 {before:.3f} s before, {during:.3f} s during; the last one gone after {max(seconds):.1f} s"
    record_property("figures", figures)
    assert max(seconds) <= SECONDS, figures
    assert during <= max(AT_MOST * before, FLOOR), figures
    attack.assert_unharmed()
