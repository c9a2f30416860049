"""Bugs in what is believed of a server that is silent, says little, or may only be read."""

from typing import Final

from tests.mutants.bug import Bug, Change

BATCHES = "tests/core/commit/test_group_commit.py::"
DRIVER = "tests/core/db/test_connection.py::"

SERVERS: Final = (
    Bug(
        "a server that is set to say little is believed",
        [Change("core/commit/sql/lock.sql", "set_config('client_min_messages', 'warning', true)", "true")],
        "tests/faults/test_standby.py::test_a_server_that_is_set_to_say_little_still_says_that_the_standby_lacks_it",
    ),
    Bug(
        "reports believe a server that is set to say little",
        [Change("core/reads/reports.py", "SELECT {WARNINGS}, CASE", "SELECT CASE")],
        "tests/faults/test_standby.py::test_a_server_that_is_set_to_say_little_still_says_that_the_standby_lacks_it",
    ),
    Bug(
        "whatever is said at a COMMIT is taken for a warning",
        [Change("core/db/replication.py", 'if message.severity_en == "WARNING":', "if message:")],
        DRIVER + "test_other_messages_at_a_commit_are_no_warning",
    ),
    Bug(
        "connections to a server that may only be read are kept",
        [Change("core/db/errors.py", " and state != READ_ONLY", "")],
        BATCHES + "test_connections_to_a_server_that_may_only_be_read_are_given_up",
    ),
    Bug(
        "the journal stays with a server that may only be read",
        [Change("core/db/engine.py", " or sqlstate_of(trouble) == READ_ONLY", "")],
        "tests/gateway/observability/test_journal.py::test_it_leaves_a_server_that_may_only_be_read",
    ),
    Bug(
        "reports wait for a database that has fallen silent",
        [Change("core/reads/reports.py", "call_at(end, self._driver.terminate)", "call_at(end, id, 0)")],
        "tests/core/reads/test_reports.py::test_a_database_that_falls_silent_is_hung_up_on",
    ),
    Bug(
        "a plan that has changed is taken for a bug",
        [Change("core/db/errors.py", "if isinstance(error, InvalidCachedStatementError):", "if False:")],
        DRIVER + "test_statements_that_a_migration_has_changed_are_run_again",
    ),
    Bug(
        "an attempt runs into a payment that is held",
        [
            Change(
                "core/commit/sql/save.sql",
                "(SELECT count(*) FROM payment_updates) >= 0 AND (SELECT whole FROM free)",
                "(SELECT count(*) FROM payment_updates) >= 0",
            )
        ],
        BATCHES + "test_an_attempt_that_would_end_a_held_payment_delays_only_its_own_caller",
    ),
    Bug(
        "ids are thrown away whenever somebody holds a row",
        [Change("core/commit/group_commit.py", "if not given_up(error):", "if error:")],
        BATCHES + "test_a_row_that_is_held_too_long_gets_the_try_again_answer",
    ),
    Bug(
        "a check that cannot be decided leaves the others waiting",
        [
            Change(
                "core/reads/payability.py",
                "        except Exception as error:\n            if not verdict",
                "        except ArithmeticError as error:\n            if not verdict",
            )
        ],
        BATCHES + "test_a_check_that_cannot_be_decided_harms_nobody_else",
    ),
)
