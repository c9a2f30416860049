"""A shop that takes Click by itself, in memory and without a gateway: small enough to be read, right enough to pass.

    python shop.py 8081

POST /orders {"amount": "500"} opens an order and returns its account; POST /click is Click's.
"""

import hashlib
import hmac
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aiohttp import web
from multidict import MultiDictProxy

SERVICE_ID = "54321"
SECRET = "Kx7-demo-SECRET"
KEYS = {
    "click_trans_id",
    "service_id",
    "click_paydoc_id",
    "merchant_trans_id",
    "amount",
    "action",
    "error",
    "error_note",
    "sign_time",
    "sign_string",
}
NUMBER = re.compile(r"-?[0-9]{1,18}")
PAYMENT = re.compile(r"[1-9][0-9]{0,18}")
AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,8})?")


@dataclass
class Attempt:
    """One try to pay an order."""

    id: int
    account: str
    click_trans_ids: set[str]
    click_paydoc_id: str
    state: str = "prepared"
    """prepared or paid; superseded by a newer one, which a debit undoes; cancelled, for good."""

    def is_of(self, said: Mapping[str, str]) -> bool:
        """Whether the call is about this attempt's payment. A click_paydoc_id of 0 or less is no payment's number."""
        same = self.click_paydoc_id == said["click_paydoc_id"] and PAYMENT.fullmatch(self.click_paydoc_id)
        return bool(same) or said["click_trans_id"] in self.click_trans_ids


@dataclass
class Shop:
    prices: dict[str, Decimal] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)

    def open(self, amount: str) -> str:
        account = str(len(self.prices) + 1)
        self.prices[account] = Decimal(amount)
        return account

    def answer(self, said: Mapping[str, str]) -> dict[str, Any]:
        error, attempt = self.judge(said)
        number = said.get("click_trans_id", "")
        return {
            "click_trans_id": int(number) if NUMBER.fullmatch(number) else 0,
            "merchant_trans_id": said.get("merchant_trans_id", ""),
            "merchant_prepare_id": attempt.id if attempt else 0,
            "merchant_confirm_id": attempt.id if attempt and attempt.state == "paid" else 0,
            "error": error,
            "error_note": "Success" if error == 0 else "Refused",
        }

    def judge(self, said: Mapping[str, str]) -> tuple[int, Attempt | None]:
        """Click's order of checks: keys, signature, action, numbers, order, state, amount."""
        completes = said.get("action") == "1"
        if not said.keys() >= KEYS or (completes and "merchant_prepare_id" not in said):
            return -8, None
        if not hmac.compare_digest(signature(said).encode(), said["sign_string"].lower().encode()):
            return -1, None
        if said["action"] not in ("0", "1"):
            return -3, None
        numbers = (said["click_trans_id"], said["error"])
        if said["service_id"] != SERVICE_ID or not all(map(NUMBER.fullmatch, numbers)):
            return -8, None
        if completes and int(said["error"]) > 0:
            return -8, None
        failed = int(said["error"]) < 0
        if said["merchant_trans_id"] not in self.prices:
            return (-9 if completes and failed else -5), None
        if completes:
            return self.release(said) if failed else self.complete(said)
        return self.prepare(said)

    def prepare(self, said: Mapping[str, str]) -> tuple[int, Attempt | None]:
        own, paid = self.own(said), self.paid(said)
        if paid:
            return (-4 if paid.is_of(said) else -9), paid
        if own and own.state != "prepared":
            return -9, own
        if int(said["error"]) < 0:
            return self.cancel(own)
        if amount(said) != self.prices[said["merchant_trans_id"]]:
            return -2, None
        return 0, own or self.begin(said)

    def begin(self, said: Mapping[str, str]) -> Attempt:
        """The payer tries again: what an older try holds is free, unless it is the same payment."""
        for other in self.tries(said):
            if other.state == "prepared" and other.is_of(said):
                other.click_trans_ids.add(said["click_trans_id"])
                return other
            if other.state == "prepared":
                other.state = "superseded"
        number = len(self.attempts) + 1
        attempt = Attempt(number, said["merchant_trans_id"], {said["click_trans_id"]}, said["click_paydoc_id"])
        self.attempts.append(attempt)
        return attempt

    def complete(self, said: Mapping[str, str]) -> tuple[int, Attempt | None]:
        """The card is debited: after -9 Click gives the money back, so the attempt may never be paid later."""
        attempt, paid = self.find(said), self.paid(said)
        if attempt is None:
            return -6, None
        if not attempt.is_of(said):
            return -9, attempt
        if paid and paid.is_of(said):
            return -4, paid
        if paid or attempt.state == "cancelled":
            return self.cancel(attempt)
        if amount(said) != self.prices[attempt.account]:
            return (-2, attempt) if attempt.state == "prepared" else self.cancel(attempt)
        attempt.state = "paid"
        return 0, attempt

    def release(self, said: Mapping[str, str]) -> tuple[int, Attempt | None]:
        """Click could not take the money. What is paid stays paid."""
        attempt, paid = self.find(said), self.paid(said)
        if attempt and paid and (paid is attempt or paid.is_of(said)):
            return (-4 if said["error"] == "-1" else -9), attempt
        return self.cancel(attempt) if attempt and attempt.is_of(said) else (-9, attempt)

    def cancel(self, attempt: Attempt | None) -> tuple[int, Attempt | None]:
        if attempt:
            attempt.state = "cancelled"
        return -9, attempt

    def tries(self, said: Mapping[str, str]) -> list[Attempt]:
        return [each for each in self.attempts if each.account == said["merchant_trans_id"]]

    def paid(self, said: Mapping[str, str]) -> Attempt | None:
        return next((each for each in self.tries(said) if each.state == "paid"), None)

    def own(self, said: Mapping[str, str]) -> Attempt | None:
        return next((each for each in self.tries(said) if said["click_trans_id"] in each.click_trans_ids), None)

    def find(self, said: Mapping[str, str]) -> Attempt | None:
        """By the prepare id, which Click does not know where the answer to Prepare was lost."""
        if said["merchant_prepare_id"] in ("", "0"):
            return self.own(said)
        return next((each for each in self.tries(said) if str(each.id) == said["merchant_prepare_id"]), None)


def signature(said: Mapping[str, str]) -> str:
    """Of the texts as they came; the prepare id only where Click completes."""
    prepare_id = said["merchant_prepare_id"] if said["action"] == "1" else ""
    head = said["click_trans_id"] + said["service_id"] + SECRET + said["merchant_trans_id"]
    return hashlib.md5((head + prepare_id + said["amount"] + said["action"] + said["sign_time"]).encode()).hexdigest()


def amount(said: Mapping[str, str]) -> Decimal | None:
    """In so'm; None for what is no plain number."""
    return Decimal(said["amount"]) if AMOUNT.fullmatch(said["amount"]) else None


def texts(form: MultiDictProxy[Any]) -> dict[str, str]:
    """Of a field of Click's that comes twice, nobody knows which one is signed."""
    if any(len(form.getall(name, ())) > 1 for name in (*KEYS, "merchant_prepare_id")):
        raise ValueError("a field comes twice")
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def click(request: web.Request) -> web.Response:
    try:
        said = texts(await request.post())
    except ValueError:
        said = {}
    return web.json_response(request.app[SHOP].answer(said))


async def open_order(request: web.Request) -> web.Response:
    return web.Response(text=request.app[SHOP].open((await request.json())["amount"]))


SHOP = web.AppKey("shop", Shop)


def build_app() -> web.Application:
    app = web.Application()
    app[SHOP] = Shop()
    app.add_routes([web.post("/orders", open_order), web.post("/click", click), web.post("/click/", click)])
    return app


if __name__ == "__main__":
    web.run_app(build_app(), host="127.0.0.1", port=int(sys.argv[1]))
