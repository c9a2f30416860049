"""The bytes of an answer are read up to a bound: a gateway under test may send them without an end."""

from typing import Final

from aiohttp import ClientPayloadError, ClientResponse

ANSWER_MAX_BYTES: Final = 1024 * 1024
"""An answer has some hundred bytes, a statement of a day's tests some hundred thousand."""


async def read_bytes(response: ClientResponse) -> bytes:
    """Read an answer to its end. Raises ClientPayloadError where that has not come within the bound."""
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > ANSWER_MAX_BYTES:
            raise ClientPayloadError("more than 1 MiB came, and no end of the answer")
    return bytes(content)
