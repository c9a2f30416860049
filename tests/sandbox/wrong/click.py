"""Click's interface of the deliberately wrong gateway: forms in, six fields out (Click, "SHOP API")."""

import hashlib
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from tests.sandbox.wrong.click_methods import Methods, Verdict
from tests.sandbox.wrong.errors import Crash
from tests.sandbox.wrong.store import Payment, Store

SIGNED: Final = ("merchant_trans_id", "merchant_prepare_id", "amount", "action", "sign_time")
FIELDS: Final = frozenset(
    {*SIGNED, "click_trans_id", "service_id", "click_paydoc_id", "error", "error_note", "sign_string"}
)
NOTES: Final = (
    "Success",
    "SIGN CHECK FAILED!",
    "Incorrect parameter amount",
    "Action not found",
    "Already paid",
    "User does not exist",
    "Transaction does not exist",
    "Failed to update user",
    "Error in request from click",
    "Transaction cancelled",
)
A_DAY: Final = 86_400


class Click:
    def __init__(self, store: Store, service_id: int, secret: str, wrong: Callable[[str], bool]) -> None:
        self.service_id, self.secret, self.wrong = str(service_id), secret, wrong
        self.methods = Methods(store, wrong)

    async def handle(self, request: web.Request) -> web.Response:
        try:
            if self.wrong("slash_redirects") and request.path.endswith("/"):
                raise Crash(301)
            form = self._form(await request.read())
            verdict = await self._verdict(form, request.path)
            return web.json_response(self._told(form or {}, verdict))
        except Crash as crash:
            headers = {"Location": request.path.rstrip("/")} if crash.status == 301 else {}
            return web.Response(status=crash.status, text="failed", headers=headers)

    async def _verdict(self, form: Mapping[str, str] | None, path: str) -> Verdict:
        """Shape, signature, action, service, numbers; then the store."""
        missing = self._missing(form)
        if missing or form is None:
            return Verdict(missing)
        action = self._action(form, path)
        failed = action == "1" and form["error"].startswith("-")
        if failed and self.wrong("cancelled_unsigned"):
            return self.methods.failure(form)
        if not self._is_signed(form):
            return Verdict(-7 if self.wrong("bad_signature_is_7") else -1)
        if action not in ("0", "1"):
            return Verdict(-3)
        positive = action == "1" and _is_number(form["error"]) and int(form["error"]) > 0
        if positive and not self.wrong("positive_pays"):
            return Verdict(-8)
        if not _is_number(form["error"]) or (form["service_id"] != self.service_id and not self.wrong("any_service")):
            return Verdict(-8)
        if not _is_number(form["click_trans_id"]):
            if self.wrong("paydoc_crashes"):
                raise Crash
            return Verdict(-8)
        if failed:
            return self.methods.failure(form)
        return await (self.methods.complete(form) if action == "1" else self.methods.prepare(form))

    def _form(self, body: bytes) -> Mapping[str, str] | None:
        """Strict on Click's own fields but the note, and on nothing else."""
        try:
            pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=64, encoding="latin-1")
            form = {name: self._text(name, text) for name, text in pairs}
        except ValueError:
            return None
        names = [name for name, _ in pairs if name in FIELDS or self.wrong("repeat_refused")]
        twice = len(set(names)) < len(names) and not self.wrong("first_of_two")
        return form if not twice and len(body) <= 64 * 1024 else None

    def _text(self, name: str, text: str) -> str:
        strict = name in FIELDS - {"error_note", "click_paydoc_id"} or self.wrong("utf_8_everywhere")
        return text.encode("latin-1").decode(errors="strict" if strict else "replace")

    def _missing(self, form: Mapping[str, str] | None) -> int:
        """The error of a form that is none of Click's; 0 if it is one."""
        needed = FIELDS - {"merchant_prepare_id"} if form is None or form.get("action") != "1" else FIELDS
        if form is None or not form.keys() >= needed:
            if self.wrong("missing_400"):
                raise Crash(400)
            return -1 if self.wrong("missing_is_1") else -8
        extra = bool(form.keys() - FIELDS) and self.wrong("extra_refused")
        return -8 if extra or (self.wrong("note_required") and not form["error_note"]) else 0

    def _action(self, form: Mapping[str, str], path: str) -> str:
        action = form["action"]
        if self.wrong("action_by_path"):
            return {"prepare": "0", "complete": "1"}.get(path.rstrip("/").rpartition("/")[2], action)
        return "0" if action not in ("0", "1") and self.wrong("any_action") else action

    def _is_signed(self, form: Mapping[str, str]) -> bool:
        if self.wrong("unsigned") or (self.wrong("unsigned_complete") and form["action"] == "1"):
            return True
        if self.wrong("fresh_only") and abs(time.time() - _seconds(form["sign_time"])) > A_DAY:
            return False
        given = form["sign_string"] if self.wrong("upper_case_refused") else form["sign_string"].lower()
        return given == self._signature(form)

    def _signature(self, form: Mapping[str, str]) -> str:
        texts = {name: form.get(name, "") for name in SIGNED}
        if form["action"] != "1" and not self.wrong("signed_with_prepare_id"):
            texts["merchant_prepare_id"] = ""
        elif form["action"] != "1":
            texts["merchant_prepare_id"] = texts["merchant_prepare_id"] or "0"
        if self.wrong("amount_reprinted"):
            texts["amount"] = _printed(texts["amount"])
        whole = form["click_trans_id"] + form["service_id"] + self.secret + "".join(texts.values())
        return hashlib.md5(whole.encode(errors="replace"), usedforsecurity=False).hexdigest()

    def _told(self, form: Mapping[str, str], verdict: Verdict) -> dict[str, Any]:
        error, note = verdict.error, NOTES[-verdict.error]
        if error and self.wrong("two_fields"):
            return {"error": error, "error_note": note}
        as_number = self.wrong("account_as_number") and len(form.get("merchant_trans_id", "")) < 19
        account, number = form.get("merchant_trans_id", ""), form.get("click_trans_id", "")
        return {
            "click_trans_id": int(number) if _is_number(number) and not self.wrong("trans_id_lost") else 0,
            "merchant_trans_id": int(account) if account.isdigit() and as_number else account,
            "merchant_prepare_id": self.methods.attempts.number(verdict.payment) if verdict.payment else 0,
            "merchant_confirm_id": self._confirm_id(verdict.payment),
            "error": error,
            "error_note": note,
        }

    def _confirm_id(self, payment: Payment | None) -> int | None:
        if payment is not None and payment.state == 2:
            return payment.number
        return None if self.wrong("confirm_id_null") else 0


def _is_number(text: str) -> bool:
    """A 64-bit integer."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 19 and -(2**63) <= int(text) < 2**63


def _printed(amount: str) -> str:
    try:
        return f"{Decimal(amount):f}".removesuffix(".00")
    except InvalidOperation:
        return amount


def _seconds(sign_time: str) -> float:
    try:
        return time.mktime(time.strptime(sign_time, "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return 0
