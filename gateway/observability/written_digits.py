"""Written digits are read as a person or a decoder would: in any script, escaped or not, whatever separates them."""

import re
import unicodedata
from typing import Final, NamedTuple

BREAK: Final = " "
"""The shape of what ends a number: letters, and what parts one value from the next in JSON and in forms."""
DROPPED: Final = "-"
"""The shape of what stands between digits and means nothing: spaces, dots, dashes, what cannot be seen."""

DECODINGS_MAX: Final = 3
"""A form may hold JSON, and a proxy may have escaped a path again."""

_ESCAPE: Final = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<code>\\u[0-9a-fA-F]{4})"
    r"|(?P<sign>\\[\"\\/bfnrt])"
    r"|(?P<bytes>(?:%[0-9a-fA-F]{2})+)"
)
_SIGNS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ENDS_A_VALUE: Final = frozenset('"{}[]=&<>')


class WrittenDigits(NamedTuple):
    """A text as digits, breaks and what is dropped; each stands in the text from its start to its end."""

    shape: str
    starts: range | list[int]
    ends: range | list[int]


def read_digits(text: str, decodings: int = DECODINGS_MAX) -> WrittenDigits:
    """Read a text, however it is escaped: as in JSON, or by percent signs, or both, one within the other."""
    places = None
    decoded = text
    for _ in range(decodings):
        if "\\" not in decoded and "%" not in decoded:
            break
        decoded, places = _decode(decoded, places)
    starts, ends = places or (range(len(text)), range(1, len(text) + 1))
    shape = decoded.translate(_shapes)
    if len(shape) == len(decoded):
        return WrittenDigits(shape, starts, ends)
    lengths = [len(_shapes[ord(sign)]) for sign in decoded]
    return WrittenDigits(shape, _repeated(starts, lengths), _repeated(ends, lengths))


def shape_of(sign: str) -> str:
    """Return a sign's digits, of which some signs have two, or BREAK, or DROPPED."""
    plain = unicodedata.normalize("NFKC", sign)
    shapes = [_plain_shape(part) for part in plain]
    if BREAK in shapes:
        return BREAK
    return "".join(shape for shape in shapes if shape != DROPPED) or DROPPED


def _plain_shape(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return BREAK if sign in _ENDS_A_VALUE or sign.isalpha() or sign.isnumeric() else DROPPED


class _Shapes(dict[int, str]):
    def __missing__(self, code: int) -> str:
        shape = shape_of(chr(code))
        if len(self) < 4096:  # of the million that there are, callers could have each remembered
            self[code] = shape
        return shape


_shapes: Final = _Shapes()

_Places = tuple[list[int], list[int]]


def _decode(text: str, places: _Places | None) -> tuple[str, _Places]:
    decoded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(begin: int, end: int) -> None:
        decoded.append(text[begin:end])
        starts.extend(range(begin, end))
        ends.extend(range(begin + 1, end + 1))

    done = 0
    for escape in _ESCAPE.finditer(text):
        begin, end = escape.span()
        keep(done, begin)
        for sign, length in _meaning(escape):
            decoded.append(sign)
            starts.append(begin)
            begin += length
            ends.append(begin)
        done = end
    keep(done, len(text))
    if places is not None:
        starts, ends = [places[0][n] for n in starts], [places[1][n - 1] for n in ends]
    return "".join(decoded), (starts, ends)


def _meaning(escape: re.Match[str]) -> list[tuple[str, int]]:
    """Return the signs that are meant, and how much of the text each takes."""
    said = escape[0]
    match escape.lastgroup:
        case "pair":
            return [(chr(0x10000 + ((int(said[2:6], 16) & 0x3FF) << 10) + (int(said[8:], 16) & 0x3FF)), len(said))]
        case "code":
            return [(chr(int(said[2:], 16)), len(said))]
        case "sign":
            return [(_SIGNS.get(said[1], said[1]), len(said))]
        case _:
            signs = bytes.fromhex(said.replace("%", "")).decode(errors="surrogateescape")
            return [(sign, 3 * len(sign.encode(errors="surrogateescape"))) for sign in signs]


def _repeated(places: range | list[int], lengths: list[int]) -> list[int]:
    return [place for place, length in zip(places, lengths, strict=True) for _ in range(length)]
