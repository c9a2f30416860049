"""What the tests of Payme's interface begin with."""

import pytest

from schema.values import to_ms
from tests.actors.payme import OK


@pytest.fixture
def now(clock):
    """The moment at which the test begins, as Payme says it."""
    return to_ms(clock.now())


@pytest.fixture
async def order(shop):
    """An order that waits to be paid, by its account."""
    await shop.opens("1001", amount=OK)
    return "1001"
