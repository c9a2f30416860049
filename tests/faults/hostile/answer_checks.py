"""What every answer must be like, whatever was asked: each check yields complaints, none for a good answer."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from tests.actors.click import NOTES, NUMBERS
from tests.conftest import SETTINGS
from tests.faults.hostile.click_forms import FIELDS
from tests.faults.hostile.http_client import Answer, Request
from tests.faults.hostile.world import PAYME, PAYME_KNOWN, SHOP_KNOWN, click_sign

PAYME_CODES: Final = frozenset(
    {-32300, -32400, -32504, -32600, -32601, -32700}
    | {-31001, -31003, -31007, -31008, -31050, -31051, -31052, -31053}
    | {-32001, -32602}  # SetFiscalData's own
)
ACCOUNT_CODES: Final = range(-31099, -31049)
ACCOUNT_FIELD: Final = "order_id"
FORBIDDEN: Final = -32504
OWN_PAYME_PATHS: Final = {PAYME + rest for rest in ("", "/", "/main", "/main/")}

API_STATUSES: Final = frozenset({200, 201, 202, 204, 400, 401, 404, 405, 408, 409, 413, 422, 429, 503})
PROBLEM: Final = {"type", "title", "status", "detail", "errors"}

INNARDS: Final = re.compile(
    r"Traceback|File \"|site-packages|\.py\b|0x[0-9a-f]{6,}|object at|Exception|[a-z]Error\b|NoneType|asyncpg"
    r"|sqlalchemy|pydantic|psycopg|SELECT |INSERT |UPDATE |\bFROM |relation \"|constraint|bytearray|\bb'|<class "
    r"|codec can't",
)
"""Words of Python's and of SQL."""

SECRETS: Final = tuple(SETTINGS[name] for name in ("API_TOKEN", "PAYME_KEY", "PAYME_TEST_KEY", "CLICK_SECRET_KEY"))

BODY_LIMIT: Final = 64 * 1024
FIELDS_MAX: Final = 64
ANY_BYTES: Final = {"error_note", "click_paydoc_id"}
"""Fields of Click's that are neither signed nor needed."""


def of_payme(request: Request, answer: Answer) -> Iterator[str]:
    yield from _leaks(request, answer)
    if answer.status != 200:
        yield f"HTTP {answer.status}"
    if answer.headers.get("content-type") != "application/json; charset=UTF-8":
        yield f"Content-Type {answer.headers.get('content-type')}"
    if request.verb == "HEAD":
        return
    envelope = _object(answer)
    if envelope is None or envelope.keys() - {"jsonrpc", "id"} not in ({"result"}, {"error"}):
        yield "no envelope with either result or error"
        return
    if envelope.get("jsonrpc") != "2.0" or "id" not in envelope:
        yield "an envelope without its version or id"
    if request.verb != "POST":
        if (envelope["id"], envelope.get("error", {}).get("code")) != (None, -32300):
            yield "not asked to POST"
    elif (wanted := expected_id(request.body)) is not ANY and not _same(envelope.get("id"), wanted):
        yield f"id {envelope.get('id')!r} instead of {wanted!r}"
    if "error" in envelope:
        yield from _error(envelope["error"])
    known = _credentials(request) == [PAYME_KNOWN[1]] and request.path.split("?")[0] in OWN_PAYME_PATHS
    if request.verb == "POST" and not known and envelope.get("error", {}).get("code") != FORBIDDEN:
        yield "a call without credentials was let in"
    if request.verb == "POST" and known and envelope.get("error", {}).get("code") == FORBIDDEN:
        yield "Payme was turned away"


def of_click(request: Request, answer: Answer) -> Iterator[str]:
    yield from _leaks(request, answer)
    if answer.status != 200:
        yield f"HTTP {answer.status}"
    if not answer.headers.get("content-type", "").startswith("application/json"):
        yield f"Content-Type {answer.headers.get('content-type')}"
    if request.verb == "HEAD":
        return
    content = _object(answer)
    if content is None or content.keys() != {*NUMBERS, "merchant_trans_id", "error_note"}:
        yield "not Click's six fields"
        return
    if any(type(content[name]) is not int for name in NUMBERS):
        yield "ids and codes must be integers"
    if content["error_note"] != NOTES.get(content["error"]):
        yield "an unknown code, or another code's note"
    form = _form(request)
    if content["merchant_trans_id"] != form.get("merchant_trans_id", ""):
        yield "merchant_trans_id is not what was sent"
    if content["click_trans_id"] != _int64(form.get("click_trans_id", "")):
        yield "click_trans_id is not what was sent"
    signed = click_sign(form) == form.get("sign_string", "").lower()
    if content["error"] not in (-1, -8) and not signed:
        yield "a form that is not signed was let in"
    if content["error"] == -1 and signed:
        yield "a good signature was not believed"
    if content["error"] == 0 and not 0 < content["merchant_prepare_id"] < 2**31:
        yield "success without a prepare id"


OPEN_TO_ALL = ("/api/openapi.json", "/api/v1/event-types")
"""What the API says to everybody."""


def of_api(request: Request, answer: Answer) -> Iterator[str]:
    known = _credentials(request) == [SHOP_KNOWN[1]]
    yield from _leaks(request, answer)
    if answer.status not in API_STATUSES:
        yield f"HTTP {answer.status}"
    if request.verb == "HEAD" or answer.status == 204:
        return
    content = _object(answer)
    if content is None:
        yield "no JSON object"
        return
    if answer.status < 400:
        if answer.headers.get("content-type") != "application/json; charset=utf-8":
            yield f"Content-Type {answer.headers.get('content-type')}"
        if not known and request.path.partition("?")[0] not in OPEN_TO_ALL:
            yield "a call without credentials was let in"
        return
    if answer.headers.get("content-type") != "application/problem+json; charset=utf-8":
        yield f"Content-Type {answer.headers.get('content-type')}"
    if content.keys() != PROBLEM or content["status"] != answer.status or not content["detail"] or not content["title"]:
        yield "no whole problem"
    elif not re.fullmatch("urn:problem-type:tiyin:[a-z_]+", content["type"]):
        yield "a problem without its type"
    elif not all(fault.keys() == {"field", "message"} for fault in content["errors"]):
        yield "faults without field or message"
    if answer.status in (429, 503) and not answer.headers.get("retry-after", "").isdigit():
        yield f"{answer.status} without Retry-After"
    if known and answer.status == 401:
        yield "the shop was turned away"


AnswerCheck = Callable[[Request, Answer], Iterator[str]]


def asks_to_try_again(answer: Answer) -> bool:
    """Payme's -32400, Click's -7, the API's 503: right when the database is in trouble, and suspicious here."""
    return outcome(answer) in (-32400, -7, 503)


def outcome(answer: Answer) -> int:
    """The answer's code in its own protocol: an API's status, Payme's and Click's error, 0 for success."""
    error = (_object(answer) or {}).get("error", 0) if answer.status == 200 else answer.status
    return int(error["code"] if isinstance(error, dict) else error)


ANY: Final = object()
"""Nobody can say: how deep is too deep differs with who calls the parser."""


def expected_id(body: bytes) -> Any:
    """The id to be given back: the call's, if a call can be made out and its id is one."""
    if len(body) > BODY_LIMIT:
        return None
    try:
        call = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refuse, parse_int=_int)
    except RecursionError:
        return ANY
    except ValueError:
        return ANY if body.count(b"[") + body.count(b"{") > 500 else None
    rpc_id = call.get("id") if isinstance(call, dict) else None
    if isinstance(rpc_id, str):
        return None if re.search("[\x00\ud800-\udfff]", rpc_id) else rpc_id
    return rpc_id if type(rpc_id) is int else None


def _credentials(request: Request) -> list[str]:
    return [value for name, value in request.headers if name.lower() == "authorization"]


def _leaks(request: Request, answer: Answer) -> Iterator[str]:
    """Innards that the caller has not sent itself; what is no refusal may hold what others have sent."""
    for secret in SECRETS:
        if secret in answer.text or secret in repr(answer.headers):
            yield "shows a secret"
    if outcome(answer) in (0, 201):
        return
    sent = request.on_the_wire()
    said = (sent + unquote_to_bytes(sent.replace(b"+", b" "))).decode("utf-8", "replace")
    for found in set(INNARDS.findall(answer.text)):
        if found not in said:
            yield f"shows {found!r}"


def _error(error: Any) -> Iterator[str]:
    if not isinstance(error, dict) or error.keys() - {"data"} != {"code", "message"}:
        yield "no whole error"
        return
    code, message, data = error["code"], error["message"], error.get("data")
    if code not in PAYME_CODES:
        yield f"unknown code {code}"
    if not isinstance(message, dict) or message.keys() != {"ru", "uz", "en"} or not all(message.values()):
        yield "no message in three languages"
    if (data == ACCOUNT_FIELD) != (code in ACCOUNT_CODES) and code != -32601:
        yield f"data {data!r} with code {code}"
    if code == -32601 and not isinstance(data, str):
        yield "an unknown method without its name"


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        content = json.loads(answer.body.decode(), parse_constant=_refuse)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _form(request: Request) -> dict[str, str]:
    """As a form of Click's is read; nothing where it is none."""
    if request.verb != "POST" or len(request.body) > BODY_LIMIT:
        return {}
    pieces = [piece for piece in request.body.split(b"&") if piece]
    pairs = parse_qsl(b"&".join(pieces).decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    own = [name for name, _ in pairs if name in FIELDS]
    if len(pieces) > FIELDS_MAX or len(set(own)) < len(own):
        return {}
    try:
        return {name: _text(name, text.encode("latin-1")) for name, text in pairs}
    except UnicodeDecodeError:
        return {}


def _text(name: str, sent: bytes) -> str:
    """Only what is signed or used has to be readable."""
    return sent.decode(errors="strict" if name in FIELDS and name not in ANY_BYTES else "replace")


def _int64(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII):
        return 0
    return int(text) if -(2**63) <= int(text) < 2**63 else 0


def _same(content: Any, wanted: Any) -> bool:
    return type(content) is type(wanted) and content == wanted


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name came twice")
    return dict(pairs)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= 400 else float("inf")
