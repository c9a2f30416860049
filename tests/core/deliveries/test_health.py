"""An endpoint that is away is paused and probed, opened by its first success, and disabled in the end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deliveries.health import FAILING_MAX, PAUSE_MAX, Health, Heard, health_after, pause
from schema.webhooks import DOWN, AttemptOutcome, DisabledReason, EndpointState

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SOUND = Health(EndpointState.ENABLED, None, 0, None, None)
TIMEOUT, REFUSED, RECEIVED = (Heard(AttemptOutcome(word)) for word in ("timeout", "refused", "received"))
FAILURES = [outcome for outcome in AttemptOutcome if outcome is not AttemptOutcome.RECEIVED]


def after(*heard: Heard, health: Health = SOUND) -> Health:
    return health_after(health, heard, NOW).health


def paused(failures: int = 5) -> Health:
    return Health(EndpointState.ENABLED, None, failures, NOW, NOW)


def test_five_failures_in_a_row_pause_it_for_five_seconds():
    assert after(*[TIMEOUT] * 4).paused_until is None
    assert after(*[TIMEOUT] * 5).paused_until == NOW + timedelta(seconds=5)


def test_what_it_answers_to_single_events_does_not_pause_it():
    assert after(*[REFUSED] * 50).paused_until is None


def test_what_was_on_its_way_before_the_pause_does_not_lengthen_it():
    assert after(*[TIMEOUT] * 16) == after(*[TIMEOUT] * 5)


def test_each_probe_that_fails_doubles_the_pause_up_to_five_minutes():
    pauses = [after(Heard(AttemptOutcome.TIMEOUT, True), health=paused(n)).paused_until - NOW for n in range(5, 14)]
    assert [round(one.total_seconds()) for one in pauses] == [10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_a_probe_that_is_refused_keeps_it_paused():
    assert after(Heard(AttemptOutcome.REFUSED, True), health=paused()).paused_until == NOW + timedelta(seconds=10)


@pytest.mark.parametrize(("asked", "pauses"), [(1, 5), (90, 90), (86_400, 3_600)])
def test_it_may_ask_for_a_longer_pause_but_for_an_hour_at_most(asked, pauses):
    assert pause(5, timedelta(seconds=asked)) == timedelta(seconds=pauses)


def test_the_first_success_after_a_pause_opens_it():
    change = health_after(paused(), [RECEIVED], NOW)
    assert (change.health, change.is_opened) == (SOUND, True)


def test_a_success_after_few_failures_opens_nothing():
    assert health_after(SOUND, [TIMEOUT, TIMEOUT, RECEIVED], NOW) == (SOUND, False)


def test_gone_disables_it():
    assert after(Heard(AttemptOutcome.GONE)).reason is DisabledReason.GONE


@pytest.mark.parametrize("outcome", sorted(set(FAILURES) - {AttemptOutcome.GONE}))
def test_five_days_without_a_success_disable_it(outcome):
    since = NOW - FAILING_MAX
    failing = Health(EndpointState.ENABLED, None, 3, since + timedelta(seconds=1), None)
    assert after(Heard(outcome), health=failing).state is EndpointState.ENABLED
    disabled = after(Heard(outcome), health=Health(EndpointState.ENABLED, None, 3, since, None))
    assert (disabled.state, disabled.reason) == (EndpointState.DISABLED, DisabledReason.FAILING)


def test_one_that_somebody_has_disabled_keeps_the_reason():
    disabled = Health(EndpointState.DISABLED, DisabledReason.SHOP, 0, None, None)
    assert after(Heard(AttemptOutcome.GONE), health=disabled).reason is DisabledReason.SHOP


@given(st.lists(st.builds(Heard, st.sampled_from(AttemptOutcome), st.booleans(), st.none())))
def test_a_pause_has_failures_and_an_end_and_nothing_paused_is_disabled(heard):
    health = after(*heard)
    if health.paused_until is not None:
        assert health.failures >= 5
        assert NOW < health.paused_until <= NOW + PAUSE_MAX
        assert health.state is EndpointState.ENABLED
    assert (health.state is EndpointState.DISABLED) == (health.reason is not None)
    assert (health.failures > 0) == (health.failing_since is not None)


def test_what_concerns_the_endpoint_as_a_whole_is_no_answer_to_an_event():
    assert set(AttemptOutcome) - DOWN == {AttemptOutcome.RECEIVED, AttemptOutcome.REFUSED, AttemptOutcome.GONE}
