"""Callers without accepted credentials: answered for ever, written down only so often, and in nobody else's way."""

import asyncio

import pytest
from sqlalchemy import text

from tests.log_records import logged

few = pytest.mark.settings(RATE_LIMIT_FAILURES="3/day")
"""A day, so that no window ends while a test runs."""

behind_a_proxy = pytest.mark.settings(
    RATE_LIMIT_FAILURES="3/day", TRUSTED_PROXIES="127.0.0.0/8", FAILED_AUTH_BYTES_A_DAY="1GiB"
)
"""With bytes for as many as the limits let through."""


@pytest.fixture
def journaled(database):
    """How many calls the journal holds, after everything that had been said was written."""

    async def count(last_call) -> int:
        """`last_call` is one that the journal keeps: what came before it is written when it is."""
        await last_call
        async with asyncio.timeout(30), database.connect() as connection:
            while True:
                rows = (await connection.execute(text("SELECT method FROM exchanges ORDER BY id"))).all()
                if rows and rows[-1].method == "CheckTransaction":
                    return len(rows) - 1
                await asyncio.sleep(0.05)

    return count


def limits_exceeded(caplog) -> list[tuple[str, str]]:
    """Interface and limit of each record that says so."""
    return [(record["interface"], record["limit"]) for record in logged(caplog.records, "failed-auth limit exceeded")]


def honest(payme):
    return payme.looks_at("5f3a")


def from_(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def wrong_payme(payme, **headers) -> int:
    answer = await payme.with_key("wrong").sends(b'{"method":"Perform","params":{},"id":7}', headers)
    return answer["error"]["code"]


async def wrong_click(click, **headers) -> int:
    return (await click.posts(click.form("1001", secret="wrong"), headers=headers))["error"]


async def wrong_token(shop, path="/api/v1/orders", **headers) -> int:
    return (await shop.with_token("wrong").calls("GET", path, headers=headers)).status


@few
async def test_wrong_keys_of_payme_are_refused_for_ever_and_recorded_thrice(payme, journaled, metrics, caplog):
    assert [await wrong_payme(payme) for _ in range(6)] == [-32504] * 6
    assert await journaled(honest(payme)) == 3
    now = await metrics()
    assert now["tiyin_failed_auth_not_recorded_total", "payme"] == 3
    assert now["tiyin_requests_total", "-32504", "payme", "other"] == 3
    day = 24 * 3600
    assert logged(caplog.records, "failed-auth limit exceeded") == [
        {"interface": "payme", "remote": "127.0.0.1", "limit": "3 per 1 day", "seconds": day}
    ]


@few
async def test_wrong_signatures_of_click_are_refused_for_ever_and_recorded_thrice(
    click, payme, journaled, metrics, caplog
):
    assert [await wrong_click(click) for _ in range(6)] == [-1] * 6
    assert await journaled(honest(payme)) == 3
    assert (await metrics())["tiyin_failed_auth_not_recorded_total", "click"] == 3
    assert limits_exceeded(caplog) == [("click", "3 per 1 day")]


@few
async def test_wrong_tokens_are_told_when_to_come_back(shop, payme, journaled, metrics, caplog):
    assert [await wrong_token(shop) for _ in range(5)] == [401, 401, 401, 429, 429]
    status, headers, problem = await shop.with_token("wrong").calls("GET", "/api/v1/orders")
    assert (status, headers["Content-Type"]) == (429, "application/problem+json; charset=utf-8")
    assert 0 < int(headers["Retry-After"]) <= 86_400
    assert problem["type"] == "urn:problem-type:tiyin:too_many"
    assert await journaled(honest(payme)) == 3
    assert (await metrics())["tiyin_failed_auth_not_recorded_total", "api"] == 3
    assert limits_exceeded(caplog) == [("api", "3 per 1 day")]


@few
async def test_right_credentials_are_served_whatever_others_did_from_there(payme, click, shop, journaled):
    for _ in range(6):
        await wrong_payme(payme)
        await wrong_click(click)
        await wrong_token(shop)
    await shop.opens("1001")
    assert (await click.prepares("1001"))["error"] == 0
    assert await payme.checks(amount=500_00) == -31053
    assert (await shop.shows("1001"))["state"] == "reserved"
    assert await journaled(honest(payme)) == 3 * 3 + 4


@few
async def test_each_interface_counts_for_itself(payme, click, shop):
    assert [await wrong_payme(payme) for _ in range(5)] == [-32504] * 5
    assert await wrong_click(click) == -1
    assert await wrong_token(shop) == 401


@few
async def test_unknown_paths_stay_unknown_and_are_logged_thrice(http, gateway, metrics, caplog):
    caplog.set_level("INFO", "gateway.http.middleware")
    for _ in range(6):
        async with http.get(gateway.make_url("/wp-login.php")) as answer:
            assert answer.status == 404
    now = await metrics()
    assert (
        now["tiyin_failed_auth_not_recorded_total", "none"],
        now["tiyin_requests_total", "404", "none", "other"],
    ) == (3, 3)
    stray = logged(caplog.records, "call to no interface")
    assert [(call["method"], call["path"], call["status"]) for call in stray] == [("GET", "/wp-login.php", 404)] * 3


ANONYMOUS = [
    pytest.param("GET", "/payment/callback/payme", None, 200, id="payme by GET"),
    pytest.param("POST", "/payment/callback/payme/nobody", b"{}", 200, id="payme for nobody"),
    pytest.param("GET", "/payment/callback/click", None, 200, id="click by GET"),
    pytest.param("POST", "/payment/callback/click", b"hello", 200, id="no form for click"),
    pytest.param("POST", "/payment/callback/click", b"click_trans_id=1", 200, id="half a form for click"),
    pytest.param("POST", "/payment/callback/click/nobody", b"click_trans_id=1", 200, id="click for nobody"),
    pytest.param("GET", "/api/nowhere", None, 429, id="unknown path of the API"),
    pytest.param("PUT", "/api/v1/orders", b"{}", 429, id="unknown method of the API"),
    pytest.param("GET", "/api/openapi.json", None, 200, id="what everybody may read"),
]


@few
@pytest.mark.parametrize(("method", "path", "body", "status"), ANONYMOUS)
async def test_what_needs_no_credentials_fills_no_journal(http, gateway, payme, journaled, method, path, body, status):
    for _ in range(6):
        async with http.request(method, gateway.make_url(path), data=body) as answer:
            last = answer.status
    assert last == status
    assert await journaled(honest(payme)) == 3


@few
async def test_a_good_token_is_never_counted_whatever_is_asked_with_it(shop, metrics):
    answers = [await shop.calls("GET", path) for path in ("/api/nowhere", "/api/v1/orders/nobody") for _ in range(5)]
    assert {answer.status for answer in answers} == {404}
    assert await wrong_token(shop) == 401
    assert ("tiyin_failed_auth_not_recorded_total", "api") not in await metrics()


@behind_a_proxy
async def test_addresses_are_counted_apart(shop):
    assert [await wrong_token(shop, **from_("203.0.113.7")) for _ in range(4)] == [401, 401, 401, 429]
    assert await wrong_token(shop, **from_("203.0.113.8")) == 401


@behind_a_proxy
async def test_a_network_of_ipv6_is_one_customer(shop):
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:0:aaaa::4"]
    assert [await wrong_token(shop, **from_(address)) for address in addresses] == [401, 401, 401, 429]
    assert await wrong_token(shop, **from_("2001:db8:0:1::1")) == 401


@behind_a_proxy
async def test_an_address_of_ipv4_is_the_same_when_it_is_mapped(shop):
    addresses = ["203.0.113.7", "::ffff:203.0.113.7", "203.0.113.7:4711", "[::ffff:203.0.113.7]:1"]
    assert [await wrong_token(shop, **from_(address)) for address in addresses] == [401, 401, 401, 429]


@few
async def test_a_forged_address_is_not_another_caller(shop):
    assert [await wrong_token(shop, **from_(f"203.0.113.{n}")) for n in range(4)] == [401, 401, 401, 429]


@behind_a_proxy
async def test_all_addresses_together_have_a_limit_as_well(click, shop, caplog):
    """An interface records twenty addresses' worth: an attacker always has more addresses."""
    answers = [await wrong_token(shop, **from_(f"203.0.113.{n}")) for n in range(63)]
    assert answers == [401] * 60 + [429] * 3
    assert limits_exceeded(caplog) == [("api", "60 per 1 day")]
    await shop.opens("1001")
    assert await click.pays("1001")


@pytest.mark.settings(RATE_LIMIT_FAILURES="2/second")
async def test_after_the_window_they_are_recorded_again(shop):
    async with asyncio.timeout(30):
        while await wrong_token(shop) != 429:
            pass
        while await wrong_token(shop) != 401:
            await asyncio.sleep(0.1)


@few
async def test_a_hundred_at_once_are_recorded_thrice(payme, journaled, caplog):
    assert set(await asyncio.gather(*[wrong_payme(payme) for _ in range(100)])) == {-32504}
    assert await journaled(honest(payme)) == 3
    assert limits_exceeded(caplog) == [("payme", "3 per 1 day")]
