"""A ready response is sent as it is: the bytes that aiohttp would make of an answer."""

from typing import Final

from aiohttp.helpers import rfc822_formatted_time

from core import correlation_id
from gateway.http.library_defaults import SERVER
from gateway.http.request_ids import HEADER
from inbound.short_calls import ShortAnswer

CLOSE: Final = "Connection: close\r\n"


class ReadyResponse:
    """To aiohttp it is a response, of which it asks no more than whether the connection stays open."""

    __slots__ = ("content", "keep_alive")

    def __init__(self, answer: ShortAnswer, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.content = (
            f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
            f"Date: {rfc822_formatted_time()}\r\nServer: {SERVER}\r\n{HEADER}: {correlation_id.get()}\r\n"
            f"{'' if keep_alive else CLOSE}\r\n"
        ).encode() + answer.body
