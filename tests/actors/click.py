"""Click, as the gateway sees it: posts signed forms, and holds every answer against the protocol's own rules."""

import hashlib
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from aiohttp import ClientSession
from yarl import URL

from tests.leaks import LEAKS

NOTES: Final = {
    0: "Success",
    -1: "SIGN CHECK FAILED!",
    -2: "Incorrect parameter amount",
    -3: "Action not found",
    -4: "Already paid",
    -5: "User does not exist",
    -6: "Transaction does not exist",
    -7: "Failed to update user",
    -8: "Error in request from click",
    -9: "Transaction cancelled",
}
NUMBERS: Final = ("click_trans_id", "merchant_prepare_id", "merchant_confirm_id", "error")

_fresh = count(3_650_011_223)  # already beyond 2^31, as Click's are


class Click:
    def __init__(self, http: ClientSession, url: URL | str, service_id: int, secret: str) -> None:
        """`url`: where both of Click's calls go."""
        self.http, self.url, self.service_id, self.secret = http, str(url), service_id, secret
        self._prepared: dict[str, dict[str, str]] = {}
        """Click's own ids of the attempt that a prepare id was given for."""

    def at(self, url: URL | str) -> "Click":
        """The same Click at another address: it knows what it has prepared here."""
        other = Click(self.http, url, self.service_id, self.secret)
        other._prepared = self._prepared
        return other

    async def prepares(self, account: str, amount: str = "500", **overrides: Any) -> dict[str, Any]:
        """Asks whether the order may be paid. `overrides`: any field, None for one that is left out."""
        return await self.posts(self.form(account, amount, **overrides))

    def ids_of(self, prepare_id: object) -> dict[str, str]:
        """The ids under which an attempt was prepared; none of an attempt that was not."""
        return self._prepared.get(str(prepare_id), {})

    async def completes(
        self, prepare_id: object, account: str, amount: str = "500", error: int | str = 0, **overrides: Any
    ) -> dict[str, Any]:
        """Says that the card is debited, or with a negative `error` that it could not be, under the attempt's ids."""
        fields = {"action": "1", "merchant_prepare_id": prepare_id, "error": error}
        fields |= self.ids_of(prepare_id) | overrides
        return await self.posts(self.form(account, amount, **fields))

    async def pays(self, account: str, amount: str = "500", **overrides: Any) -> int:
        """Prepare and Complete, both well. Returns the prepare id."""
        prepared = await self.prepares(account, amount, **overrides)
        completed = await self.completes(prepared["merchant_prepare_id"], account, amount, **overrides)
        assert (prepared["error"], completed["error"]) == (0, 0)
        return int(prepared["merchant_prepare_id"])

    async def posts(self, form: Mapping[str, str], path: str = "", **request: Any) -> dict[str, Any]:
        """One form, as it is. `path`: what follows the callback's own."""
        async with self.http.post(self.url + path, data=form, allow_redirects=False, **request) as response:
            assert (response.status, response.content_type) == (200, "application/json")
            answer: dict[str, Any] = await response.json()
        _keeps_the_rules(form, answer)
        if form.get("action") == "0" and answer["error"] == 0:
            ids = {name: form[name] for name in ("click_trans_id", "click_paydoc_id")}
            self._prepared[str(answer["merchant_prepare_id"])] = ids
        return answer

    def form(
        self, account: str, amount: str = "500", action: str = "0", secret: str | None = None, **overrides: Any
    ) -> dict[str, str]:
        """All fields, in the order of Click's desktop test program, signed after the overrides are in."""
        number = next(_fresh)
        fields = {
            "click_trans_id": number,
            "service_id": self.service_id,
            "merchant_trans_id": account,
            "merchant_prepare_id": "",
            "amount": amount,
            "action": action,
            "error": 0,
            "error_note": "Ok",
            "sign_time": "2026-11-22 10:15:30",
            "click_paydoc_id": number - 750_000_000,
        } | overrides
        form = {name: str(value) for name, value in fields.items() if value is not None}
        signed = self.sign(form, secret)
        LEAKS.signatures.add(signed)
        return {"sign_string": signed} | form

    def sign(self, form: Mapping[str, str], secret: str | None = None) -> str:
        return signature(form, secret or self.secret)


def signature(form: Mapping[str, str], secret: str) -> str:
    """Of any texts, surrogates too, whether or not they make sense (Click, "SHOP API", signature)."""
    names = ["merchant_trans_id", "merchant_prepare_id", "amount", "action", "sign_time"]
    if form.get("action") != "1":
        names.remove("merchant_prepare_id")
    head = form.get("click_trans_id", "") + form.get("service_id", "") + secret
    text = head + "".join(form.get(name, "") for name in names)
    return hashlib.md5(text.encode("utf-8", "surrogatepass")).hexdigest()


def _keeps_the_rules(form: Mapping[str, str], answer: Mapping[str, Any]) -> None:
    """What holds for every answer, and for every answer 0 (Click, "SHOP API", response fields)."""
    assert answer.keys() == {*NUMBERS, "merchant_trans_id", "error_note"}
    assert all(type(answer[name]) is int for name in NUMBERS)
    assert answer["merchant_trans_id"] == form.get("merchant_trans_id", "")
    assert answer["error_note"] == NOTES[answer["error"]]
    if answer["error"] == 0:
        assert answer["click_trans_id"] == int(form["click_trans_id"])
        assert 0 < answer["merchant_prepare_id"] < 2**31
        assert answer["merchant_confirm_id"] == (answer["merchant_prepare_id"] if form["action"] == "1" else 0)
