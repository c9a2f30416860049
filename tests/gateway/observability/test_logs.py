"""The logs: one JSON object a line, joined by the id of the call, without secrets, in nobody's way."""

import json
import logging
import os
from pathlib import Path

import pytest

from gateway.observability import logs
from schema.values import to_ms
from tests.actors.payme import OK
from tests.conftest import SETTINGS
from tests.log_records import Written

log = logging.getLogger("tiyin.test")

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"


async def test_a_call_is_one_line(written, payme, clock):
    await payme.says("CheckTransaction", id="5f3a")
    (line,) = [line for line in written.lines() if line["event"] == "call"]
    assert 0 < line.pop("ms") < 5_000
    assert len(line.pop("correlation_id")) == 32
    assert line.pop("at").startswith(clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    assert line == {
        "event": "call",
        "level": "info",
        "interface": "payme",
        "shop": "main",
        "test": False,
        "method": "CheckTransaction",
        "code": "-31003",
        "refusal": "payment_not_found",
        "account": None,
        "external_id": "5f3a",
        "remote": "127.0.0.1",
    }


async def test_the_line_names_the_order_that_it_was_about(written, payme, click):
    await payme.checks("1001")
    await click.prepares("8600069195406311", click_trans_id=3650011223)  # with another one all may look like a card
    checked, prepared = [line for line in written.lines() if line["event"] == "call"]
    assert (checked["account"], checked["external_id"]) == ("1001", None)
    assert prepared["account"] == "8600********6311"
    assert prepared["external_id"].endswith(":8600********6311")


async def test_an_error_of_ours_names_them_too(written, payme, click, shop, core, monkeypatch):
    async def fails(_):
        raise RuntimeError("boom")

    monkeypatch.setattr(core, "check", fails)
    monkeypatch.setattr(core, "do", fails)
    assert await payme.checks("1001") == -32400
    assert await payme.performs("5f3a") == -32400
    assert (await click.prepares("1002", click_trans_id=7))["error"] == -7
    assert (await shop.posts("1003")).status == 500
    failed = [line for line in written.lines() if line["event"] == "call failed"]
    assert [(line["interface"], line["account"], line.get("external_id")) for line in failed] == [
        ("payme", "1001", None),
        ("payme", None, "5f3a"),
        ("click", "1002", "54321:7:1002"),
        ("api", "1003", None),
    ]


async def test_every_transition_is_a_line_of_the_payments_log(written, payme, shop, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    await payme.performs("5f3a")
    _, created, performed = [line for line in written.lines() if line.get("log") == "payments"]
    assert (created["event"], created["from"], created["to"]) == ("create", None, "pending")
    assert (created["order_from"], created["order_to"]) == ("awaiting", "reserved")
    assert len(performed.pop("correlation_id")) == 32
    assert performed.pop("at").startswith(clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    assert performed == {
        "event": "perform",
        "level": "info",
        "log": "payments",
        "shop": "main",
        "test": False,
        "account": "1001",
        "order_id": created["order_id"],
        "payment_id": created["payment_id"],
        "provider": "payme",
        "external_id": "5f3a",
        "amount": OK,
        "from": "pending",
        "to": "paid",
        "order_from": "reserved",
        "order_to": "paid",
        "actor": "payme",
    }


@pytest.mark.settings(API_TEST_TOKEN=TEST_TOKEN, PAYME_SANDBOX="1")
async def test_in_test_mode_the_lines_name_the_shop_and_say_test(written, payme, shop, clock):
    await shop.with_token(TEST_TOKEN).opens("1001", OK)
    await payme.with_key(SETTINGS["PAYME_TEST_KEY"]).creates("5f3a", to_ms(clock.now()))
    told = {(line["event"], line["shop"], line["test"]) for line in written.lines() if "test" in line}
    assert told == {(event, "main", True) for event in ("call", "open", "create")}


async def test_a_transition_and_its_call_carry_one_id(written, payme, shop, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    by_event = {line["event"]: line["correlation_id"] for line in written.lines() if "correlation_id" in line}
    assert by_event["create"] == by_event["call"]


async def test_transitions_can_go_to_a_file_of_their_own(tmp_path, payme, shop, clock):
    written = Written()
    logs.configure("error", payments_log=tmp_path / "payments.log", out=written)
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    assert written.lines() == []
    transitions = (tmp_path / "payments.log").read_bytes().splitlines()
    assert [json.loads(line)["event"] for line in transitions] == ["open", "create"]


@pytest.fixture
def full_disk():
    logs.configure("error", payments_log=Path("/dev/full"), out=Written())
    yield
    logs.close()


async def test_a_full_disk_costs_lines_and_no_payment(full_disk, payme, shop, clock, metrics):
    await shop.opens("1001", OK)
    assert (await payme.creates("5f3a", to_ms(clock.now())))["state"] == 1
    logs.close()
    assert (await metrics())["tiyin_log_dropped_total",] == 2


async def test_a_blocking_target_delays_no_payment(tmp_path, payme, shop, clock):
    os.mkfifo(tmp_path / "nobody-reads")
    logs.configure("error", payments_log=tmp_path / "nobody-reads", out=Written())
    await shop.opens("1001", OK)
    assert (await payme.creates("5f3a", to_ms(clock.now())))["state"] == 1
    logs.close(0.1)


async def test_no_secret_is_written_whatever_happens(written, payme, click, shop, settings):
    await payme.with_key("wrong").says("CheckTransaction", id="5f3a")
    await payme.sends(b"\xff{", {"Authorization": "Basic !!!"}, auth=False)
    await click.prepares("1001", secret="wrong")
    await shop.opens("1001", OK)
    written.lines()
    main = settings.shops["main"]
    for secret in (*main.payme.keys, main.click[0].secret_key, *main.api_tokens):
        assert secret.get_secret_value().encode() not in written.data
    assert b"Basic" not in written.data


def test_what_is_named_like_a_secret_is_masked(written):
    deep = {"headers": [{"Authorization": "Basic UGF5"}], "PAYME_KEY": "hidden", "account": "1001"}
    log.warning("odd", extra={"token": "hidden", "sign_string": "hidden", "deep": deep})
    (line,) = written.lines()
    assert (line["token"], line["sign_string"]) == ("***", "***")
    assert line["deep"] == {"headers": [{"Authorization": "***"}], "PAYME_KEY": "***", "account": "1001"}


@pytest.mark.parametrize("text", ["two\nlines", 'a "quote"', "\x1b[31mred", "NUL \0", "\u202eright to left", "Ўзбек"])
def test_whatever_a_caller_sends_stays_in_one_line(written, text):
    log.warning("no interface for %s", text)
    (line,) = written.lines()
    assert line["event"] == f"no interface for {text}"


def test_card_numbers_are_masked_wherever_they_stand(written):
    log.info("of the card 8600 0691 9540 6311", extra={"a": ["4111111111111111", {"b": "5555555555554444"}]})
    (line,) = written.lines()
    assert (line["event"], line["a"]) == (
        "of the card 8600********6311",
        ["4111********1111", {"b": "5555********4444"}],
    )


def test_what_is_no_text_is_written_as_far_as_it_is_one(written):
    log.warning("half %s a pair", "\ud83d")
    assert [line["event"] for line in written.lines()] == ["half ? a pair"]


def test_a_number_of_any_length_can_be_written(written):
    log.warning("odd", extra={"amount": 10**30})
    assert [line["amount"] for line in written.lines()] == [10**30]


def test_an_exception_is_one_line_with_its_traceback(written):
    try:
        raise RuntimeError("boom")
    except RuntimeError:
        log.exception("failed")
    (line,) = written.lines()
    assert (line["event"], line["level"], line["logger"]) == ("failed", "error", "tiyin.test")
    assert line["exception"].endswith("RuntimeError: boom")


def test_what_is_below_the_level_is_not_written(written):
    logs.configure("warning", out=written)
    log.info("not this")
    log.warning("this")
    assert [line["event"] for line in written.lines()] == ["this"]


async def test_calls_are_answered_while_nobody_reads_the_log(serve, http):
    reader, writer = os.pipe()  # holds 64 KiB, three hundred lines or so
    async with serve(out=writer) as served:
        for _ in range(600):
            async with http.post(f"{served.url}/payment/callback/payme", json={}) as response:
                assert response.status == 200
    os.close(reader)
    os.close(writer)
