"""Who keeps a place when there are more strangers than places."""

import pytest

from gateway.server.places import EXAMINED_MAX, Places
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


@pytest.fixture
def places() -> Places:
    return Places(PLACES)


def test_of_too_many_the_oldest_goes(places):
    callers = [Caller() for _ in range(PLACES + 2)]
    for caller in callers:
        places.take(caller)
    assert [caller.is_open for caller in callers] == [False, False, True, True, True]


def test_nobody_goes_who_is_being_answered(places):
    answered = [Caller(waits=False) for _ in range(PLACES)]
    for caller in answered:
        places.take(caller)
    silent = Caller()
    places.take(silent)
    places.take(Caller())
    assert [caller.is_open for caller in (*answered, silent)] == [True, True, True, False]


def test_where_nobody_else_can_go_the_oldest_does_though_it_is_being_answered(places):
    answered = [Caller(waits=False) for _ in range(2)]
    for caller in answered:
        places.take(caller)
    places.leave(answered[0])
    assert not places.shed()
    assert places.shed_answered()
    assert [caller.is_open for caller in answered] == [True, False]
    assert not places.shed_answered()


def test_who_has_been_right_or_is_gone_is_not_counted(places):
    callers = [Caller() for _ in range(PLACES)]
    for caller in callers:
        places.take(caller)
    places.leave(callers[0])
    places.leave(callers[0])
    places.take(Caller())
    assert all(caller.is_open for caller in callers)


def test_a_crowd_that_is_being_answered_costs_little():
    """A newcomer looks at some of it, and the next one at others."""
    examined: list[Caller] = []

    class Answered(Caller):
        def waits_for_its_caller(self) -> bool:
            examined.append(self)
            return False

    places = Places(0)
    crowd = [Answered() for _ in range(3 * EXAMINED_MAX)]
    for caller in crowd:
        places.take(caller)
    examined.clear()
    for _ in range(3):
        assert not places.shed()
    assert len(examined) == 3 * EXAMINED_MAX
    assert set(examined) == set(crowd)


def test_each_is_counted_and_the_first_is_logged(caplog):
    shed = []
    places = Places(1, count_shed=lambda: shed.append(1))
    for _ in range(5):
        places.take(Caller())
    assert len(shed) == 4
    assert len(logged(caplog.records, "connections without a good call closed")) == 1
