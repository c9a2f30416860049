"""What the journal, the metrics and the log are told of a call to Payme's door."""

from typing import Final

from core import Refusal
from inbound.exchange import SECRET, Exchange

LONGEST_TEXT: Final = 8 * 1024
LONGEST_NAME: Final = 64


def exchange(
    shop: str | None, method: str, body: bytes, answer: bytes, *, code: int = 0, refusal: Refusal | None = None
) -> Exchange:
    return Exchange(
        interface="payme",
        shop=shop,
        method=_cut(method[:LONGEST_NAME].encode(errors="replace")),
        code=str(code),
        refusal=refusal,
        request=_masked(body),
        answer=_cut(answer),
    )


def _masked(body: bytes) -> str:
    """The only secret that Payme ever put into a body is a new key, in a method that we don't have."""
    return SECRET if b"ChangePassword" in body else _cut(body)


def _cut(text: bytes) -> str:
    return text[:LONGEST_TEXT].decode(errors="replace")
