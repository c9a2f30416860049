"""Allow lists of both providers, through HTTP: who is served, behind which proxies, and what the others get."""

import pytest

from tests.conftest import SETTINGS
from tests.log_records import logged

KNOWN, UNLISTED = "185.234.113.3", "203.0.113.9"
LISTED = {"PAYME_ALLOWED_NETWORKS": "185.234.113.0/28, 2001:db8:1::/48"}
LISTED |= {"CLICK_ALLOWED_NETWORKS": LISTED["PAYME_ALLOWED_NETWORKS"]}
PROXY = {"TRUSTED_PROXIES": "127.0.0.0/8, 10.0.0.0/8"}


def in_mode(word, **more):
    return pytest.mark.settings(**LISTED | {"PAYME_ALLOW_LIST": word, "CLICK_ALLOW_LIST": word} | more)


@pytest.fixture
def answers(payme, click, shop):
    """The codes that a caller with good credentials gets from both providers; HTTP 200 is seen to by the actors."""

    async def asked(**headers):
        await shop.posts("1001")
        payme_says = await payme.sends(b'{"method":"CheckTransaction","params":{"id":"5f3a"},"id":1}', headers)
        click_says = await click.posts(click.form("1001"), headers=headers)
        return payme_says["error"]["code"], click_says["error"]

    return asked


SERVED, REFUSED = (-31003, 0), (-32504, -8)

BEHIND_A_PROXY = [
    pytest.param(KNOWN, SERVED, id="a known address"),
    pytest.param("2001:db8:1::5", SERVED, id="of IPv6"),
    pytest.param(f"::ffff:{KNOWN}", SERVED, id="mapped into IPv6"),
    pytest.param(f"{KNOWN}:51234", SERVED, id="with a port"),
    pytest.param(f"{KNOWN}, 10.0.0.7", SERVED, id="through two proxies"),
    pytest.param(f"{UNLISTED}, {KNOWN}", SERVED, id="who claims to speak for somebody"),
    pytest.param(UNLISTED, REFUSED, id="an unlisted address"),
    pytest.param(f"{KNOWN}, {UNLISTED}", REFUSED, id="an unlisted address that claims to be listed"),
    pytest.param(f"{KNOWN}, {UNLISTED}, 10.0.0.7", REFUSED, id="the same through two proxies"),
    pytest.param(f"{KNOWN}, nonsense", REFUSED, id="nonsense"),
    pytest.param("185.234.113.16", REFUSED, id="one beyond the network"),
    pytest.param("::ffff:203.0.113.9", REFUSED, id="an unlisted address mapped into IPv6"),
    pytest.param("", REFUSED, id="nobody"),
]


@in_mode("enforce", **PROXY)
@pytest.mark.parametrize(("forwarded", "codes"), BEHIND_A_PROXY)
async def test_enforced_behind_a_trusted_proxy(answers, forwarded, codes):  # A19
    assert await answers(**{"X-Forwarded-For": forwarded}) == codes


@in_mode("enforce")
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"])
async def test_enforced_without_a_proxy_no_header_makes_an_address(answers, name):
    assert await answers(**{name: f"for={KNOWN}" if name == "Forwarded" else KNOWN}) == REFUSED


@in_mode("enforce", PAYME_ALLOWED_NETWORKS="127.0.0.0/8", CLICK_ALLOWED_NETWORKS="127.0.0.0/8")
async def test_enforced_without_a_proxy_the_callers_own_address_counts(answers):
    assert await answers() == SERVED


@in_mode("enforce", **PROXY)
async def test_what_is_refused_changes_nothing_and_is_journaled(answers, shop, journal_rows):
    await answers(**{"X-Forwarded-For": UNLISTED})
    assert await shop.states() == [(None, "awaiting")]
    refusals = [(row.interface, row.code, row.remote) for row in await journal_rows(3) if row.interface != "api"]
    assert sorted(refusals) == [("click", "-8", UNLISTED), ("payme", "-32504", UNLISTED)]


@in_mode("log", **PROXY)
async def test_a_list_in_log_mode_serves_all_and_logs_each_address_once(answers, caplog):  # A20
    for _ in range(3):
        assert await answers(**{"X-Forwarded-For": UNLISTED}) == SERVED
    records = logged(caplog.records, "address not in the allowed networks")
    for interface in ("payme", "click"):
        assert records.count({"interface": interface, "shop": "main", "remote": UNLISTED}) == 1
    assert len(records) == 2
    assert SETTINGS["PAYME_KEY"] not in caplog.text


@in_mode("log", **PROXY, RATE_LIMIT_FAILURES="1/day")
async def test_a_list_in_log_mode_keeps_every_call_in_the_journal(answers, journal_rows):
    for _ in range(3):
        await answers(**{"X-Forwarded-For": UNLISTED})
    assert len([row for row in await journal_rows(9) if row.interface != "api"]) == 6


@in_mode("log", **PROXY)
async def test_a_listed_address_is_not_logged(answers, caplog):
    assert await answers(**{"X-Forwarded-For": KNOWN}) == SERVED
    assert "allowed networks" not in caplog.text


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("off", marks=in_mode("off", **PROXY), id="off"),
        pytest.param(None, marks=in_mode(None, **PROXY), id="no mode"),
    ],
)
async def test_a_list_that_is_off_is_not_looked_at(answers, caplog, mode):  # A20
    assert await answers(**{"X-Forwarded-For": UNLISTED}) == SERVED
    assert "allowed networks" not in caplog.text


@in_mode("enforce", **PROXY, RATE_LIMIT_FAILURES="2/day")
async def test_an_unlisted_caller_with_good_keys_is_refused_alike_however_often(answers, metrics):
    assert [await answers(**{"X-Forwarded-For": UNLISTED}) for _ in range(4)] == [REFUSED] * 4
    now = await metrics()
    assert (
        now["tiyin_failed_auth_not_recorded_total", "payme"],
        now["tiyin_failed_auth_not_recorded_total", "click"],
    ) == (2, 2)
    assert await answers(**{"X-Forwarded-For": KNOWN}) == SERVED
