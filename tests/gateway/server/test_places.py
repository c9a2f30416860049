"""Who keeps a place when there are more strangers than places."""

import pytest

from gateway.server.places import ANSWERED_SECONDS, EXAMINED_MAX, GRACE_SECONDS, Places
from tests.log_records import logged

PLACES = 3


class Caller:
    """A connection that waits for its caller, or is being answered."""

    def __init__(self, *, waits: bool = True) -> None:
        self.waits, self.is_open = waits, True

    def waits_for_its_caller(self) -> bool:
        return self.waits

    def abort(self) -> None:
        self.is_open = False


class House:
    """Places, and the time, which passes when it is told to."""

    def __init__(self) -> None:
        self.now, self.shed = 0.0, 0
        self.places = Places(PLACES, PLACES, self._count, lambda: self.now)

    def _count(self) -> None:
        self.shed += 1

    def comes(self, *, waits: bool = True, sends: bool = False) -> Caller:
        caller = Caller(waits=waits)
        self.places.take(caller)
        if sends:
            self.places.note_received(caller)
        return caller


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("sends", [False, True])
def test_of_too_many_the_oldest_goes(house, sends):
    callers = [house.comes(sends=sends) for _ in range(PLACES + 2)]
    assert [caller.is_open for caller in callers] == [False, False, True, True, True]


def test_silent_callers_take_no_place_from_those_that_have_sent_something(house):
    sent = [house.comes(sends=True) for _ in range(PLACES)]
    silent = [house.comes() for _ in range(PLACES + 1)]
    assert [caller.is_open for caller in (*sent, *silent)] == [True] * PLACES + [False] + [True] * PLACES


def test_nobody_goes_who_is_being_answered(house):
    answered = [house.comes(waits=False, sends=True) for _ in range(PLACES)]
    waiting = house.comes(sends=True)
    house.comes(sends=True)
    assert [caller.is_open for caller in (*answered, waiting)] == [True, True, True, False]


def test_a_crowd_of_whole_calls_takes_no_place_from_anybody(house):
    """However many come at once: each is being answered as soon as it has sent something."""
    crowd = [house.comes(waits=False, sends=True) for _ in range(10 * PLACES)]
    assert all(caller.is_open for caller in crowd)
    assert house.shed == 0


@pytest.mark.parametrize("sends", [False, True])
def test_who_has_been_right_or_is_gone_is_not_counted(house, sends):
    callers = [house.comes(sends=sends) for _ in range(PLACES)]
    house.places.leave(callers[0])
    house.places.leave(callers[0])
    house.comes(sends=sends)
    assert all(caller.is_open for caller in callers)


@pytest.mark.parametrize("sends", [False, True])
def test_to_make_room_nobody_goes_who_has_just_come(house, sends):
    caller = house.comes(sends=sends)
    assert not house.places.shed()
    house.now += GRACE_SECONDS
    assert house.places.shed()
    assert not caller.is_open
    assert not house.places.shed()


def test_where_nobody_waits_the_oldest_goes_though_it_is_being_answered(house):
    oldest, other = (house.comes(waits=False, sends=True) for _ in range(2))
    house.now += ANSWERED_SECONDS / 2
    house.comes(waits=False, sends=True)
    assert not house.places.shed_answered()
    house.now += ANSWERED_SECONDS / 2
    assert not house.places.shed()
    assert house.places.shed_answered()
    assert (oldest.is_open, other.is_open) == (False, True)
    assert house.places.shed_answered()
    assert not house.places.shed_answered()


def test_a_crowd_that_is_being_answered_costs_little():
    """A newcomer looks at some of it, and the next one at others."""
    examined: list[Caller] = []

    class Answered(Caller):
        def waits_for_its_caller(self) -> bool:
            examined.append(self)
            return False

    house = House()
    crowd = [Answered() for _ in range(3 * EXAMINED_MAX)]
    for caller in crowd:
        house.places.take(caller)
        house.places.note_received(caller)
    house.now += GRACE_SECONDS
    examined.clear()
    for _ in range(3):
        assert not house.places.shed()
    assert len(examined) == 3 * EXAMINED_MAX
    assert set(examined) == set(crowd)


def test_each_is_counted_and_the_first_is_logged(house, caplog):
    for _ in range(PLACES + 4):
        house.comes()
    assert house.shed == 4
    assert len(logged(caplog.records, "connections without a good call closed")) == 1
