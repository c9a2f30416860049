"""Texts of a call that are looked at together come out as one by one."""

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.observability.storable_text import all_storable, storable

CARD = "8600490744313347"

pieces = st.sampled_from(
    [CARD, CARD[:8], CARD[8:], "%38", "\\u0038", "%20", "%3A", "a", " ", "=", "*", "\0", "\ud83d", "Ў"]
)
texts = st.lists(st.one_of(st.text(max_size=80), st.lists(pieces, max_size=9).map("".join)), min_size=1, max_size=4)


@given(texts)
@example([CARD])
@example(["", f"%20{CARD}"])
@example(["%", f"20{CARD}"])
@example([CARD[:8], CARD[8:]])
@example(["ok", "NUL \0"])
@example(["ok", "half \ud83d"])
@example(["ok", CARD.replace("8", "\\u0038")])
def test_together_or_one_by_one_they_are_kept_as_the_same(sent):
    assert list(all_storable(sent)) == [storable(text) for text in sent]
