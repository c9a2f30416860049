"""Secrets are changed while honest calls come in, and none of them is refused."""

from itertools import pairwise

import pytest

from click_http.service import Service
from click_http.signature import is_signed, signature
from click_http.wire import Form
from gateway.app import build_app
from gateway.config.settings import SettingsError, load
from inbound.allow_list import AllowList
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.conftest import SETTINGS, Served
from tests.ports import unused_port

OLD = {name: SETTINGS[name] for name in ("PAYME_KEY", "CLICK_SECRET_KEY", "API_TOKEN")}
NEW = {name: f"{secret}-and-newer" for name, secret in OLD.items()}
BOTH = NEW | {f"{name}_PREVIOUS": secret for name, secret in OLD.items()}


@pytest.fixture
async def calling(http, database, database_url, clock):
    """What a gateway with these secrets answers to the three parties when they use those."""

    async def answers(configured, used):
        server = Served(
            await build_app(load(SETTINGS | configured), database_url, clock, clock.of_database), port=unused_port()
        )
        async with server:
            shop = Shop(http, str(server.make_url("/")), used["API_TOKEN"], database)
            payme = Payme(http, str(server.make_url("/payment/callback/payme")), used["PAYME_KEY"])
            click = Click(http, server.make_url("/payment/callback/click"), 54321, used["CLICK_SECRET_KEY"])
            listed = (await shop.calls("GET", "/api/v1/orders")).status
            return await payme.looks_at("5f3a"), (await click.prepares("1001"))["error"], listed

    return answers


GOOD, REFUSED = (-31003, -5, 200), (-32504, -1, 401)


async def test_every_secret_is_changed_without_a_refusal(calling):
    steps = [(OLD, OLD), (BOTH, OLD), (BOTH, NEW), (NEW, NEW)]
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in pairwise(steps))  # one side at a time
    assert [await calling(configured, used) for configured, used in steps] == [GOOD] * 4


async def test_what_was_taken_out_opens_nothing(calling):
    assert await calling(NEW, OLD) == REFUSED


@pytest.mark.parametrize("name", OLD)
def test_the_one_before_must_be_another(name):
    with pytest.raises(SettingsError) as refused:
        load(SETTINGS | {f"{name}_PREVIOUS": SETTINGS[name]})
    assert refused.value.sentences == (f"{name} and {name}_PREVIOUS are the same",)


@pytest.mark.parametrize("name", OLD)
def test_the_one_before_is_judged_like_the_one_in_use(name):
    with pytest.raises(SettingsError) as refused:
        load(SETTINGS | {f"{name}_PREVIOUS": "short"})
    assert [sentence.split(" is ")[0] for sentence in refused.value.sentences] == [f"{name}_PREVIOUS"]


def test_an_empty_key_of_click_is_none():
    service = Service("main", 1, None, "", None, playground=False, allow_list=AllowList(), previous_key="")
    form = Form(**dict.fromkeys(Form.__dataclass_fields__, "1"))
    unsigned = Form(**dict.fromkeys(Form.__dataclass_fields__, "1") | {"sign_string": signature(form, "")})
    assert is_signed(unsigned, "")
    assert not is_signed(unsigned, *service.accepted_keys)
