"""A flood of wrong calls of every kind, from countless addresses: what it leaves behind stays within a budget."""

import asyncio
from functools import partial
from itertools import pairwise

import orjson
import pytest

from gateway.throttle import failed_auth
from gateway.throttle.byte_budget import FEW_BYTES, ByteBudget
from gateway.throttle.failed_auth import FAILED_AUTH
from tests.log_records import logged

MIB = 2**20
HOUR = 3600
CHARGED = ("tiyin_failed_auth_bytes_total",)

flooded = pytest.mark.settings(
    RATE_LIMIT_FAILURES="1000000/minute",
    FAILED_AUTH_BYTES_A_DAY="1MiB",
    TRUSTED_PROXIES="127.0.0.0/8",
    CLICK_PLAYGROUND="1",
    CLICK_ALLOW_LIST="log",
    CLICK_ALLOWED_NETWORKS="192.0.2.0/24",
    PAYME_SANDBOX="1",
)
"""Calls are not limited here, only bytes are."""

PAYME, CLICK, API = "/payment/callback/payme", "/payment/callback/click", "/api/v1/orders"
LONG = "x" * 8000

KINDS = [
    pytest.param("POST", PAYME, f'{{"id":"{LONG}","method":"CheckTransaction","params":{{}}}}', {}, id="payme's key"),
    pytest.param("POST", PAYME, LONG, {}, id="no JSON"),
    pytest.param("PUT", PAYME, LONG, {}, id="payme by PUT"),
    pytest.param("POST", f"{PAYME}/nobody", LONG, {}, id="nobody's cash box"),
    pytest.param("POST", CLICK, f"merchant_trans_id=1001&x={LONG}", {}, id="click's signature"),
    pytest.param("POST", f"{CLICK}/nobody", LONG, {}, id="nobody's service"),
    pytest.param("POST", CLICK, "x" * 70_000, {}, id="too large for click"),
    pytest.param("OPTIONS", CLICK, None, {"Origin": "https://docs.click.uz"}, id="click's playground"),
    pytest.param("POST", API, LONG, {"Authorization": "Bearer wrong"}, id="a token"),
    pytest.param("GET", f"{API}/{'a' * 255}", None, {}, id="no token"),
    pytest.param("PUT", "/api/nowhere", LONG, {}, id="no path of the API"),
    pytest.param("GET", "/api/openapi.json", None, {}, id="what everybody may read"),
    pytest.param("POST", f"/wp/{LONG[:4000]}", LONG, {}, id="no path at all"),
    pytest.param("DELETE", "/health/live", None, {}, id="health"),
    pytest.param("POST", "/metrics", LONG, {}, id="metrics"),
    pytest.param("GET", f"/sandbox/nobody/{LONG[:2000]}", None, {}, id="the sandbox page"),
]


@pytest.fixture
def hours(monkeypatch):
    """Lets hours pass for the budget, whose time stands still otherwise."""
    seconds = [0.0]
    monkeypatch.setattr(failed_auth, "ByteBudget", partial(ByteBudget, now=lambda: seconds[0]))

    def passed(count: float) -> None:
        seconds[0] += count * HOUR

    return passed


@pytest.fixture
def floods(hours, gateway, http):
    """Sends so many calls of this kind at once, each from an address of its own."""

    async def flood(count, method, path, body, headers) -> None:
        async def call(number: int) -> None:
            caller = {"X-Forwarded-For": f"2001:db8:0:{number:x}::1", "X-Request-ID": f"{number:064}"}
            async with http.request(method, gateway.make_url(path), data=body, headers=headers | caller) as response:
                await response.read()

        await asyncio.gather(*[call(number) for number in range(count)])

    return flood


def texts(row) -> int:
    return sum(len(value.encode()) for value in row if isinstance(value, str))


@flooded
@pytest.mark.parametrize(("method", "path", "body", "headers"), KINDS)
async def test_every_kind_is_paid_for(floods, payme, journal_rows, written, metrics, method, path, body, headers):
    await floods(200, method, path, body, headers)
    now = await metrics()
    assert await payme.looks_at("5f3a") == -31003
    *rows, _ = await until_honest(journal_rows)
    lines = [line for line in written.lines() if line.get("code") != "-31003"]
    kept = sum(map(texts, rows)) + sum(len(orjson.dumps(line)) + 1 for line in lines)
    assert 0 < kept <= now[CHARGED] <= FEW_BYTES
    assert all(texts(row) <= 512 + 100 for row in rows)
    recorded = [line for line in lines if line["event"] in ("call", "call to no interface")]
    not_recorded = sum(value for name, value in now.items() if name[0] == "tiyin_failed_auth_not_recorded_total")
    assert not_recorded == 200 - len(recorded)


async def until_honest(journal_rows):
    """The journal, after an honest call was written: what came before it is written, too."""
    async with asyncio.timeout(30):
        while True:
            rows = await journal_rows(1)
            if rows[-1].code == "-31003":
                return rows
            await asyncio.sleep(0.05)


@flooded
async def test_a_day_of_it_stays_within_the_budget_and_no_hour_is_blind(floods, hours, metrics, caplog):
    charged = [0.0]
    for number in range(24):
        await floods(60, *KINDS[number % len(KINDS)].values)
        hours(1)
        charged.append((await metrics())[CHARGED])
    assert charged[-1] <= MIB
    assert all(after > before for before, after in pairwise(charged))
    assert 20 <= len(logged(caplog.records, "failed-auth bytes used up")) <= 24


@flooded
async def test_when_it_is_used_up_one_line_says_so(floods, caplog):
    for kind in KINDS:
        await floods(20, *kind.values)
    (line,) = logged(caplog.records, "failed-auth bytes used up")
    assert 300 < line["seconds"] < 400
    assert line["bytes_a_day"] == MIB


@flooded
async def test_an_honest_call_is_still_recorded_whole(floods, payme, click, shop, journal_rows):
    for kind in KINDS:
        await floods(20, *kind.values)
    await shop.opens("1001", description="d" * 500)
    assert await click.pays("1001")
    call = {"id": 1, "method": "CheckTransaction", "params": {"id": "5f3a", "more": "m" * 9000}}
    await payme.calls(call)
    rows = await until_honest(journal_rows)
    assert [row.method for row in rows[-4:]] == ["POST orders", "Prepare", "Complete", "CheckTransaction"]
    assert len(rows[-1].request) == 8 * 1024
    assert "-31003" in rows[-1].answer
    assert "d" * 500 in rows[-4].request


@pytest.mark.settings(FAILED_AUTH_BYTES_A_DAY="0")
async def test_without_bytes_nothing_of_them_is_recorded(floods, payme, journal_rows, metrics, written):
    for kind in KINDS:
        await floods(2, *kind.values)
    now = await metrics()
    assert await payme.looks_at("5f3a") == -31003
    assert [row.code for row in await journal_rows(1)] == ["-31003"]
    assert [line["code"] for line in written.lines()] == ["-31003"]
    assert CHARGED not in now or now[CHARGED] == 0


@flooded
async def test_an_error_of_ours_that_anybody_can_cause_fills_nothing(floods, written, metrics, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("gateway.observability.metrics.Metrics.page", None)
        await floods(200, "GET", "/metrics", None, {})
    tracebacks = [line for line in written.lines() if line["event"] == "call failed"]
    assert 0 < len(tracebacks) < 5
    assert all("TypeError" in line["exception"] for line in tracebacks)
    assert len(written.data) <= (await metrics())[CHARGED] <= FEW_BYTES


@flooded
async def test_what_is_not_http_is_noted_by_network_and_paid_for(hours, gateway, written, metrics):
    limiter = gateway.app[FAILED_AUTH]
    for address in ("2001:db8::1", "2001:db8::2", "fe80::1%eth0", "fe80::1%eth1", "192.0.2.1", "::ffff:192.0.2.1"):
        limiter.not_http(address, "BadHttpMessage")
    assert [line["remote"] for line in written.lines()] == ["2001:db8::1", "fe80::1%eth0", "192.0.2.1"]
    now = await metrics()
    assert len(written.data) <= now[CHARGED] <= FEW_BYTES
    assert now["tiyin_failed_auth_not_recorded_total", "none"] == 3


@flooded
async def test_what_is_not_http_from_everywhere_stays_within_the_budget(hours, gateway, written, metrics):
    for number in range(500):
        gateway.app[FAILED_AUTH].not_http(f"2001:db8:0:{number:x}::1", "BadHttpMessage")
    assert written.lines()[-1]["event"] == "failed-auth bytes used up"
    assert len(written.data) <= (await metrics())[CHARGED] <= FEW_BYTES


@flooded
async def test_who_is_on_no_list_fills_nothing_unless_he_has_the_key(hours, gateway, caplog):
    """A line for each address that has Payme's key is wanted: nobody else can cause it."""
    limiter = gateway.app[FAILED_AUTH]
    for number in range(100):
        limiter.outside_allow_list("click", "main", f"2001:db8:0:{number:x}::1", has_key=False)
        limiter.outside_allow_list("payme", "main", f"2001:db8:0:{number:x}::1", has_key=True)
    lines = logged(caplog.records, "address not in the allowed networks")
    assert len([line for line in lines if line["interface"] == "payme"]) == 100
    assert len([line for line in lines if line["interface"] == "click"]) < 20


async def test_processes_share_the_budget(serve, http):
    settings = {"FAILED_AUTH_BYTES_A_DAY": "16MiB", "RATE_LIMIT_FAILURES": "1000000/minute"}
    async with serve("--workers", "2", **settings) as served:
        for _ in range(20):
            async with http.get(f"{served.url}{API}") as response:
                assert response.status == 401
        assert (await served.says("failed-auth bytes used up"))["bytes_a_day"] == 8 * MIB
