"""What answers at the database's address, and is none, is said in words, and may be another time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from core.db.engine import make_engine
from core.db.errors import db_error_of, in_words

Stranger = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NO_TLS = b"N"
WELCOME = b"R\x00\x00\x00\x08\x00\x00\x00\x00"
READY = b"Z\x00\x00\x00\x05I"


def says(*words: bytes, closes: bool = True) -> Stranger:
    """A word for each message."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for word in words:
            await reader.read(500)
            writer.write(word)
        if not closes:
            while await reader.read(500):
                pass

    return answer


@asynccontextmanager
async def listening(stranger: Stranger) -> AsyncIterator[str]:
    answers: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await stranger(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.append(asyncio.create_task(answer(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"postgresql+asyncpg://somebody@127.0.0.1:{server.sockets[0].getsockname()[1]}/tiyin"
    await asyncio.gather(*answers, return_exceptions=True)


CLOSED = "the connection was closed before it was ready for use"
NO_POSTGRES = "what answers there is no PostgreSQL"


@pytest.mark.parametrize(
    ("stranger", "words"),
    [
        pytest.param(says(closes=False), "no answer within 0.2 s", id="silent"),
        pytest.param(says(NO_TLS, closes=False), "no answer within 0.2 s", id="silent after the greeting"),
        pytest.param(says(), CLOSED, id="closes"),
        pytest.param(says(NO_TLS), CLOSED, id="closes after the greeting"),
        pytest.param(says(NO_TLS, WELCOME), CLOSED, id="closes in the middle of the handshake"),
        pytest.param(says(NO_TLS, b"R\x00\x00\x00\x05\x00"), NO_POSTGRES, id="what cannot be read"),
        pytest.param(says(NO_TLS, b"E\x00\x00\x00\x05\x00"), NO_POSTGRES, id="an error without a code"),
        pytest.param(says(NO_TLS, WELCOME + READY), NO_POSTGRES, id="a server without a version"),
    ],
)
async def test_whatever_answers_there_is_said_in_words_and_is_no_bug(monkeypatch, stranger, words):
    monkeypatch.setattr("core.db.engine.CONNECT_SECONDS", 0.2 if words.startswith("no answer") else 10.0)
    async with listening(stranger) as url:
        engine = make_engine(url, 1, pooled=False)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is the question
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        await engine.dispose()
    assert in_words(caught.value) == words
    assert (db_error_of(caught.value).bug, db_error_of(caught.value).retries) == (False, 2)
