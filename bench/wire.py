"""HTTP/1.1 as far as the load client needs it: answers cut out of the bytes that come in."""

from typing import Final, NamedTuple

END_OF_HEAD: Final = b"\r\n\r\n"


class Answer(NamedTuple):
    status: int
    body: bytes
    closes: bool
    """The server wants no more calls on this connection."""


class Cutter:
    """For a connection with one call under way at a time."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Answer | None:
        """The answer, once it is complete; raises ValueError if this is no HTTP."""
        held = self._held + data if self._held else data
        end = held.find(END_OF_HEAD)
        if end >= 0:
            head = held[:end].lower()
            body = _body(head, held[end + 4 :])
            if body is not None:
                self._held = b""
                return Answer(int(head[9:12]), body, b"\r\nconnection: close" in head)
        self._held = held
        return None


def _body(head: bytes, rest: bytes) -> bytes | None:
    """The whole body; nothing as long as it is not complete."""
    if not head.startswith(b"http/1."):
        raise ValueError("is no HTTP")
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        return rest[:length] if len(rest) >= length else None
    if b"\r\ntransfer-encoding: chunked" not in head:
        raise ValueError("has a body of unknown length")
    return _joined(rest)


def _joined(rest: bytes) -> bytes | None:
    """A chunked body, put together."""
    parts: list[bytes] = []
    at = 0
    while True:
        line = rest.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(rest[at:line].split(b";")[0], 16)
        at = line + 2 + size + 2
        if len(rest) < at:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(rest[line + 2 : at - 2])
