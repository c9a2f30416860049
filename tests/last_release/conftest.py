"""The later release's shop, its software and its providers, among the rows that it has left."""

from datetime import timedelta

import pytest

from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.last_release.database import LATER_SERVICE_ID, LATER_SHOP, ROWS_FILE, run_script
from tests.last_release.rows import Rows

TOKEN, PAYME_KEY = "later-release-token-0123456789-abcdefgh", "later-release-payme-key-0123456789"
CLICK_SECRET = "later-release-click-secret"


@pytest.fixture
async def rows(database):
    """Of the later release's shop: nothing, unless they were there, or were put there just now."""
    if not ROWS_FILE:
        async with database.connect() as connection:
            await run_script(connection, Rows().sql())


@pytest.fixture
async def later_shop(rows, database, clock, gateway, http):
    """Its software, a minute after the last of what its rows tell."""
    shop = Shop(http, str(gateway.make_url("/")), TOKEN, database)
    ((newest,),) = await shop.reads(f"SELECT max(changed_at) FROM orders WHERE shop = '{LATER_SHOP}'")
    clock.stands_at(newest + timedelta(minutes=1))
    return shop


@pytest.fixture
def later_payme(later_shop, gateway, http):
    return Payme(http, str(gateway.make_url(f"/payment/callback/payme/{LATER_SHOP}")), PAYME_KEY)


@pytest.fixture
def later_click(later_shop, gateway, http):
    return Click(http, gateway.make_url(f"/payment/callback/click/{LATER_SHOP}"), LATER_SERVICE_ID, CLICK_SECRET)
