"""Serves the files in the static folders of the kit and of a page, each under the digest of its content.

A browser keeps a file for ever and asks anew only when its content, and so its address, has changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import Final

from aiohttp import hdrs, web

CONTENT_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""What is served; licences and notes for people lie in the same folders and are not."""

DIGEST_HEX_DIGITS: Final = 16
"""64 bits tell versions of one file apart; nobody is kept out by them."""

FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    name: str
    content: bytes
    content_type: str

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()[:DIGEST_HEX_DIGITS]


def setup(app: web.Application, prefix: str, *packages: str) -> Callable[[str], str]:
    """Add the route and return what makes a file's address of its name."""
    by_address: dict[tuple[str, str], StaticFile] = {}
    links: dict[str, str] = {}
    for package in packages:
        for file in _read(package):
            if file.name in links:
                raise ValueError(f"two packages have a static file {file.name}")
            by_address[file.digest, file.name] = file
            links[file.name] = f"{prefix}/static/{file.digest}/{file.name}"

    async def serve(request: web.Request) -> web.Response:
        """An unknown digest is not found: what is served instead would be kept for ever under a wrong address."""
        file = by_address.get((request.match_info["digest"], request.match_info["name"]))
        if file is None:
            raise web.HTTPNotFound
        headers = {hdrs.CACHE_CONTROL: FOR_EVER}
        return web.Response(body=file.content, content_type=file.content_type, charset="utf-8", headers=headers)

    app.router.add_get("/static/{digest}/{name}", serve)
    return links.__getitem__


def _read(package: str) -> Iterator[StaticFile]:
    folder = files(package).joinpath("static")
    for entry in folder.iterdir() if folder.is_dir() else ():
        if content_type := CONTENT_TYPES.get(PurePath(entry.name).suffix):
            yield StaticFile(entry.name, entry.read_bytes(), content_type)
