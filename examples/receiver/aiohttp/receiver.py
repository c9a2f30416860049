"""An aiohttp shop hears of its payments: it verifies tiyin's webhooks and activates each paid order once.

    WEBHOOK_SECRET=whsec_… python receiver.py

It is sent to at http://127.0.0.1:8090/webhooks/tiyin.
"""

import asyncio
import os
import sqlite3
from contextlib import closing
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(os.environ["WEBHOOK_SECRET"])
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
TABLES = """
CREATE TABLE IF NOT EXISTS received_events (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (account TEXT PRIMARY KEY, state TEXT DEFAULT 'awaiting', version INTEGER DEFAULT 0,
    activations INTEGER DEFAULT 0);
"""


async def receive(request: web.Request) -> web.Response:
    try:  # the library raises ValueError where a header is not even in its form
        event = WEBHOOK.verify(await request.read(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return web.Response(status=401)
    await asyncio.to_thread(record, request.headers["webhook-id"], event)
    return web.Response(status=204)  # after COMMIT: what fails before it is answered 500, and sent again


def record(event_id: str, event: dict[str, Any]) -> None:
    """In one transaction: that the event was received, and what the shop does about it."""
    with closing(sqlite3.connect(DATABASE, isolation_level="IMMEDIATE")) as db, db:
        new = db.execute("INSERT INTO received_events VALUES (?) ON CONFLICT DO NOTHING", [event_id]).rowcount
        if new and not event["test"] and "order" in event["data"]:
            update(db, event["data"]["order"])


def update(db: sqlite3.Connection, order: dict[str, Any]) -> None:
    """The shop's own three lines. On PostgreSQL the SELECT ends with FOR UPDATE; here the INSERT has locked already."""
    older = "SELECT state FROM orders WHERE account = :account AND version < :version"
    if known := db.execute(older, order).fetchone():
        db.execute("UPDATE orders SET state = :state, version = :version WHERE account = :account", order)
        if order["state"] == "paid" and known[0] != "paid":
            db.execute("UPDATE orders SET activations = activations + 1 WHERE account = :account", order)


if __name__ == "__main__":
    with closing(sqlite3.connect(DATABASE)) as db:
        db.executescript(TABLES)
    app = web.Application()
    app.add_routes([web.post("/webhooks/tiyin", receive)])
    web.run_app(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8090")))
