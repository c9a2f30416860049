"""`tiyin webhook`, typed by an operator whose shop wants to hear of its payments."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook

from core import Attempt, ExternalPaymentRef, OrderRef, wall_clock
from gateway.app import open_core
from gateway.cli import terminal
from gateway.config.settings import load
from schema.click_ids import attempt_id
from schema.values import Provider, Tiyin
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types
from tests.leaks import LEAKS

NAMES = {"WEBHOOK_KEY": "webhook-key-of-the-tests-0123456789abcdef", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
URL = "https://shop.example.uz/hooks?token=of-the-shop"
OF_SETTINGS = {"WEBHOOK_URL": "https://shop.example.uz/settings"}


@pytest.fixture
def says(types: Types) -> Types:
    """A command about webhooks."""
    return lambda *arguments, **names: types("webhook", *arguments, **(NAMES | names))


@pytest.fixture
def begins(database_url: str, database: AsyncEngine) -> object:
    """Somebody begins to pay an order: one event."""

    async def begin(account: str) -> None:
        command = Attempt(
            payment=ExternalPaymentRef("main", Provider.CLICK, attempt_id(54321, int(account), account)),
            order=OrderRef("main", account),
            amount=Tiyin(5_000_000),
            payment_number=int(account),
            declined_reason=None,
            account_received={},
        )
        async with open_core(load(dict(SETTINGS)), database_url) as core:
            await core.do(command)

    return lambda account: asyncio.run(begin(account))


class Receiver(ThreadingHTTPServer):
    """A shop's server: what has come, and the status that it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.came = 204, list[tuple[dict[str, str], str]]()
        self.url = f"http://127.0.0.1:{self.server_port}/hooks"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        answer = b"" if self.server.status == 204 else b"no such shop\n<html>"
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def test_an_endpoint_lives_from_add_to_remove(says: Types) -> None:
    status, said, wrong = says("add", "erp", URL, "--event", "payment.paid", "--event", "order.expired")
    assert (status, wrong, said.splitlines()[0]) == (
        *(0, "", "Endpoint erp is registered: events from now on are sent to it."),
    )
    secret = said.splitlines()[-1]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert says("show", "erp", "--secret") == (0, f"{secret}\n", "")
    assert secret not in says("show", "erp")[1] + says("list")[1] + says("list", "--json")[1]
    assert "payment.paid, order.expired" in says("show", "erp")[1]
    assert says("disable", "erp")[0] == 0
    assert "disabled: operator" in says("list")[1]
    assert says("enable", "erp")[1] == "Endpoint erp is enabled: what has waited is sent to it, too.\n"
    assert says("rotate", "erp")[1].splitlines()[-1] != secret
    assert json.loads(says("show", "erp", "--json")[1])["generation"] == 2
    assert says("remove", "erp") == (0, "Endpoint erp is removed.\n", "")
    assert says("list")[1] == "Shop main has no endpoint: `tiyin webhook add` registers one.\n"


def test_a_test_arrives_signed_and_what_came_back_is_said_in_words(says: Types, receiver: Receiver) -> None:
    secret = says("add", "dev", receiver.url)[1].splitlines()[-1]
    LEAKS.keeps("a webhook secret", secret)
    status, said, _ = says("test", "dev")
    assert (status, re.sub(r"\d+ ms", "5 ms", said)) == (0, "Received, answered 204 after 5 ms.\n")
    ((headers, body),) = receiver.came
    event = Webhook(secret).verify(body, headers)
    assert (event["type"], event["shop"], event["test"]) == ("endpoint.test", "main", False)
    assert event["id"] == headers["webhook-id"]
    receiver.status = 404
    status, said, _ = says("test", "dev")
    assert (status, said.startswith("Refused, answered 404 after ")) == (1, True)
    assert said.endswith("It has answered: no such shop\n")


def test_what_became_of_events_is_listed_and_they_are_sent_again(says: Types, types: Types, begins) -> None:
    says("add", "erp", URL)
    types("order", "add", "1001", "5000000")
    begins("1001")
    (delivery,) = json.loads(says("deliveries", "--json")[1])
    event = delivery["event"]
    assert (delivery["type"], delivery["account"], delivery["state"]) == ("payment.created", "1001", "due")
    assert event in says("deliveries", "erp", "--account", "1001", "--state", "due")[1]
    assert says("deliveries", "--test")[1] == "No such delivery in shop main (test mode).\n"
    assert says("retry", event) == (0, f"{event} is sent again to erp.\n", "")
    assert says("retry", event, "--test")[2].startswith(f"Shop main (test mode) has no delivery of {event}.")


def test_no_id_is_cut_however_narrow_the_terminal_is(says: Types, types: Types, begins, monkeypatch) -> None:
    says("add", "the-office-of-our-shop", URL)
    types("order", "add", "1001", "5000000")
    begins("1001")
    (delivery,) = json.loads(says("deliveries", "--json")[1])
    monkeypatch.setattr(terminal, "console", Console(width=60, highlight=False))
    shown = says("deliveries")[1]
    assert (delivery["event"] in shown, "…" in shown + says("list")[1]) == (True, False), shown


def test_a_former_secret_is_spoken_of_while_it_signs_along(says: Types) -> None:
    says("add", "erp", URL)
    assert says("rotate", "erp")[1].startswith("The former secret signs along for 24 hours.")
    assert "former secret" in says("show", "erp")[1]
    assert says("rotate", "erp", "--keep-hours", "0")[1].startswith("The former secret is of no use any more.")
    assert "former secret" not in says("show", "erp")[1]


def test_a_new_endpoint_gets_its_past_by_a_replay(says: Types, types: Types, begins) -> None:
    types("order", "add", "1001", "5000000")
    begins("1001")
    says("add", "erp", URL)
    since = (wall_clock() - timedelta(hours=1)).isoformat()
    assert says("replay", "erp", "--since", since) == (0, "1 event will be sent to erp.\n", "")
    assert says("replay", "erp", "--since", since) == (0, "0 events will be sent to erp.\n", "")
    assert "to be sent" in says("show", "erp")[1]


def test_endpoints_of_the_settings_are_looked_at_and_not_changed(says: Types, tmp_path: Path, database_url) -> None:
    asyncio.run(_follows(database_url))
    assert "settings" in says("list", **OF_SETTINGS)[1]
    sentence = "Endpoint 'main' is one of the settings: change it there, in WEBHOOK_… or [shops.….webhooks.main].\n"
    for command in ("remove", "rotate"):
        assert says(command, "main", **OF_SETTINGS) == (1, "", sentence)


async def _follows(database_url: str) -> None:
    from core import EndpointRef, Endpoints, WantedEndpoint, delivery_pool

    async with delivery_pool(database_url) as engine:
        await Endpoints(engine).follow_settings([WantedEndpoint(EndpointRef("main", "main"), URL, None, "print")])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "erp"], "There is no endpoint 'erp' in shop main."),
        (["add", "erp"], "Give a URL to which events are sent, or --pull."),
        (["add", "ERP", URL], "name: must match ^[a-z0-9][a-z0-9-]{0,31}$."),
        (["add", "erp", "http://10.0.0.1/"], "url: 10.0.0.1 is not a public address: it is dialled only if"),
        (["add", "erp", URL, "--event", "paid"], "events: has what is no type: paid. There are payment.created, "),
        (["retry", "1001x"], "'1001x' is no event's id: it looks like evt_1234."),
        (["retry", "evt_1"], "Shop main has no delivery of evt_1."),
        (["replay", "erp", "--since", "2026-11-28"], "--since must be a moment with its offset from UTC"),
        (["replay", "erp", "--since", "0001-01-01T00:00:00+14:00"], "--since must be a moment with its offset from"),
        (["deliveries", "--account", "\udcff"], "--account must be 1-255 characters, none a control character."),
        (["deliveries", "--account", ""], "--account must be 1-255 characters, none a control character."),
        (["retry", "evt_1", "--endpoint", "\udcff"], "There is no endpoint '\\udcff' in shop main."),
        (["retry", "evt_1", "--endpoint", "erp"], "There is no endpoint 'erp' in shop main."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(says: Types, arguments: list[str], sentence: str) -> None:
    status, said, wrong = says(*arguments)
    assert (status, said, wrong.startswith(sentence), wrong.count("\n")) == (1, "", True, 1), wrong


def test_without_a_key_it_says_how_to_make_one(says: Types) -> None:
    status, _, wrong = says("add", "erp", URL, WEBHOOK_KEY=None)
    assert (status, wrong.startswith("WEBHOOK_KEY is not set: ")) == (1, True)


def test_there_are_ten_of_a_shop_at_most_and_each_name_once(says: Types, database_url) -> None:
    asyncio.run(_fills(database_url))
    assert says("add", "e10", URL)[2] == "A shop has 10 endpoints at most: remove one first.\n"
    assert says("add", "e1", URL)[2] == "Shop main has an endpoint 'e1': remove it first, or give another name.\n"


async def _fills(database_url: str) -> None:
    from core import EndpointRef, Endpoints, WantedEndpoint, delivery_pool
    from schema.webhooks import EndpointSource

    async with delivery_pool(database_url) as engine:
        for number in range(10):
            wanted = WantedEndpoint(EndpointRef("main", f"e{number}"), URL, None, "print")
            await Endpoints(engine).register(wanted, EndpointSource.OPERATOR)
