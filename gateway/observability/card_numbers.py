"""Card numbers are found among digits by their length, their issuer and the sum that checks them (Luhn)."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from gateway.observability.written_digits import BREAK, DROPPED

CARD_DIGITS_MIN: Final = 13
SHOWN: Final = 4
"""Digits at each end that stay."""

_ANY_OTHER: Final = ("4", "5", "6")
ISSUERS: Final[dict[int, tuple[str, ...]]] = {
    13: ("4",),
    14: ("30", "36", "38", "39"),
    15: ("34", "37"),
    16: ("22", "23", "24", "25", "26", "270", "271", "2720", "3", *_ANY_OTHER, "81", "8600", "979", "9860"),
    17: ("5", "6", "81"),
    18: ("5", "6", "81"),
    19: ("36", "81", *_ANY_OTHER),
}
"""What numbers of each length begin with: Uzcard (8600, 5614), Humo (9860), Visa, Mastercard, Mir (220), UnionPay (62,
81), American Express (34, 37), Diners (30, 36, 38, 39), JCB (35), Maestro, Troy (979). No date does (20, 19), and no
time in milliseconds (1)."""

GLUED: Final = frozenset({14, 15, 16})
"""Lengths of which one digit more before or after does not hide a number. Of others too much would look like cards."""
FOURS: Final = 4
"""How sixteen digits are parted, wherever they stand."""

RUN_MAX_DIGITS: Final = 64
"""Of which each place is tried by itself; of more the sums are added up once for all places."""

_ENOUGH: Final = b"0" * CARD_DIGITS_MIN
_BREAK: Final = BREAK.encode()

_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED: Final = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_VALUES_DOUBLED: Final = _VALUES.translate(_DOUBLED)

_LENGTHS: Final = {
    pair.encode(): tuple(n for n, issuers in ISSUERS.items() if pair.startswith(tuple(i[:2] for i in issuers)))
    for pair in map("{:02}".format, range(100))
}
"""Of cards whose numbers begin with these two digits, whatever comes after them."""


def is_card(digits: str) -> bool:
    """Whether an issuer's numbers begin so and are so long, and the last digit checks the others (Luhn)."""
    return digits.startswith(ISSUERS.get(len(digits), ())) and _has_right_sum(digits.encode())


def may_hold_a_card(digits: bytes, shape: bytes) -> bool:
    """Return False for nearly all runs of digits in which no card is.

    What is no digit is BREAK in both. In the shape all digits are 0: so long runs are found sooner.
    """
    begin = shape.find(_ENOUGH)
    while begin >= 0:
        end = shape.find(_BREAK, begin)
        if _may_run_hold_a_card(digits[begin:end] if end >= 0 else digits[begin:]):
            return True
        begin = shape.find(_ENOUGH, end) if end >= 0 else -1
    return False


def _may_run_hold_a_card(run: bytes) -> bool:
    if len(run) > RUN_MAX_DIGITS:
        return True
    for first in range(len(run) - CARD_DIGITS_MIN + 1):
        for length in _LENGTHS[run[first : first + 2]]:
            if first + length <= len(run) and _has_right_sum(run[first : first + length]):
                return True
    return False


def _has_right_sum(digits: bytes) -> bool:
    """Every second from the last is doubled, and nine taken of what is more than nine."""
    doubled, others = digits[len(digits) % 2 :: 2], digits[(len(digits) + 1) % 2 :: 2]
    return (sum(doubled.translate(_VALUES_DOUBLED)) + sum(others.translate(_VALUES))) % 10 == 0


def hidden_digits(shape: str) -> list[tuple[int, int]]:
    """Return between which places of a shape the middle digits of cards stand: those of the digits that are shown."""
    hidden: list[tuple[int, int]] = []
    begin = 0
    for segment in shape.split(BREAK):
        digits = segment.replace(DROPPED, "")
        if len(digits) >= CARD_DIGITS_MIN:
            places = [begin + n for n, sign in enumerate(segment) if sign != DROPPED]
            middles = _merged(_middles(digits, places))
            hidden += [(places[before], places[after]) for before, after in middles]
        begin += len(segment) + 1
    return hidden


def _middles(digits: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """Find cards among digits that nothing but separators part; `places`: where each digit stands."""
    count = len(digits)
    edges = bytearray(count + 1)
    edges[0] = edges[count] = 1
    if places[-1] - places[0] >= count:
        for n in range(1, count):
            edges[n] = places[n] - places[n - 1] > 1
    edges_before = [0, *accumulate(edges)]
    sums = _sums(digits)
    for length in ISSUERS:
        for first in _checked(digits, length, sums):
            after = first + length
            parted = edges_before[after] - edges_before[first + 1]
            whole = edges[first] and edges[after]
            if whole or (length in GLUED and (parted == 0 or _is_in_fours(edges[first:after], parted))):
                yield first + SHOWN - 1, after - SHOWN


def _is_in_fours(edges: bytearray, parted: int) -> bool:
    return len(edges) == FOURS * FOURS and parted == sum(edges[FOURS::FOURS])


def _sums(digits: str) -> tuple[list[int], list[int]]:
    """Add up the digits before each place, those at even places doubled, and those at odd ones."""
    values = digits.encode().translate(_VALUES)
    even, odd = bytearray(values), bytearray(values)
    doubled = values.translate(_DOUBLED)
    even[::2], odd[1::2] = doubled[::2], doubled[1::2]
    return [0, *accumulate(even)], [0, *accumulate(odd)]


def _checked(digits: str, length: int, sums: tuple[list[int], list[int]]) -> Iterator[int]:
    """Find where so many digits begin as an issuer's, and their sum is right: every second from the last is doubled."""
    issuers = ISSUERS[length]
    for begin in (0, 1):
        of_them = sums[(begin + length) % 2]
        pairs = zip(of_them[begin::2], of_them[begin + length :: 2], strict=False)
        for first in [begin + 2 * n for n, (before, after) in enumerate(pairs) if not (after - before) % 10]:
            if digits.startswith(issuers, first):
                yield first


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what overlaps: of two numbers that may both be meant, both are hidden."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
