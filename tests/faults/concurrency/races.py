"""A race has few histories: what rivals may hear for one order, and what then stands."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Final

from tests.faults.conftest import SEED
from tests.faults.harness.concurrent_callers import ConcurrentCallers, prepare

Attempt = tuple[str, int, int]
"""Its order's account, the provider's number and ours."""
Rivals = Callable[[str, int, int], list[bytes]]
History = tuple[str, str | None, str | None]
"""An order's state, its payments' states with their reasons, its events."""
Heard = tuple[int, ...]
Outcomes = Mapping[Heard, History | frozenset[History]]
"""What the rivals heard, and the history that it belongs to, or one of them."""
Histories = Callable[[], Awaitable[dict[str, History]]]
"""By account."""

READ: Final = """
SELECT account, state,
    (SELECT string_agg(concat_ws(' ', p.provider, p.state, p.reason), ', ' ORDER BY t.version)
     FROM payments p JOIN transitions t ON t.payment_id = p.id AND t.verb = 'create' WHERE p.order_id = o.id),
    (SELECT string_agg(split_part(event, '.', 2), ' ' ORDER BY sequence) FROM outbox WHERE order_id = o.id)
FROM orders o
"""
"""The payments in the order in which they began: each gateway has its own ids for them."""


async def heard_by(callers: ConcurrentCallers, attempts: Sequence[Attempt], rivals: Rivals) -> dict[str, Heard]:
    """Have the rivals call for one order after another, whoever is sent first. Returns their words, by account."""
    random = Random(SEED)
    heard: dict[str, Heard] = {}
    for attempt in attempts:
        calls = rivals(*attempt)
        order = random.sample(range(len(calls)), len(calls))
        replies = await callers.send([calls[place] for place in order])
        by_place = dict(zip(order, replies, strict=True))
        heard[attempt[0]] = tuple(by_place[place].word for place in range(len(calls)))
    return heard


def assert_one_of(outcomes: Outcomes, heard: Mapping[str, Heard], histories: Mapping[str, History]) -> None:
    """Every outcome was seen, and every order has a history that fits what was heard of it."""
    assert set(heard.values()) == set(outcomes), "an answer that nobody may hear, or no race"
    allowed = {words: one if isinstance(one, frozenset) else {one} for words, one in outcomes.items()}
    assert histories.keys() == heard.keys()
    wrong = {a: (heard[a], history) for a, history in histories.items() if history not in allowed[heard[a]]}
    assert not wrong
    met = set(histories.values())
    assert met == set().union(*allowed.values()), "no race: some history was never met"


async def prepared(callers: ConcurrentCallers, accounts: Sequence[str]) -> list[Attempt]:
    """Attempts of Click's that have begun."""
    replies = await callers.send([prepare(account, int(account)) for account in accounts])
    assert {reply.word for reply in replies} == {0}
    ids = [reply.json["merchant_prepare_id"] for reply in replies]
    return [(account, int(account), prepare_id) for account, prepare_id in zip(accounts, ids, strict=True)]
