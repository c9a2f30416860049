"""Bugs that only trouble brings to light: with the database, a pooler, a migration, the clock, the logs, a setting."""

from typing import Final

from tests.mutants.bug import Bug, Change

FAULTS, GROUP_COMMIT, LANES, STORE = (
    "core/db/errors.py",
    "core/commit/group_commit.py",
    "core/commit/scheduler.py",
    "core/commit/store.py",
)
DATABASE, MIGRATE, LINES, SWEEPER = (
    "core/db/engine.py",
    "gateway/database/migrations.py",
    "gateway/observability/log_writer.py",
    "core/jobs/expiry_sweeper.py",
)
SAVE = "core/commit/sql/save.sql"
HELD = "tests/faults/test_held_rows.py::"
HELD_PAYMENT = HELD + "test_a_payment_held_without_its_order_delays_only_its_own_callers"
RESTART = "tests/faults/test_database_trouble.py::test_a_restart_of_the_database_is_survived"
POOLER = "tests/faults/test_pgbouncer.py::"
MIGRATION = "tests/faults/test_migration_under_load.py::"
CLOCK = "tests/faults/test_clock_jumps.py::"
FORWARD = CLOCK + "test_an_hour_forward_ends_no_more_than_a_sweep_may_and_calls_the_operator"
LOGS = "tests/faults/test_full_logs.py::"


def unknown(name: str, entry: str, test: str, instead: str = "") -> Bug:
    """A trouble that `core/db/errors.py` no longer knows."""
    return Bug(name, [Change(FAULTS, entry, instead)], test)


TROUBLE: Final = (
    Bug(
        "commits are not flushed",
        [
            Change(
                DATABASE,
                '    "enable_mergejoin": "off",\n',
                '    "enable_mergejoin": "off", "synchronous_commit": "off",\n',
            )
        ],
        RESTART + "[immediate]",
    ),
    unknown(
        "a broken connection is not run again",
        'AWAY: Final = Fault("connection", 2)',
        "tests/faults/test_database_trouble.py::test_a_connection_ended_within_a_transaction_costs_nobody_anything",
        'AWAY: Final = Fault("connection", 0)',
    ),
    unknown(
        "a database that starts is taken for a bug",
        '    "57P03": Fault("starting", 2),\n',
        RESTART + "[fast]",
        '    "57P03": Fault("starting", 0, bug=True),\n',
    ),
    unknown(
        "a deadlock is taken for a bug",
        '    "40P01": Fault("deadlock", 2),\n',
        "tests/faults/test_deadlocks.py::test_a_deadlock_with_somebody_else_ends[gateway]",
    ),
    unknown(
        "a database that may only be read is taken for a bug",
        '    READ_ONLY: Fault("read_only", 2),\n',
        "tests/faults/test_database_limits.py::test_a_database_that_may_only_be_read_for_a_while",
    ),
    unknown(
        "a full disk is taken for a bug",
        '    "53": Fault("out_of_resources", 0),\n',
        "tests/faults/test_database_disk.py::test_a_disk_that_is_full_for_a_while",
    ),
    unknown(
        "a server without a connection left is taken for a bug",
        '    "53300": Fault("too_many_connections", 2),\n',
        "tests/faults/test_database_limits.py::test_connections_that_are_gone_before_the_first_call",
        '    "53300": Fault("too_many_connections", 0, bug=True),\n',
    ),
    Bug(
        "a batch waits for a payment",
        [Change(SAVE, "FOR NO KEY UPDATE SKIP LOCKED", "FOR NO KEY UPDATE")],
        "tests/core/commit/test_group_commit.py::test_a_payment_held_without_its_order_delays_only_its_own_callers",
    ),
    Bug(
        "a move refers to a payment that is held",
        [
            Change(
                SAVE,
                "(SELECT count(*) FROM payment_inserts) >= 0 AND (SELECT whole FROM free)",
                "(SELECT count(*) FROM payment_inserts) >= 0",
            )
        ],
        "tests/core/commit/test_group_commit.py::test_a_payment_held_without_its_order_delays_only_its_own_callers",
    ),
    Bug(
        "no lane for a held order",
        [
            Change(
                LANES,
                "        for waiting, order_id in held:\n            self._wait_for(order_id, waiting)\n",
                "        for waiting, _ in held:\n"
                "            self._start(self._one_by_one([waiting, waiting], LOCK_TIMEOUT, TryAgain()))\n",
            )
        ],
        HELD + "test_many_callers_of_one_held_order_take_no_place_from_another_one",
    ),
    Bug(
        "the server's own timeouts begin with the first statement",
        [Change(DATABASE, "settings={**BY_INDEX, **PATIENCE}", "settings=BY_INDEX")],
        HELD + "test_a_table_held_by_somebody_leaves_nothing_waiting_behind",
    ),
    Bug(
        "nobody hangs up on silence",
        [
            Change(
                "core/db/connection.py",
                "        guard = loop.call_at(min(deadline, loop.time() + longest), lent.give_up)",
                "        guard = loop.call_at(deadline + 1_000, lent.give_up)",
            )
        ],
        "tests/core/db/test_connection.py::test_whoever_is_late_is_hung_up_on",
    ),
    Bug(
        "a caller has no deadline",
        [Change(LANES, "loop.call_at(waiting.deadline, waiting.give_up)", "loop.call_at(1e9, waiting.give_up)")],
        HELD_PAYMENT,
    ),
    Bug(
        "what stands alone is never in a transaction",
        [Change("core/db/autocommit.py", "bool(engine.get_execution_options().get(POOLED))", "False")],
        "tests/core/db/test_autocommit.py::test_behind_a_pooler_there_is_a_transaction_around_them",
    ),
    Bug(
        "a check is never in a transaction",
        [Change("core/db/connection.py", "bool(engine.get_execution_options().get(POOLED))", "False")],
        "tests/core/db/test_autocommit.py::test_behind_a_pooler_there_is_a_transaction_around_a_check",
    ),
    Bug(
        "statements are kept behind a pooler",
        [Change(DATABASE, "        arguments |= FORGETFUL\n", "        pass\n")],
        POOLER + "test_full_traffic_through_a_pooler",
    ),
    Bug(
        "a start leaves statements at the pooler",
        [Change(MIGRATE, ", **FORGETFUL}", "}")],
        POOLER + "test_gateways_that_start_one_after_another_behind_the_same_pooler",
    ),
    Bug(
        "a migration waits for its table for ever",
        [Change(MIGRATE, "SET lock_timeout = '500ms'", "SET lock_timeout = 0")],
        MIGRATION + "test_a_step_that_has_to_wait_lets_the_payments_pass",
    ),
    Bug(
        "a migration gives up at the first try",
        [Change(MIGRATE, "TRIES: Final = 30", "TRIES: Final = 1")],
        MIGRATION + "test_a_step_that_has_to_wait_lets_the_payments_pass",
    ),
    Bug(
        "the guard of a migration keeps a snapshot",
        [Change(MIGRATE, "            await guard.execute(LET_GO)\n", "")],
        MIGRATION + "test_steps_go_through_under_load",
    ),
    Bug(
        "a sweep without a limit",
        [
            Change(
                SWEEPER,
                "            .order_by(orders.c.expires_at)\n            .limit(MOST_PER_SWEEP)\n",
                "            .order_by(orders.c.expires_at)\n",
            )
        ],
        FORWARD,
    ),
    Bug(
        "nobody is called when a sweep meets its limit",
        [Change(SWEEPER, 'log.error("a sweep met', 'log.info("a sweep met')],
        FORWARD,
    ),
    Bug(
        "an end before its beginning on a clock that was set back",
        [
            Change(
                "core/domain/transition.py",
                "    at = max(now, payment.performed_at or payment.created_at)\n",
                "    at = now\n",
            )
        ],
        CLOCK + "test_an_hour_back_ends_nothing_and_puts_no_end_before_its_beginning",
    ),
    Bug(
        "a line is written by whoever has it to say",
        [Change(LINES, "        self._waiting.append(line)\n", "        self._target(line)\n")],
        LOGS + "test_payments_go_on_with_a_full_disk_under_their_log",
    ),
    Bug(
        "a line that cannot be written is the last one",
        [
            Change(
                LINES,
                "            except Exception:  # whatever it is, the next lines are tried again\n",
                "            except ValueError:\n",
            )
        ],
        LOGS + "test_payments_go_on_with_a_full_disk_under_everything",
    ),
    Bug(
        "the end waits for the log",
        [Change(LINES, "self._thread.join(seconds)", "self._thread.join()")],
        LOGS + "test_a_gateway_whose_log_nobody_reads_can_be_stopped",
    ),
    Bug(
        "the previous key is forgotten",
        [Change("gateway/config/shop_settings.py", "else [now, before]", "else [now]")],
        "tests/faults/test_other_settings.py::test_a_key_is_rotated_under_load",
    ),
    Bug(
        "a zombie keeps its locks",
        [Change(STORE, '"idle_timeout": "4s"', '"idle_timeout": "0"')],
        "tests/faults/test_frozen.py::test_a_zombie_changes_nothing",
    ),
)
