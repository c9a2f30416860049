"""The same-site check: only forms of the page itself are accepted."""

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.web.same_site import comes_from_this_site

OWN = {"Host": "pay.example:8080", "Origin": "https://pay.example:8080"}


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        OWN | {"Origin": "http://pay.example:8080"},
        OWN | {"Origin": "https://PAY.example:8080"},
        OWN | {"Sec-Fetch-Site": "same-origin"},
        {"Host": "[::1]:8080", "Origin": "http://[::1]:8080"},
    ],
    ids=str,
)
def test_a_form_of_the_page_itself_is_accepted(headers):
    assert comes_from_this_site(make_mocked_request("POST", "/", headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "pay.example:8080"},
        {"Origin": "https://pay.example:8080"},
        OWN | {"Origin": ""},
        OWN | {"Origin": "null"},
        OWN | {"Origin": "pay.example:8080"},
        OWN | {"Origin": "https://pay.example"},
        OWN | {"Origin": "https://evil.example:8080"},
        OWN | {"Origin": "https://pay.example:8080.evil.example"},
        OWN | {"Origin": "https://pay.example:8080/path"},
        OWN | {"Origin": "https://user@pay.example:8080"},
        OWN | {"Origin": "file://pay.example:8080"},
        OWN | {"Origin": "https://[pay.example:8080"},
        {"Host": "", "Origin": ""},
        {"Host": "", "Origin": "https://"},
        OWN | {"Sec-Fetch-Site": "same-site"},
        OWN | {"Sec-Fetch-Site": "cross-site"},
        OWN | {"Sec-Fetch-Site": "none"},
        OWN | {"Sec-Fetch-Site": ""},
        {"Host": "pay.example:8080", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_any_other_form_is_refused(headers):
    assert not comes_from_this_site(make_mocked_request("POST", "/", headers=headers))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_every_unsafe_method_is_checked_before_its_handler(client, method):
    async with client.request(method, "/example/change", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
        assert "refused" in await response.text()
    own = str(client.make_url("/")).rstrip("/")
    async with client.request(method, "/example/change", headers={"Origin": own}) as response:
        assert (response.status, await response.text()) == (200, "changed")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_what_changes_nothing_may_come_from_anywhere(client, method):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    async with client.request(method, "/example/change", headers=headers) as response:
        assert response.status == 200
