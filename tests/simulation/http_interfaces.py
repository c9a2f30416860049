"""A history's calls go to a gateway's interfaces; each answer must be what the protocol says for the outcome.

The codes stand here again, from the protocols, so that an interface's own catalogue is tested with everything else.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import aiohttp

from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.simulation import calls
from tests.simulation.calls import KEPT, Call, Facts, OrderFacts, Outcome
from tests.simulation.model_state import RELEASED
from tests.simulation.payers import FAILED
from tests.simulation.wire_terms import read, written

BROKEN = (aiohttp.ClientError, ConnectionError, TimeoutError)
TRY_AGAIN = {"payme": -32400, "click": -7, "shop": 503}

PAYME_ERRORS = {
    "order_not_found": -31050,
    "order_paid": -31051,
    "order_cancelled": -31051,
    "order_refunded": -31051,
    "order_expired": -31052,
    "order_busy": -31053,
    "order_delivered": -31007,
    "wrong_amount": -31001,
    "payment_not_found": -31003,
}
"""Everything else: -31008."""

CLICK_ERRORS = {
    "order_not_found": -5,
    "payment_not_found": -6,
    "wrong_amount": -2,
    "payment_paid": -4,
    "payment_reversed": -4,
}
"""Everything else: -9."""

SHOP_STATUS = {
    **{"ok": 200, "repeat": 200, "order_not_found": 404, "payment_not_found": 404},
    **{"key_reused": 422, "invalid": 422},
}
"""Everything else: 409."""

STATES = {"pending": 1, "paid": 2, "cancelled": -1, "reversed": -2}
UNKNOWN_ID = 2_000_000_000


class HttpInterfaces:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.payme = Payme(http, f"{url}/payment/callback/payme", SETTINGS["PAYME_KEY"])
        service, secret = int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"]
        self.click = Click(http, f"{url}/payment/callback/click", service, secret)
        self.shop = Shop(http, url, SETTINGS["API_TOKEN"], None)  # type: ignore[arg-type] # it reads no rows

    async def send(self, call: Call, ids: Mapping[tuple[str, str], int]) -> Any:
        """The answer in the interface's own words; None: unknown."""
        try:
            answer = await self._send(call, ids)
        except BROKEN:
            return None
        word = answer["error"] if party_of(call) == "click" else answer[0] if party_of(call) == "shop" else answer
        return None if word == TRY_AGAIN[party_of(call)] else answer

    async def _send(self, call: Call, ids: Mapping[tuple[str, str], int]) -> Any:
        match call:
            case calls.Checks(account, amount):
                return await self.payme.checks(account, amount)
            case calls.Creates(name, account, amount, opened_at):
                return await self.payme.creates(name, to_ms(opened_at), account, amount)
            case calls.Performs(name):
                return await self.payme.performs(name)
            case calls.Cancels(name, reason):
                return await self.payme.cancels(name, reason)
            case calls.LooksAt(name):
                return await self.payme.looks_at(name)
            case calls.Fiscalises(name, kind, status):
                receipt = {"id": name, "fiscal_data": {"receipt_id": 1, "status_code": status}}
                return await self.payme.says("SetFiscalData", **receipt, **({} if kind is None else {"type": kind}))
            case calls.Prepares(number, account, amount, paydoc, declined):
                numbers = {"click_trans_id": number, "click_paydoc_id": paydoc or 0, "error": FAILED if declined else 0}
                return await self.click.prepares(account, soum(amount), **numbers)
            case calls.Completes() | calls.Fails():
                number = "" if call.prepared == calls.NO_ID else ids.get(("click", call.prepared or ""), UNKNOWN_ID)
                numbers = {"click_trans_id": call.number, "click_paydoc_id": call.paydoc or 0}
                if isinstance(call, calls.Fails):
                    return await self.click.completes(number, call.account, error=call.error, **numbers)
                return await self.click.completes(number, call.account, soum(call.amount), **numbers)
        assert isinstance(call, calls.ShopCall)
        method, path, body = _shop_call(call, ids)
        key = getattr(call, "key", None)
        headers = {"Idempotency-Key": key} if key else None
        answer = await self.shop.calls(method, f"/api/v1/orders{path}", json=body, headers=headers)
        return answer.status, answer.body


def _shop_call(call: calls.ShopCall, ids: Mapping[tuple[str, str], int]) -> tuple[str, str, Any]:
    """Its method, its path and its body. What a call does not ask for is left out."""
    path = f"/{call.account}"
    match call:
        case calls.Opens(account, one_time, amount, expires_at, _, strict):
            order = {"account": account, "kind": "one_time" if one_time else "accumulative"}
            order |= {"amount": amount} if one_time else {}
            order |= {"expires_at": expires_at.isoformat()} if expires_at else {}
            return "POST", "", order | ({"strict_expiry": True} if strict else {})
        case calls.Amends(_, changes):
            body = written(changes)
            if body.get("expires_at") is not None:
                body["expires_at"] = body["expires_at"].isoformat()
            return "PATCH", path, body
        case calls.Reopens(_, expires_at):
            until = expires_at if expires_at is None or isinstance(expires_at, str) else expires_at.isoformat()
            return "POST", f"{path}/reopen", {} if until == KEPT else {"expires_at": until}
        case calls.Releases(_, payment):
            body = None if payment is None else {"payment": ids.get(payment, UNKNOWN_ID)}
            return "POST", f"{path}/release", body
        case calls.Closes(_, release):
            return "POST", f"{path}/cancel", {"release": True} if release else None
        case calls.Delivers():
            return "POST", f"{path}/deliver", None


def soum(amount: int) -> str:
    return str(Decimal(amount) / 100)


def party_of(call: Call) -> str:
    if isinstance(call, calls.PaymeCall):
        return "payme"
    return "click" if isinstance(call, calls.ClickCall) else "shop"


def fits(call: Call, outcome: Outcome, answer: Any, ids: Mapping[tuple[str, str], int]) -> bool:
    """Whether the answer is right for the outcome; an id that was never answered before may be any."""
    match call:
        case calls.Checks():
            return _allows(answer, call.amount) if outcome.done else bool(answer == PAYME_ERRORS[outcome.word])
        case calls.Prepares() | calls.Completes() | calls.Fails():
            return _fits_click(call, outcome, answer, ids)
    if isinstance(call, calls.ShopCall):
        return _fits_shop(call, outcome, answer)
    return _fits_payme(call, outcome, answer, ids)


def ids_in(outcome: Outcome, answer: Any) -> dict[tuple[str, str], int]:
    """Our ids of payments, as the answer has them."""
    match outcome.facts, answer:
        case Facts(provider, name), {"transaction": number} | {"merchant_prepare_id": number}:
            return {(provider, name): int(number)}
        case OrderFacts(), (_, {"payments": payments}):
            return {(payment["provider"], payment["external_id"]): payment["id"] for payment in payments}
    return {}


def _allows(answer: Any, amount: int) -> bool:
    """With the receipt's lines, if the order has any: they come to what the payer will pay, however it was amended."""
    match answer:
        case {"allow": True, "detail": {"items": items, **more}}:
            prices = [item["price"] * item["count"] - item.get("discount", 0) for item in items]
            return bool(sum(prices) + more.get("shipping", {"price": 0})["price"] == amount)
    return bool(answer == {"allow": True})


def _fits_payme(call: Call, outcome: Outcome, answer: Any, ids: Mapping[tuple[str, str], int]) -> bool:
    if not outcome.done:
        if isinstance(call, calls.Fiscalises) and outcome.word == "payment_not_found":
            return bool(answer == -32001)
        return bool(answer == PAYME_ERRORS.get(outcome.word, -31008))
    if isinstance(call, calls.Fiscalises):
        return bool(answer == {"success": True})
    facts = outcome.facts
    if not isinstance(facts, Facts) or not isinstance(answer, dict):
        return False
    number = str(ids.get((facts.provider, facts.name), answer.get("transaction")))
    common = {"transaction": number, "state": STATES[facts.state]}
    created, performed, cancelled = (ms(at) for at in (facts.created_at, facts.performed_at, facts.cancelled_at))
    match call:
        case calls.Creates():
            return answer == common | {"create_time": created, "receivers": None}
        case calls.Performs():
            return answer == common | {"perform_time": performed}
        case calls.Cancels():
            return answer == common | {"cancel_time": cancelled}
    times = {"create_time": created, "perform_time": performed, "cancel_time": cancelled}
    return answer == common | times | {"reason": payme_reason(facts.reason)}


def _fits_click(call: Call, outcome: Outcome, answer: Any, ids: Mapping[tuple[str, str], int]) -> bool:
    match call, outcome.word:
        case calls.Fails(error=-1), "payment_paid" | "payment_reversed":
            code = -4
        case calls.Fails(), _:
            code = -9
        case calls.Completes(), "repeat":
            code = -4
        case _, "ok" | "repeat":
            code = 0
        case _, word:
            code = CLICK_ERRORS.get(word, -9)
    if answer["error"] != code:
        return False
    if not isinstance(outcome.facts, Facts):
        return True
    known = ids.get(("click", outcome.facts.name), answer["merchant_prepare_id"])
    confirmed = known if outcome.facts.state == "paid" else 0
    return (answer["merchant_prepare_id"], answer["merchant_confirm_id"]) == (known, confirmed)


def _fits_shop(call: Call, outcome: Outcome, answer: tuple[int, Any]) -> bool:
    if outcome.word == "replayed":
        return _fits_shop(call, outcome.first, answer)
    status, body = answer
    is_new = isinstance(call, calls.Opens) and outcome.word == "ok"
    wanted = 201 if is_new else SHOP_STATUS.get(outcome.word, 409)
    if status != wanted:
        return False
    if status >= 400:
        return bool(body["type"] == f"urn:problem-type:tiyin:{outcome.word}")
    return not isinstance(outcome.facts, OrderFacts) or order_facts(body) == outcome.facts


def order_facts(body: Mapping[str, Any]) -> OrderFacts:
    """What the shop sees of an order."""
    payments = tuple(sorted(_facts(payment) for payment in body["payments"]))
    has_links = any(body["links"].values())
    return OrderFacts(body["state"], payments, read(body, moment(body["expires_at"])), has_links)


def _facts(payment: Mapping[str, Any]) -> Facts:
    words = [payment[name] for name in ("provider", "external_id", "amount", "state")]
    times = [moment(payment[name]) for name in ("created_at", "performed_at", "cancelled_at")]
    return Facts(*words, *times, payment["reason"])


def payme_reason(reason: int | None) -> int | None:
    """Payme has no number for what its payer's shop did: that is an error of no known kind."""
    return 10 if reason == RELEASED else reason


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def ms(at: datetime | None) -> int:
    return 0 if at is None else to_ms(at)
