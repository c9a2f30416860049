"""Names each message by which deliveries are claimed and settled, whatever passes beside it, and strikes there."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.wire import Strike

STATEMENTS: Final = {
    "require commits": b"pg_logical_emit_message",
    "claim": b"picked AS MATERIALIZED",
    "settle successes": b"healthy AS MATERIALIZED",
    "lock": b"FOR NO KEY UPDATE OF e",
    "settle": b"WITH results AS MATERIALIZED",
}
"""What stands in the text of each; a connection is of interest from the first of them on."""

AGAIN: Final = "BESQ"
"""Kinds of messages that come with each run of a statement. The others only prepare it, once on each connection."""


class Point(NamedTuple):
    """A message of one kind that a worker sends for a statement: its first, its second, …"""

    statement: str
    kind: str
    nth: int

    def is_certain(self, deliveries: int) -> bool:
        """Whether it comes with one delivery, or with two of an order, on whichever connections.

        The first one's endpoint has failed lately, so that its success is not settled as such. Claims that find nothing
        are as many as there is time; a BEGIN is only known on a connection that has claimed.
        """
        if deliveries == 1:
            return self.nth == 1 and self.statement != "BEGIN"
        return self.nth == 1 or (self.nth == 2 and self.statement == "settle successes" and self.kind in AGAIN)

    def is_claimed(self, answered: bool, *, has_failed: bool = True) -> bool:
        """Whether a worker that ends there leaves a lease."""
        if self.statement == "claim":
            return self.kind == "S" and answered
        return self.statement != "require commits" and not self.is_settled(answered, has_failed=has_failed)

    def is_settled(self, answered: bool, *, has_failed: bool = True) -> bool:
        """Whether a worker that ends there leaves nothing to be done again."""
        if self.statement == "settle successes":
            return self.kind == "S" and answered and (self.nth == 2 or not has_failed)
        return self.statement == "COMMIT" and answered

    @property
    def is_sent(self) -> bool:
        """Whether the receiver had answered by then."""
        return self.statement not in ("require commits", "claim")


@dataclass(slots=True)
class PointStrike(Strike):
    """Happens at one point. Where there is none it never happens, and the points that pass are only noted."""

    point: Point | None = None
    seen: list[Point] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _prepared: dict[bytes, str | None] = field(default_factory=dict)
    """By the names that the driver gives them, which are of the whole process."""
    _running: dict[int, str | None] = field(default_factory=dict)
    """By connection."""

    def falls_on(self, line: object, kind: str, message: bytes) -> bool:
        statement = self._running[id(line)] = self._statement(line, kind, message[5:])
        if statement is None:
            return False
        self._counts[statement, kind] += 1
        self.seen.append(Point(statement, kind, self._counts[statement, kind]))
        return self.seen[-1] == self.point

    def _statement(self, line: object, kind: str, body: bytes) -> str | None:
        running = self._running.get(id(line))
        match kind:
            case "Q" if body.startswith(b"COMMIT"):
                return "COMMIT" if running == "settle" else None
            case "Q":
                return "BEGIN" if body.startswith(b"BEGIN") else None
            case "P":
                name = body.partition(b"\0")[0]
                self._prepared[name] = next((name for name, text in STATEMENTS.items() if text in body), None)
                return self._prepared[name]
            case "D":
                return self._prepared.get(body[1:].rstrip(b"\0"))
            case "B":
                return self._prepared.get(body.split(b"\0", 2)[1])
        return running
