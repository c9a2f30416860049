"""The gateway is killed at every message that it sends to the database, before and after it has been dealt with.

A process that has just begun does one command, so that connecting and preparing statements are among the messages; one
that is warm does several, so that they come in batches. It is killed at the first message, at the second, and so on
until there is none left; each time the callers ask again, at another process, and are answered as if nothing had
happened. In the end the database holds what was acknowledged, once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, NamedTuple

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.gateway import Gateway
from tests.faults.harness.history import Call
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import Parties, until_certain, until_done
from tests.wire import Strike

NEVER = "3600"
"""Whether it is ready would be asked of the database beside the calls, by messages of its own."""

MOST_MESSAGES = 150
TOGETHER = 5
"""Callers at once, for a batch of one and then one of the rest."""


class Subject(NamedTuple):
    """One order, and what Payme and Click call its payment."""

    account: str
    payment: str
    number: int
    time: int


Act = Callable[[Parties, Subject, dict[str, Any]], Awaitable[Call]]


async def nothing(parties: Parties, on: Subject, known: dict[str, Any]) -> None:
    """The order is not there yet."""


async def an_order(parties: Parties, on: Subject, known: dict[str, Any]) -> None:
    await until_done(lambda: parties.opens(on.account))


async def a_created_payment(parties: Parties, on: Subject, known: dict[str, Any]) -> None:
    await an_order(parties, on, known)
    await until_done(lambda: parties.creates(on.payment, on.account, on.time))


async def a_paid_payment(parties: Parties, on: Subject, known: dict[str, Any]) -> None:
    await a_created_payment(parties, on, known)
    await until_done(lambda: parties.performs(on.payment))


async def a_prepared_attempt(parties: Parties, on: Subject, known: dict[str, Any]) -> None:
    await an_order(parties, on, known)
    prepared = await until_done(lambda: parties.prepares(on.account, on.number))
    known[on.account] = prepared.answer["merchant_prepare_id"]


COMMANDS: dict[str, tuple[Callable[..., Awaitable[None]], Act, set[int]]] = {
    "open": (nothing, lambda p, on, known: p.opens(on.account), {0}),
    "create": (an_order, lambda p, on, known: p.creates(on.payment, on.account, on.time), {0}),
    "perform": (a_created_payment, lambda p, on, known: p.performs(on.payment), {0}),
    "cancel": (a_created_payment, lambda p, on, known: p.cancels(on.payment), {0}),
    "give back": (a_paid_payment, lambda p, on, known: p.cancels(on.payment), {0}),
    "prepare": (an_order, lambda p, on, known: p.prepares(on.account, on.number), {0}),
    "complete": (
        a_prepared_attempt,
        lambda p, on, known: p.completes(on.account, known[on.account], on.number),
        {0, -4},  # its 0 may have been lost with the process
    ),
}
"""What there is before, what is done, and what the caller hears in the end."""


@pytest.fixture
async def steady(program, database_url, http):
    """A gateway that nothing happens to."""
    async with program.serving(http, database_url) as gateway:
        yield gateway


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("together", [1, TOGETHER], ids=["alone", "together"])
@pytest.mark.parametrize("command", COMMANDS)
async def test_killed_at_every_message(
    program, steady, near_end, cable, http, parties, history, database_url, command, together, answered
):
    prepare, act, words = COMMANDS[command]
    survivor, known, numbers = parties(steady.url), {}, count(1)
    kinds = []
    for k in range(1, MOST_MESSAGES):
        subjects = [subject(next(numbers)) for _ in range(together)]
        await asyncio.gather(*(prepare(survivor, on, known) for on in subjects))
        victim = await program.start(near_end, TIYIN_TEST_READINESS=NEVER).answers(http)
        if together > 1:
            await parties(victim.url).looks_at("warm")
        strike = cable.strike = Strike(k, victim.kill, answered)
        await asyncio.gather(*(act(parties(victim.url), on, known) for on in subjects))
        await laid_to_rest(victim)
        cable.strike = None
        repeats = await asyncio.gather(
            *(until_certain(lambda on=on: act(survivor, on, known)) for on in subjects)  # type: ignore[misc]
        )
        assert {call.word for call in repeats} <= words, (k, strike.struck, repeats)
        if strike.struck is None:
            break
        kinds.append(strike.struck)
    assert set("BES") < set(kinds), kinds
    assert kinds.count("Q") >= (2 if together > 1 else 1), f"COMMIT is a message too: {kinds}"
    assert (kinds[0] == "greeting") == (together == 1), kinds
    assert len(kinds) < MOST_MESSAGES - 1
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)


async def laid_to_rest(gateway: Gateway) -> None:
    gateway.kill()
    await gateway.ended()


def subject(number: int) -> Subject:
    return Subject(f"c{number}", f"{number:024x}", number, to_ms(wall_clock()))
