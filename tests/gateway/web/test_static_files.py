"""Static files: each at an address that its content makes."""

import hashlib
import re
from importlib.resources import files

import pytest
from aiohttp import web

from gateway.web import static_files
from gateway.web.application import KIT
from tests.gateway.web.conftest import EXAMPLE


async def links(client) -> list[str]:
    async with client.get("/example") as response:
        return re.findall(r'(?:href|src)="(/example/static/[^"]+)"', await response.text())


async def test_a_page_s_files_are_served_for_ever_under_their_digest(client):
    addresses = await links(client)
    assert {address.rpartition("/")[2] for address in addresses} == {
        "frame.css",
        "example.css",
        "htmx.min.js",
        "icon.svg",
    }
    for address in addresses:
        async with client.get(address) as response:
            content = await response.read()
            assert (response.status, response.charset) == (200, "utf-8")
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        digest, name = address.split("/")[-2:]
        assert hashlib.sha256(content).hexdigest().startswith(digest)
        assert len(digest) == 16
        assert content == files(EXAMPLE if name == "example.css" else KIT).joinpath("static", name).read_bytes()


@pytest.mark.parametrize(
    ("suffix", "content_type"), [("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml")]
)
async def test_each_kind_has_its_type(client, suffix, content_type):
    address = next(address for address in await links(client) if address.endswith(suffix))
    async with client.get(address) as response:
        assert response.content_type == content_type


async def test_another_digest_or_name_is_not_found(client):
    address = next(address for address in await links(client) if address.endswith("frame.css"))
    digest = address.split("/")[-2]
    for other in (
        f"/example/static/{'0' * 16}/frame.css",
        f"/example/static/{digest[:-1]}/frame.css",
        f"/example/static/{digest}0/frame.css",
        f"/example/static/{digest.upper()}x/frame.css",
        f"/example/static/{digest}/icon.svg",
        f"/example/static/{digest}/../frame.css",
        f"/example/static/{digest}/..%2fframe.css",
        f"/example/static/{digest}/README.md",
        f"/example/static/{digest}/",
        "/example/static/frame.css",
        "/example/static/",
    ):
        async with client.get(other) as response:
            assert response.status == 404, other
            assert response.headers["Cache-Control"] == "no-store"


def test_only_the_kinds_that_browsers_need_are_served():
    link = static_files.setup(web.Application(), "/p", EXAMPLE)
    assert re.fullmatch(r"/p/static/[0-9a-f]{16}/example\.css", link("example.css"))
    with pytest.raises(KeyError):
        link("README.md")


def test_two_files_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"example\.css"):
        static_files.setup(web.Application(), "/p", EXAMPLE, EXAMPLE)
