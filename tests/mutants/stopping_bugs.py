"""Bugs of taking callers in, and of stopping: calls that are never answered, or hardly ever."""

from typing import Final

from tests.mutants.bug import Bug, Change

SUITE = "tests/faults/test_graceful_stop.py::"
LISTENERS = "tests/gateway/server/test_listener.py::"
SERVE = "gateway/server/serve.py"
CONNECTIONS = "gateway/server/connections.py"
LISTENING = "gateway/server/listener.py"

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
        "a body that is on its way when it stops is thrown away",
        [Change(CONNECTIONS, "            self._take_the_rest(data)\n", "")],
        "tests/gateway/server/test_connections.py::"
        "test_a_call_whose_body_is_on_its_way_is_answered_at_a_stop_and_no_other_one",
    ),
    Bug(
        "it keeps connections open that it will close",
        [Change("gateway/http/health.py", "    app.on_response_prepare.append(part_when_draining)\n", "")],
        f"{SUITE}test_while_it_drains_each_answer_is_the_last_on_its_connection",
    ),
    Bug(
        "one new connection is taken in a turn of the loop",
        [Change(LISTENING, "AT_ONCE: Final = 64\n", "AT_ONCE: Final = 1\n")],
        f"{LISTENERS}test_all_who_wait_are_taken_within_a_few_turns_of_the_loop",
    ),
    Bug(
        "a gateway that cannot hold another connection never takes one again",
        [Change(LISTENING, "self._loop.call_later(PAUSE, self._listen)", "None")],
        f"{LISTENERS}test_when_no_more_can_be_held_it_looks_again_after_a_while",
    ),
)
