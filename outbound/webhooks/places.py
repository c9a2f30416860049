"""Places bound how much a worker sends at once: altogether, and to each endpoint by what it has received lately."""

from collections import Counter
from typing import Final

from core import Claim, Room

PLACES: Final = 64
COLD_PLACES: Final = 32
"""Of them, for endpoints that have received nothing lately: four that never answer hold eight, not all."""

WARM_SECONDS: Final = 60.0
"""That a success counts for."""

COLD_ROOM: Final = 2
WARM_ROOM_MAX: Final = 16

SUSPECTS_MAX: Final = 1
"""Of those that two senders in a row did not live to settle: the one to blame should end with nobody beside it."""

BUSY_PLACES: Final = 8
"""While payments wait."""


class DeliveryPlaces:
    """Counts what one worker has in flight. Seconds are by the event loop's clock."""

    def __init__(self) -> None:
        self._in_flight: Counter[int] = Counter()
        self._suspects = 0
        self._rooms: dict[int, int] = {}
        self._successes: dict[int, float] = {}

    @property
    def in_flight(self) -> int:
        return self._in_flight.total()

    def take(self, claim: Claim) -> None:
        self._in_flight[claim.destination.endpoint_id] += 1
        self._suspects += claim.is_suspect

    def release(self, claim: Claim) -> None:
        endpoint_id = claim.destination.endpoint_id
        self._suspects -= claim.is_suspect
        self._in_flight[endpoint_id] -= 1
        if self._in_flight[endpoint_id] <= 0:
            del self._in_flight[endpoint_id]

    def succeeded(self, endpoint_id: int, now: float) -> None:
        """Twice as much room with each success, up to a bound."""
        room = self._rooms.get(endpoint_id, COLD_ROOM) if self._is_warm(endpoint_id, now) else COLD_ROOM
        self._rooms[endpoint_id] = min(2 * room, WARM_ROOM_MAX)
        self._successes[endpoint_id] = now

    def failed(self, endpoint_id: int) -> None:
        self._rooms.pop(endpoint_id, None)
        self._successes.pop(endpoint_id, None)

    def room(self, now: float, places: int) -> Room:
        """Return for how much more there is room. `places`: how many may be in flight altogether."""
        for endpoint_id in [id_ for id_ in self._successes if not self._is_warm(id_, now)]:
            self.failed(endpoint_id)
        cold = sum(count for id_, count in self._in_flight.items() if id_ not in self._successes)
        known = {
            id_: (self._rooms.get(id_, COLD_ROOM) - self._in_flight[id_], id_ in self._successes)
            for id_ in {*self._in_flight, *self._successes}
        }
        return Room(
            most=max(0, places - self.in_flight),
            cold_endpoints=max(0, COLD_PLACES - cold) // COLD_ROOM,
            fresh=COLD_ROOM,
            known=known,
            suspects=max(0, SUSPECTS_MAX - self._suspects),
        )

    def _is_warm(self, endpoint_id: int, now: float) -> bool:
        return now - self._successes.get(endpoint_id, -WARM_SECONDS) < WARM_SECONDS
