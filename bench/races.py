"""Races: payers, and Payme itself, call for one order at once, and it must end as it has to.

Only answers are looked at, so any gateway can be tried.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final

import aiohttp

from bench.plan import AMOUNT_TIYIN

AT_ONCE: Final = 4
ANSWER_TIMEOUT_SECONDS: Final = 10.0
"""A call without an answer by then has none."""
ORDERS_EACH: Final = 40


@dataclass(frozen=True, slots=True)
class Target:
    """Names where Payme calls, and with what."""

    url: str
    key: str
    account: str
    amount: int = AMOUNT_TIYIN


class Payme:
    """Calls a gateway as Payme, and accepts any answer."""

    def __init__(self, http: aiohttp.ClientSession, target: Target) -> None:
        self._http, self._target = http, target

    async def create(self, id_: str, order: int) -> Mapping[str, Any]:
        now, account = time.time_ns() // 1_000_000, {self._target.account: str(order)}
        return await self._call("CreateTransaction", id=id_, time=now, amount=self._target.amount, account=account)

    async def perform(self, id_: str) -> Mapping[str, Any]:
        return await self._call("PerformTransaction", id=id_)

    async def cancel(self, id_: str) -> Mapping[str, Any]:
        return await self._call("CancelTransaction", id=id_, reason=3)

    async def state(self, id_: str) -> object:
        return (await self._call("CheckTransaction", id=id_)).get("state")

    async def _call(self, method: str, **params: Any) -> Mapping[str, Any]:
        """The result; empty if there is none."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            async with self._http.post(self._target.url, json=call) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return {}
        result = answer.get("result") if isinstance(answer, dict) else None
        return result if isinstance(result, dict) else {}


async def two_payers(payme: Payme, order: int) -> bool:
    """Two transactions of one order, at once: the order is paid once."""
    ids = [token_hex(12), token_hex(12)]
    await asyncio.gather(*(payme.create(id_, order) for id_ in ids))
    await asyncio.gather(*(payme.perform(id_) for id_ in ids))
    return sorted([await payme.state(id_) == 2 for id_ in ids]) == [False, True]


async def repeated(payme: Payme, order: int) -> bool:
    """Each call four times at once, as after lost answers: every good answer is the same, and the order is paid."""
    id_ = token_hex(12)
    created = await asyncio.gather(*(payme.create(id_, order) for _ in range(AT_ONCE)))
    performed = await asyncio.gather(*(payme.perform(id_) for _ in range(AT_ONCE)))
    same = all(len({str(answer) for answer in answers if answer}) == 1 for answers in (created, performed))
    return same and await payme.state(id_) == 2


async def taken_and_given_back(payme: Payme, order: int) -> bool:
    """Performed and cancelled at once: whatever comes first, what was answered is how it stands."""
    id_ = token_hex(12)
    await payme.create(id_, order)
    performed, cancelled = await asyncio.gather(payme.perform(id_), payme.cancel(id_))
    state = await payme.state(id_)
    if performed.get("state") == 2:  # the money was taken: it is kept, or given back
        return state == cancelled.get("state") == -2 or (state == 2 and not cancelled)
    return state == cancelled.get("state") == -1


RACES: Final[Mapping[str, Callable[[Payme, int], Awaitable[bool]]]] = {
    "two payers at once": two_payers,
    "every call four times at once": repeated,
    "performed and cancelled at once": taken_and_given_back,
}


async def wrong_outcomes(target: Target, first: int) -> Mapping[str, int]:
    """By race: how many of its forty orders ended wrong. `first`: the first order's number."""
    auth, timeout = aiohttp.BasicAuth("Paycom", target.key), aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_SECONDS)
    wrong, number = {}, first
    async with aiohttp.ClientSession(auth=auth, timeout=timeout) as http:
        payme = Payme(http, target)
        for name, race in RACES.items():
            wrong[name] = 0
            for start in range(0, ORDERS_EACH, AT_ONCE):
                orders = range(number + start, number + start + AT_ONCE)
                wrong[name] += (await asyncio.gather(*(race(payme, order) for order in orders))).count(False)
            number += ORDERS_EACH
    return wrong
