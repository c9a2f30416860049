"""The least that a server in Python can do: aiohttp on uvloop takes a JSON call and gives it back."""

import asyncio
import sys

import uvloop
from aiohttp import web


async def echo(request: web.Request) -> web.Response:
    call = await request.json()
    return web.json_response({"jsonrpc": "2.0", "id": call["id"], "result": call["params"]})


async def serve(port: int) -> None:
    app = web.Application()
    app.router.add_post("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve(int(sys.argv[1])))
