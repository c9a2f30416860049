"""Whether an address may call, and when failed authentication is recorded."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from inbound.allow_list import AllowList, AllowListMode
from inbound.callers import NOT_RECORDED, count_failed_auth, is_allowed

LISTED, UNLISTED = "192.0.2.5", "203.0.113.9"


class Limiter:
    """Hears what it is told, and answers with so many seconds."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds
        self.calls: list[tuple[str | None, ...]] = []

    async def failed(self, interface: str, address: str | None) -> float:
        self.calls.append((interface, address))
        return self.seconds

    def pay(self, interface: str, size: int) -> bool:
        raise AssertionError("what is recorded is paid by whoever records it")

    def outside_allow_list(self, interface: str, shop: str, address: str | None, *, has_key: bool) -> None:
        self.calls.append((interface, shop, address, str(has_key)))


@pytest.mark.parametrize(
    ("mode", "address", "allowed", "noted"),
    [
        (AllowListMode.OFF, LISTED, True, False),
        (AllowListMode.OFF, UNLISTED, True, False),
        (AllowListMode.OFF, None, True, False),
        (AllowListMode.LOG, LISTED, True, False),
        (AllowListMode.LOG, UNLISTED, True, True),
        (AllowListMode.LOG, None, True, True),
        (AllowListMode.ENFORCE, LISTED, True, False),
        (AllowListMode.ENFORCE, UNLISTED, False, True),
        (AllowListMode.ENFORCE, None, False, True),
    ],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_each_mode_of_the_list(mode, address, allowed, noted, has_key):
    limiter = Limiter()
    allow_list = AllowList((ip_network("192.0.2.0/24"),), mode)
    assert is_allowed(allow_list, address, limiter, "payme", "main", has_key=has_key) is allowed
    assert limiter.calls == ([("payme", "main", address, str(has_key))] if noted else [])


@pytest.mark.parametrize("seconds", [0, 59.5])
async def test_failed_authentication_is_recorded_until_it_is_limited(seconds):
    request, limiter = make_mocked_request("POST", "/"), Limiter(seconds)
    assert await count_failed_auth(request, limiter, "click") == seconds
    assert limiter.calls == [("click", request.remote)]
    assert request.get(NOT_RECORDED, False) is (seconds > 0)
