"""Payme, as it calls a gateway."""

import base64
import itertools
import json
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

OK = 5_000_000
"""Tiyin: what an order costs where it does not matter."""


class Payme:
    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, login: str = "Paycom") -> None:
        self.http, self.url, self.key, self.login = http, url, key, login
        self._ids = itertools.count(40269)

    def with_key(self, key: str, login: str = "Paycom") -> "Payme":
        """Another caller of the same interface."""
        return Payme(self.http, self.url, key, login)

    async def says(self, method: str, **params: Any) -> Any:
        """The result, or the code of the error."""
        answer = await self.answers(method, **params)
        return answer["result"] if "result" in answer else answer["error"]["code"]

    async def says_twice(self, method: str, **params: Any) -> Any:
        """As after a lost answer: the second answer must equal the first."""
        first, second = await self.says(method, **params), await self.says(method, **params)
        assert second == first
        return first

    async def answers(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole envelope. `from_` stands for `from`, which Python keeps for itself."""
        params = {name.rstrip("_"): value for name, value in params.items()}
        call = {"method": method, "params": params, "id": next(self._ids)}
        return await self.calls(call)

    async def calls(self, call: Any) -> dict[str, Any]:
        """The whole envelope, checked to be one: HTTP 200, JSON, the call's id, a result or an error."""
        async with self.http.post(self.url, json=call, headers=self.credentials) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200
            assert response.headers["Content-Type"] == "application/json; charset=UTF-8"
        assert answer["jsonrpc"] == "2.0"
        assert answer["id"] == call.get("id")
        assert ("result" in answer) != ("error" in answer)
        assert answer.keys() <= {"jsonrpc", "id", "result", "error"}
        return answer

    async def sends(
        self,
        body: bytes | str,
        headers: Mapping[str, str] | None = None,
        *,
        auth: bool = True,
        verb: str = "POST",
        path: str = "",
    ) -> dict[str, Any]:
        """Anything at all; the answer must still be HTTP 200, JSON, and an envelope."""
        status, got, text = await self.exchanges(body, headers, auth=auth, verb=verb, path=path)
        assert (status, got["Content-Type"]) == (200, "application/json; charset=UTF-8")
        answer: dict[str, Any] = json.loads(text)
        assert ("result" in answer) != ("error" in answer)
        return answer

    async def exchanges(
        self,
        body: bytes | str,
        headers: Mapping[str, str] | None = None,
        *,
        auth: bool = True,
        verb: str = "POST",
        path: str = "",
    ) -> tuple[int, CIMultiDictProxy[str], bytes]:
        """Anything at all, and whatever comes back, unchecked. Redirects are not followed."""
        async with self.http.request(
            verb,
            URL(self.url + path, encoded=True),
            data=body,
            headers={**(self.credentials if auth else {}), **(headers or {})},
            allow_redirects=False,
        ) as response:
            return response.status, response.headers, await response.read()

    async def checks(self, account: str = "1001", amount: int = OK) -> Any:
        return await self.says("CheckPerformTransaction", amount=amount, account=self.account(account))

    async def creates(self, id: str, time: int, account: str = "1001", amount: int = OK) -> Any:  # noqa: A002
        return await self.says("CreateTransaction", **creation(id, time, account, amount))

    async def performs(self, id: str) -> Any:  # noqa: A002
        return await self.says("PerformTransaction", id=id)

    async def cancels(self, id: str, reason: int) -> Any:  # noqa: A002
        return await self.says("CancelTransaction", id=id, reason=reason)

    async def looks_at(self, id: str) -> Any:  # noqa: A002
        return await self.says("CheckTransaction", id=id)

    @staticmethod
    def account(value: Any) -> dict[str, Any]:
        return {"order_id": value}

    @property
    def credentials(self) -> dict[str, str]:
        return basic(f"{self.login}:{self.key}")


def basic(login_and_key: str | bytes) -> dict[str, str]:
    """The header for these credentials."""
    raw = login_and_key.encode() if isinstance(login_and_key, str) else login_and_key
    return {"Authorization": f"Basic {base64.b64encode(raw).decode()}"}


def new_id() -> str:
    """Like one of Payme's: 24 hexadecimal digits."""
    return secrets.token_hex(12)


def creation(id: str, time: int, account: str = "1001", amount: int = OK) -> dict[str, Any]:  # noqa: A002
    """The parameters of a CreateTransaction."""
    return {"id": id, "time": time, "amount": amount, "account": {"order_id": account}}
