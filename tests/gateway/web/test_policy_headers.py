"""The policy headers: on every answer, and stronger than any handler."""

import pytest

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/example", 200),
        ("HEAD", "/example", 200),
        ("POST", "/example", 405),
        ("GET", "/example/change", 200),
        ("POST", "/example/change", 403),
        ("GET", "/example/nothing", 404),
        ("POST", "/example/nothing", 404),
        ("GET", "/example/static/0123456789abcdef/frame.css", 404),
    ],
)
async def test_every_answer_has_the_policy(client, method, path, status):
    async with client.request(method, path) as response:
        assert response.status == status
        assert {name: response.headers.getall(name) for name in POLICY} == {name: [POLICY[name]] for name in POLICY}
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.filterwarnings("ignore")
async def test_a_handler_s_failure_has_it_too(client):
    async with client.get("/example/fail") as response:
        assert (response.status, response.headers["Content-Security-Policy"]) == (
            500,
            POLICY["Content-Security-Policy"],
        )
        assert "on purpose" not in await response.text()
