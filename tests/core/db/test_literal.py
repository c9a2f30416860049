"""A literal is read by the server as the text that it was made of, whatever the server is set to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db.connection import Connections
from core.db.engine import make_engine
from core.db.literal import literal

NASTY = [
    *("", "'", "''", "\\", "\\'", "'; COMMIT; --", "\\\\'", "E'", "\\n\\x41\\u0041", "$$", "$1", "%s", ":name", "?"),
    *("'||'", "\n\r\t", "ʼ", "so‘m 😀", "\x1b[31m", "/* ", "--", "'\\''; DROP TABLE payments; SELECT '"),
]
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
quoted = st.text("'\\;E$x0 \n", max_size=40)


@pytest.fixture(params=["on", "off"])
async def asks(request, database_url):
    """What the server reads, by both of its ways to read a plain literal."""
    engine = make_engine(
        database_url, 1, pooled=False, settings={"standard_conforming_strings": request.param, "backslash_quote": "off"}
    )
    try:
        async with Connections(engine).autocommit() as connection:

            async def read(texts):
                [row] = await connection.rows(f"SELECT {', '.join(map(literal, texts))}", ())
                return list(row)

            yield read
    finally:
        await engine.dispose()


async def test_nasty_texts_are_read_as_they_are(asks):
    assert await asks(NASTY) == NASTY


async def test_any_texts_are_read_as_they_are(asks):
    examples: list[str] = []

    @settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
    @given(texts | quoted)
    def collect(text):
        examples.append(text)

    collect()
    for first in range(0, len(examples), 100):
        some = examples[first : first + 100]
        assert await asks(some) == some


def test_a_nul_character_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")
