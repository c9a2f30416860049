"""Calls that are good each by itself, and wrong in their order or beside each other: nothing that stands is changed."""

import asyncio
import random
from typing import Any

from tests.faults.conftest import SEED
from tests.faults.harness.history import TRY_AGAIN
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.seed import REPLAY
from tests.faults.hostile.story import PRICE, SOM, Attempt, Story, patiently

STORIES = 250
AT_ONCE = 20


# What each hostile call must hear while the order stands so. Whatever it hears, nothing may change.

PAYME_PENDING: dict[str, tuple[Attempt, set[int]]] = {
    "same id, another amount": (lambda s: s.creates(amount=PRICE + 1), {-31001}),
    "same id, another account": (lambda s: s.creates(account={"order_id": s.neighbour}), {-31008}),
    "same id, another time": (lambda s: s.creates(time=s.now - 1), {-31008}),
    "same id, everything else another": (
        lambda s: s.creates(time=s.now - 1, amount=1, account={"order_id": s.neighbour}),
        {-31001, -31008},
    ),
    "another id for the same order": (lambda s: s.creates(id=s.payme_id[1:] + "z"), {-31053}),
    "another id in capitals": (lambda s: s.creates(id=s.payme_id.upper() + "A"), {-31053}),
    "Click wants the same order": (lambda s: s.prepares(), {-9}),
    "Click completes what is Payme's": (lambda s: s.completes(), {-6}),
    "Click cancels what is Payme's": (lambda s: s.completes(error=-5017), {-9}),
    "Click completes without a prepare id": (lambda s: s.completes(merchant_prepare_id=""), {-6}),
    "our own id for Payme's": (lambda s: s.says("PerformTransaction", id=str(s.payment)), {-31003}),
    "with a blank": (lambda s: s.says("PerformTransaction", id=s.payme_id + " "), {-31003}),
}
PAYME_PAID: dict[str, tuple[Attempt, set[int]]] = {
    "created again": (lambda s: s.creates(), {-31008}),
    "created again with another amount": (lambda s: s.creates(amount=1), {-31001, -31008}),
    "another id for the same order": (lambda s: s.creates(id=s.payme_id[1:] + "z"), {-31051}),
    "Click wants the same order": (lambda s: s.prepares(), {-9}),
    "Click completes what is Payme's": (lambda s: s.completes(), {-4, -6}),
    "Click cancels what is Payme's": (lambda s: s.completes(error=-1), {-4, -9}),
    "Click cancels with another error": (lambda s: s.completes(error=-5017), {-9}),
}
PAYME_REVERSED: dict[str, tuple[Attempt, set[int]]] = {
    "created again": (lambda s: s.creates(), {-31008}),
    "performed again": (lambda s: s.says("PerformTransaction"), {-31008}),
    "another id for the same order": (lambda s: s.creates(id=s.payme_id[1:] + "z"), {-31051}),
    "Click wants the same order": (lambda s: s.prepares(), {-9}),
    "Click completes it": (lambda s: s.completes(), {-6, -9}),
}
CLICK_PREPARED: dict[str, tuple[Attempt, set[int]]] = {
    "prepared again with another amount": (lambda s: s.prepares(amount="501"), {-2}),
    "completed with another amount": (lambda s: s.completes(amount="501"), {-2}),
    "completed with less": (lambda s: s.completes(amount="499.99"), {-2}),
    "completed with a hundredth": (lambda s: s.completes(amount="5"), {-2}),
    "completed for the neighbour": (lambda s: s.completes(merchant_trans_id=s.neighbour), {-6}),
    "cancelled for the neighbour": (lambda s: s.completes(merchant_trans_id=s.neighbour, error=-5017), {-9}),
    "completed with the next prepare id": (lambda s: s.completes(merchant_prepare_id=s.payment + 10**6), {-6}),
    "completed with a zero before the id": (lambda s: s.completes(merchant_prepare_id=f"0{s.payment}"), {-6}),
    "cut before the account's last digit": (
        lambda s: s.completes_cut_elsewhere(s.account[:-1], s.account[-1] + str(s.payment), SOM),
        {-5, -6},
    ),
    "cut after the id's first digit": (
        lambda s: s.completes_cut_elsewhere(s.account + str(s.payment)[0], str(s.payment)[1:], SOM),
        {-5, -6},
    ),
    "cut before the id's last digit": (
        lambda s: s.completes_cut_elsewhere(s.account, str(s.payment)[:-1], str(s.payment)[-1] + SOM),
        {-2, -6},
    ),
    "cut after the amount's first digit": (
        lambda s: s.completes_cut_elsewhere(s.account, f"{s.payment}{SOM[0]}", SOM[1:]),
        {-2, -6},
    ),
    "cut before the amount's last digit": (
        lambda s: s.completes_cut_elsewhere(s.account, "", f"{s.payment}{SOM[:-1]}", SOM[-1] + "1"),
        {-3},
    ),
    "Payme wants the same order": (lambda s: s.creates(), {-31053}),
    "Payme performs what is Click's": (lambda s: s.says("PerformTransaction", id=s.clicks_name), {-31003}),
    "Payme cancels what is Click's": (lambda s: s.says("CancelTransaction", id=s.clicks_name, reason=1), {-31003}),
    "Payme looks for what is Click's": (lambda s: s.says("CheckTransaction", id=s.clicks_name), {-31003}),
    "another secret": (lambda s: s.completes(secret="another-secret"), {-1}),
    "another's debit under its id": (lambda s: s.completes(**s.anothers_ids), {-9}),
    "another's failure under its id": (lambda s: s.completes(error=-5017, **s.anothers_ids), {-9}),
    "another's debit without an id": (lambda s: s.completes(merchant_prepare_id="", **s.anothers_ids), {-6}),
    "another's failure without an id": (
        lambda s: s.completes(merchant_prepare_id="0", error=-1, **s.anothers_ids),
        {-9},
    ),
    "without an id by its click_paydoc_id alone": (
        lambda s: s.completes(merchant_prepare_id="", click_trans_id=s.click_trans_id + 3),
        {-6},
    ),
    "another Prepare that failed": (lambda s: s.prepares(error=-5017, **s.anothers_ids), {-9}),
}
CLICK_PAID: dict[str, tuple[Attempt, set[int]]] = {
    "completed again": (lambda s: s.completes(), {-4}),
    "completed with an old sign_time": (lambda s: s.completes(sign_time="2001-01-01 00:00:00"), {-4}),
    "completed again with another amount": (lambda s: s.completes(amount="501"), {-2, -4}),
    "completed by another click_trans_id": (lambda s: s.completes(click_trans_id=s.click_trans_id + 1), {-4}),
    "prepared again": (lambda s: s.prepares(), {-4}),
    "prepared by another click_trans_id": (
        lambda s: s.prepares(click_trans_id=s.click_trans_id + 1, click_paydoc_id=1),
        {-9},
    ),
    "another attempt of the same payment": (lambda s: s.prepares(click_trans_id=s.click_trans_id + 1), {-4}),
    "another's debit under its id": (lambda s: s.completes(**s.anothers_ids), {-9}),
    "completed again without an id": (lambda s: s.completes(merchant_prepare_id=""), {-4}),
    "the error flipped without an id": (lambda s: s.completes(merchant_prepare_id="0", error=-1), {-4}),
    "the error flipped to -1": (lambda s: s.completes(error=-1), {-4}),
    "the error flipped": (lambda s: s.completes(error=-5017), {-9}),
    "the error flipped beyond 32 bits": (lambda s: s.completes(error=-(2**40)), {-9}),
    "Payme wants the same order": (lambda s: s.creates(), {-31051}),
    "Payme cancels what is Click's": (lambda s: s.says("CancelTransaction", id=s.clicks_name, reason=5), {-31003}),
}
CLICK_RELEASED: dict[str, tuple[Attempt, set[int]]] = {
    "completed after all": (lambda s: s.completes(), {-9}),
    "cancelled again": (lambda s: s.completes(error=-5017), {-9}),
    "prepared again": (lambda s: s.prepares(), {-9}),
    "completed with another amount": (lambda s: s.completes(amount="1"), {-2, -9}),
    "completed without an id": (lambda s: s.completes(merchant_prepare_id=""), {-9}),
    "another's debit under its id": (lambda s: s.completes(**s.anothers_ids), {-9}),
}
CLICK_REPLACED: dict[str, tuple[Attempt, set[int]]] = {
    "prepared again": (lambda s: s.prepares(), {-9}),
    "another's debit under its id": (lambda s: s.completes(**s.anothers_ids), {-9}),
    "another's failure under its id": (lambda s: s.completes(error=-5017, **s.anothers_ids), {-9}),
    "the newer one's debit under its id": (lambda s: s.completes(**s.newer_ids), {-9}),
    "its debit under the newer one's id": (lambda s: s.completes(merchant_prepare_id=s.newer), {-9}),
    "its failure under the newer one's id": (lambda s: s.completes(merchant_prepare_id=s.newer, error=-1), {-9}),
    "completed for the neighbour": (lambda s: s.completes(merchant_trans_id=s.neighbour), {-6}),
    "another secret": (lambda s: s.completes(secret="another-secret"), {-1}),
    "Payme wants the same order": (lambda s: s.creates(), {-31053}),
}
CLICK_REFUSED: dict[str, tuple[Attempt, set[int]]] = {
    "completed again": (lambda s: s.completes(), {-9}),
    "completed again without an id": (lambda s: s.completes(merchant_prepare_id=""), {-9}),
    "cancelled": (lambda s: s.completes(error=-5017), {-9}),
    "its debit under the id that is paid": (lambda s: s.completes(merchant_prepare_id=s.newer), {-9}),
    "the debit that is paid under its id": (lambda s: s.completes(**s.newer_ids), {-4}),
    "prepared again": (lambda s: s.prepares(), {-9}),
    "Payme wants the same order": (lambda s: s.creates(), {-31051}),
}


def paid_by_payme() -> list[tuple[Attempt, dict[str, tuple[Attempt, set[int]]]]]:
    async def create(story: Story) -> Any:
        created = await story.creates()
        if created in TRY_AGAIN.values():
            return created
        assert isinstance(created, dict), created
        story.payment = int(created["transaction"])
        return created

    return [
        (create, PAYME_PENDING),
        (lambda s: s.says("PerformTransaction"), PAYME_PAID),
        (lambda s: s.says("CancelTransaction", reason=5), PAYME_REVERSED),
    ]


def paid_by_click(error: int) -> list[tuple[Attempt, dict[str, tuple[Attempt, set[int]]]]]:
    async def prepare(story: Story) -> Any:
        fields = {"click_trans_id": story.click_trans_id, "click_paydoc_id": story.click_trans_id - 10}
        prepared = await story.click.prepares(story.account, SOM, **fields)
        story.payment = prepared["merchant_prepare_id"]
        return prepared["error"]

    return [(prepare, CLICK_PREPARED), (lambda s: s.completes(error=error), CLICK_RELEASED if error else CLICK_PAID)]


def replaced_at_click(*, revived: bool) -> list[tuple[Attempt, dict[str, tuple[Attempt, set[int]]]]]:
    """A newer attempt takes the place; then the older one is debited all the same, or too late."""
    (prepare, _), _ = paid_by_click(0)
    begun = [(prepare, CLICK_PREPARED), (lambda s: s.prepares_newer(), CLICK_REPLACED)]
    if revived:
        return [*begun, (lambda s: s.completes(), CLICK_PAID)]

    async def refused(story: Story) -> Any:
        await patiently(lambda s: s.completes_newer(), story)
        return await story.completes()

    return [*begun, (refused, CLICK_REFUSED)]


async def is_told(story: Story, chance: random.Random) -> list[str]:
    """Step by step; between the steps a few hostile calls. Returns what went wrong."""
    complaints = []

    async def opens(account: str) -> Any:
        return (await story.callers.shop.posts(account, PRICE)).status

    for account in (story.account, story.neighbour):
        assert await patiently(opens, account) in (200, 201)
    ways = [paid_by_payme(), paid_by_click(0), paid_by_click(-5017)]
    ways += [replaced_at_click(revived=True), replaced_at_click(revived=False)]
    for step, attempts in chance.choice(ways):
        await patiently(step, story)
        before, names = await story.stands(), chance.sample(sorted(attempts), 4)
        for name in names:
            attempt, codes = attempts[name]
            heard = await patiently(attempt, story)
            heard = 0 if isinstance(heard, dict) else heard
            if heard not in codes:
                complaints.append(f"{name}: {heard} instead of {codes}")
        after = await story.stands()
        if after != before:
            complaints.append(f"{', '.join(names)}: from {before} to {after}")
    return complaints


def test_what_stands_is_not_changed_by_what_comes_at_the_wrong_time(attack: Attack):
    chance = random.Random(f"stories {SEED}")
    first = chance.randrange(10**9, 9 * 10**9)
    stories = []
    for number in range(STORIES):
        # An account that is another's with its last digit cut off: what is cut elsewhere hits an order that is there.
        account = f"{first + number}{chance.randrange(10)}"
        stories.append(
            Story(
                attack.callers,
                account,
                neighbour=account[:-1],
                now=attack.world.now,
                payme_id=f"{chance.getrandbits(96):024x}",
                click_trans_id=chance.randrange(2**32, 2**40),
            )
        )

    async def all_told() -> list[str]:
        found: list[str] = []
        for begin in range(0, STORIES, AT_ONCE):
            some = stories[begin : begin + AT_ONCE]
            seeds = [random.Random(chance.getrandbits(32)) for _ in some]
            for complaints in await asyncio.gather(*map(is_told, some, seeds)):
                found += complaints
        return found

    complaints = attack.run(all_told())
    assert not complaints, f"{len(complaints)} complaints {REPLAY}:\n" + "\n".join(complaints[:20])
    attack.assert_unharmed()
