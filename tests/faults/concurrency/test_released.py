"""A shop ends an attempt while its provider comes with the money: it is paid or released, and both hear the same."""

from collections import Counter

import pytest

from tests.faults.concurrency.calls import AT_ONCE, CANNOT, all_equal, payme_id
from tests.faults.harness.concurrent_callers import api, complete, payme, prepare

NEWER = 1_000_000
"""Added to Click's numbers of an attempt: those of the payer's next payment."""

PAID_BY_PAYME = ("paid", "payme paid", "created paid")
PAID_BY_CLICK = ("paid", "click paid", "created paid")


@pytest.fixture
def periods() -> dict[str, str]:
    """No attempt is too young to be ended: what is about to be paid is released."""
    return {"RELEASE_AFTER": "0"}


def performance(number: int) -> bytes:
    return payme("PerformTransaction", id=payme_id(number))


async def test_a_release_against_perform(race, created):
    await race(
        created,
        lambda account, number, _: [performance(number), api(f"/orders/{account}/release")],
        {
            (2, 200): PAID_BY_PAYME,
            (CANNOT, 200): ("awaiting", "payme cancelled 104", "created cancelled"),
        },
    )


async def test_a_release_against_complete(race, callers, begun):
    """The refused debit is given back: when Click calls again, it hears the same as before."""
    await race(
        begun,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            api(f"/orders/{account}/release"),
        ],
        {
            (0, 200): PAID_BY_CLICK,
            (-9, 200): ("awaiting", "click cancelled 104", "created cancelled"),
        },
    )
    again = await callers.send([complete(*attempt) for attempt in begun])
    assert {reply.word for reply in again} == {-4, -9}


async def test_a_release_and_what_it_says_of_the_order(callers, created, second_guard_unneeded):
    """Told that the order is free, its shop may sell the goods to somebody else: then nobody was told "paid"."""
    seen: Counter[tuple[int, str]] = Counter()
    async with second_guard_unneeded():
        for account, number, _ in created:
            calls = [performance(number), api(f"/orders/{account}/release")]
            performed, released = await callers.send(calls if number % 2 else calls[::-1])
            if number % 2 == 0:
                performed, released = released, performed
            seen[performed.word, released.json["state"]] += 1
    assert set(seen) == {(2, "paid"), (CANNOT, "awaiting")}


async def test_a_withdrawal_with_a_release_against_perform(race, created):
    await race(
        created,
        lambda account, number, _: [performance(number), api(f"/orders/{account}/cancel", {"release": True})],
        {
            (2, 409): PAID_BY_PAYME,
            (CANNOT, 200): ("cancelled", "payme cancelled 104", "created cancelled"),
        },
    )


async def test_a_withdrawal_with_a_release_against_complete(race, begun):
    await race(
        begun,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            api(f"/orders/{account}/cancel", {"release": True}),
        ],
        {
            (0, 409): PAID_BY_CLICK,
            (-9, 200): ("cancelled", "click cancelled 104", "created cancelled"),
        },
    )


async def test_a_release_that_names_its_attempt_leaves_the_newer_one(race, begun):
    await race(
        begun,
        lambda account, number, prepare_id: [
            prepare(account, number + NEWER),
            api(f"/orders/{account}/release", {"payment": prepare_id}),
        ],
        {
            (0, 200): frozenset(
                {
                    ("reserved", "click cancelled 104, click pending", "created cancelled created"),
                    ("reserved", "click cancelled 103, click pending", "created cancelled created"),
                }
            )
        },
    )


async def test_equal_releases_end_one_attempt_once(callers, begun, histories, reads, second_guard_unneeded):
    async with second_guard_unneeded():
        for account, _, _ in begun:
            assert all_equal(await callers.send_to_all(api(f"/orders/{account}/release"))).json["state"] == "awaiting"
    assert set((await histories()).values()) == {("awaiting", "click cancelled 104", "created cancelled")}
    assert await reads("SELECT count(*) FROM transitions WHERE verb = 'release'") == [(AT_ONCE,)]
