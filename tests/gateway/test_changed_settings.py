"""Changed settings: what nothing serves any more is named at the start; a renamed shop goes on under both names."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from gateway.config.settings import load
from gateway.open_settings import ANYWAY
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme, new_id
from tests.actors.shop import Shop
from tests.conftest import SETTINGS, serving
from tests.other_sessions import without

TOKEN, TRIALS = "toys-token-0123456789-abcdefghijklmnop", "toys-trials-0123456789-abcdefghijklmno"
KEY, SECRET = "toys-payme-key-0123456789", "toys-click-secret"
NOT_MAIN = dict.fromkeys(SETTINGS)

PAYME = f"""
[shops.NAME.payme]
merchant_id = "587f72c72cac0d162c722ae3"
keys = ["{KEY}"]
"""
CLICK = f"""
[[shops.NAME.click]]
service_id = 99
merchant_id = 97
secret_key = "{SECRET}"
"""
TOYS = f"""
[shops.NAME]
api_tokens = ["{TOKEN}"]
test_api_tokens = ["{TRIALS}"]
{PAYME}{CLICK}"""
BOOKS = TOYS.replace("toys", "book").replace("99", "77").replace("NAME", "books")


class Toys:
    """A gateway with one shop, and those who call it; under any name."""

    def __init__(self, server, http, database, clock, path: str) -> None:
        self.shop = Shop(http, str(server.make_url("/")), TOKEN, database)
        self.payme = Payme(http, str(server.make_url(f"/payment/callback/payme{path}")), KEY)
        self.click = Click(http, server.make_url(f"/payment/callback/click{path}"), 99, SECRET)
        self.clock = clock

    async def begins(self, account: str) -> str:
        payment = new_id()
        await self.shop.opens(account, OK)
        assert (await self.payme.creates(payment, to_ms(self.clock()), account))["state"] == 1
        return payment

    async def is_paid(self, account: str) -> None:
        assert (await self.payme.performs(await self.begins(account)))["state"] == 2


@pytest.fixture
def toys(http, database, database_url, clock, timeouts, tmp_path):
    """Serves the settings in this text, in this process."""

    @asynccontextmanager
    async def serve(name: str = "toys", toml: str = TOYS, path: str = "") -> AsyncIterator[Toys]:
        config = tmp_path / "before.toml"
        config.write_text(toml.replace("NAME", name))
        async with serving(load({"TIYIN_CONFIG": str(config)}), database_url, clock) as server:
            yield Toys(server, http, database, clock, path)

    return serve


@pytest.fixture
def start(types, tmp_path) -> Callable[..., Awaitable[str]]:
    """What `tiyin serve` says with these settings; it may go on until it meets a port that is taken."""

    async def started(toml: str, *arguments: str) -> str:
        config = tmp_path / "next.toml"
        config.write_text(toml)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            names = {**NOT_MAIN, "TIYIN_CONFIG": str(config)}
            status, _, said = await asyncio.to_thread(types, "serve", "--port", port, *arguments, **names)
        assert (status, STARTED in said) == (1, REFUSED not in said)
        return said

    return started


STARTED, REFUSED = " is taken: stop what listens there", "Not started: "


def named(name: str, toml: str = TOYS) -> str:
    return toml.replace("NAME", name)


async def aged(database, **by: int) -> None:
    """As if all of it had happened so many days earlier."""
    times = ("provider_time", "created_at", "performed_at", "cancelled_at")
    moved = ", ".join(f"{name} = {name} - make_interval(days => {by['days']})" for name in times)
    async with database.connect() as connection:
        await connection.execute(text(f"UPDATE payments SET {moved}"))


RENAMED = named("kids")
OTHER_SERVICE = TOYS.replace("99", "100")
TRIAL_SERVICE = named("toys") + "test = true\n"

CHANGES = [
    pytest.param(RENAMED, "No setting names the shop toys any more (payments: 1 pending;", id="shop renamed"),
    pytest.param(
        named("toys").replace(named("toys", PAYME), ""), "Shop toys takes no money through Payme", id="no box"
    ),
]
CHANGES_AT_CLICK = [
    pytest.param(RENAMED, "No setting names the shop toys any more (payments: 1 pending;", id="shop renamed"),
    pytest.param(
        named("toys", TOYS.replace(CLICK, "")), "Shop toys takes no money through Click any more", id="no Click"
    ),
    pytest.param(named("toys", OTHER_SERVICE), "Shop toys has no service 99 at Click any more", id="another service"),
    pytest.param(TRIAL_SERVICE, "Shop toys takes no money through Click any more", id="a test service"),
]


@pytest.mark.parametrize(("changed", "sentence"), CHANGES)
async def test_a_pending_payment_that_nothing_serves_keeps_it_from_starting(toys, start, changed, sentence):
    async with toys() as before:
        await before.begins("1001")
    assert REFUSED not in await start(named("toys"))
    said = await start(changed)
    assert sentence in said
    assert REFUSED in said
    assert sentence in await start(changed, "--anyway")


@pytest.mark.parametrize(("changed", "sentence"), CHANGES_AT_CLICK)
async def test_so_does_an_attempt_at_click(toys, start, changed, sentence):
    async with toys() as before:
        await before.shop.opens("1001", 50_000)
        await before.click.prepares("1001")
    assert REFUSED not in await start(named("toys"))
    said = await start(changed)
    assert (sentence in said, REFUSED in said) == (True, True)


async def test_what_was_paid_a_moment_ago_is_pending_too_and_later_a_warning(toys, start, database):
    async with toys() as before:
        await before.is_paid("1001")
    assert "1 paid or ended by us within a day" in await start(RENAMED, "--anyway")
    assert REFUSED in await start(RENAMED)
    await aged(database, days=2)
    assert "1 that are over, of thirty days" in await start(RENAMED)
    await aged(database, days=30)
    assert "toys" not in await start(RENAMED)


async def test_an_attempt_that_only_we_have_ended_may_still_be_completed(toys, start):
    async with toys() as before:
        await before.shop.opens("1001", 50_000)
        await before.click.prepares("1001")
        prepared = await before.click.prepares("1001")
        await before.click.completes(prepared["merchant_prepare_id"], "1001", error=-5017)
    said = await start(named("toys", OTHER_SERVICE))
    assert "(payments: 1 paid or ended by us within a day, 1 that are over, of thirty days;" in said
    assert REFUSED in said


async def test_what_can_only_expire_keeps_nobody_from_starting(toys, start, database):
    async with toys() as before:
        await before.begins("1001")
    await aged(database, days=2)
    assert "(payments: 1 that are over, of thirty days;" in await start(RENAMED)


async def test_orders_of_a_shop_that_is_no_more_are_a_warning(toys, start):
    async with toys() as before:
        await before.shop.opens("1001", OK)
    assert "No setting names the shop toys any more (orders that can be paid: 1; the newest of" in await start(RENAMED)


async def test_test_mode_may_go(toys, start):
    async with toys() as before:
        await before.shop.with_token(TRIALS).opens("1001", OK)
    assert "toys" not in await start(RENAMED)


async def test_another_account_field_is_a_warning_until_payme_has_it_too(toys, start):
    login = TOYS.replace(PAYME, f'{PAYME}account_field = "login"\n')
    async with toys() as before:
        await before.begins("1001")
    said = await start(named("toys", login))
    assert "Payme named its orders by the account field order_id until" in said
    assert "is login now (1 of those payments are pending)" in said


async def test_tables_that_cannot_be_read_keep_nobody_from_starting(start, database):
    async with without(database, "payments"):
        assert "the settings serve every payment is not known: the database could not be asked (" in await start(
            named("toys")
        )


FORMERLY = TOYS.replace("test_api", 'formerly = ["toys"]\ntest_api', 1)


@pytest.mark.parametrize("path", ["", "/toys", "/kids"], ids=["no name", "old name", "new name"])
async def test_a_renamed_shop_goes_on_with_all_it_has(toys, start, path):
    async with toys() as before:
        performed, cancelled = await before.begins("1001"), await before.begins("1002")
        await before.shop.opens("1003", 50_000)
        prepared = await before.click.prepares("1003")
        await before.shop.with_token(TRIALS).opens("trial", OK)
        posted = {"json": {"account": "1004", "amount": OK}, "headers": {"Idempotency-Key": "the-same-key"}}
        first = await before.shop.calls("POST", "/api/v1/orders", **posted)
    assert "toys" not in await start(named("kids", FORMERLY))
    async with toys("kids", FORMERLY, path) as after:
        assert (await after.payme.performs(performed))["state"] == 2
        assert (await after.payme.cancels(cancelled, 5))["state"] == -1
        click = before.click.at(after.click.url)
        assert (await click.completes(prepared["merchant_prepare_id"], "1003"))["error"] == 0
        again = await after.shop.calls("POST", "/api/v1/orders", **posted)
        assert (again.headers["Idempotency-Replayed"], again.body) == ("true", first.body)
        assert (await after.shop.with_token(TRIALS).shows("trial"))["test"]
        await after.is_paid("1005")
        statement = await after.payme.says("GetStatement", from_=0, to=to_ms(after.clock()))
        assert [line["state"] for line in statement["transactions"]] == [2, -1, 2]
        assert [order["account"] for order in (await after.shop.lists())["items"]][::-1] == [
            "1001",
            "1002",
            "1003",
            "1004",
            "1005",
        ]


async def test_commands_take_either_name_and_show_the_new_one(toys, types, tmp_path):
    async with toys() as before:
        await before.shop.opens("1001", OK)
    (tmp_path / "tiyin.toml").write_text(named("kids", FORMERLY))
    for arguments in (["show", "1001"], ["history", "1001"], ["show", "1001", "--shop", "toys"]):
        status, said, _ = await asyncio.to_thread(types, "order", *arguments, **NOT_MAIN)
        assert (status, "kids" in said, "toys" in said) == (0, True, False)
    status, said, _ = await asyncio.to_thread(types, "find", "1001", "--shop", "kids", **NOT_MAIN)
    assert (status, "of shop kids," in said) == (0, True)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            named("kids", FORMERLY) + BOOKS.replace("books", "toys"),
            "shops.kids was formerly toys, which is the name of another",
        ),
        (
            named("kids", FORMERLY) + BOOKS.replace("test_", 'formerly = ["toys"]\ntest_', 1),
            "shops.kids and shops.books were both",
        ),
        (named("kids", FORMERLY).replace('["toys"]', '["To ys"]'), "shops.kids.formerly[0] is no name for a shop"),
    ],
)
async def test_a_former_name_means_one_shop(start, toml, sentence, types, tmp_path):
    (tmp_path / "tiyin.toml").write_text(toml)
    assert sentence in (await asyncio.to_thread(types, "serve", **NOT_MAIN))[2]


@pytest.mark.parametrize(
    ("formerly", "sentence"),
    [
        ('["toys", "games"]', "Shop kids is served as games alone, and the tables have it as toys, too"),
        ('["games", "toys"]', None),
        ('["toys", "kids"]', "Shop kids is served as kids alone, and the tables have it as toys, too"),
    ],
)
async def test_the_last_former_name_is_the_one_in_the_tables(toys, start, formerly, sentence):
    async with toys() as before:
        await before.begins("1001")
    said = await start(named("kids", FORMERLY).replace('["toys"]', formerly))
    assert (REFUSED in said, sentence is None or sentence in said) == (sentence is not None, True)


async def test_an_order_taken_under_the_new_name_alone_is_not_hidden_by_the_old_one(toys, start):
    async with toys("kids") as before:
        await before.begins("1001")
    said = await start(named("kids", FORMERLY))
    assert "Shop kids is served as toys alone, and the tables have it as kids, too (payments: 1 pending;" in said
    assert "leave formerly out" in said


async def test_all_processes_together_say_it_once_and_then_serve(serve, toys):
    async with toys() as before:
        await before.begins("1001")
    async with serve("--anyway", "--workers", "2") as served:
        assert served.process.returncode is None
    said = served.out.read_text()
    once = ("No setting names the shop toys any more", "  not durable   The database", f"  open          {ANYWAY}")
    assert [said.count(sentence) for sentence in once] == [1, 1, 1]
