"""Bugs of a gateway that stops: calls that it takes and never answers."""

from typing import Final

from tests.planted.bug import Bug, Change

SUITE = "tests/faults/test_graceful_stop.py::"
SERVE = "gateway/serve.py"

STOPPING: Final = (
    Bug(
        "it stops before anybody could see that it will",
        [Change(SERVE, "min(NOTICE_SECONDS, seconds / 2)", "min(0.0, seconds / 2)")],
        f"{SUITE}test_rolling_restarts_behind_a_proxy_fail_no_call",
    ),
    Bug(
        "it stops before its calls are answered",
        [Change(SERVE, "    return max(0.5, (drain_seconds - NOTICE_SECONDS) * 0.4)\n", "    return 0.01\n")],
        f"{SUITE}test_fifty_calls_in_flight_are_answered_after_sigterm",
    ),
    Bug(
        "it keeps connections open that it will close",
        [Change("gateway/health.py", "    app.on_response_prepare.append(part_when_draining)\n", "")],
        f"{SUITE}test_while_it_drains_each_answer_is_the_last_on_its_connection",
    ),
)
