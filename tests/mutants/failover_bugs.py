"""Bugs that only a failover shows: answers that tell of what the standby never had."""

from typing import Final

from tests.mutants.bug import Bug, Change

SUITE = "tests/faults/test_standby.py::"
NOT_SETTLED = f"{SUITE}test_a_commit_that_no_longer_waits_is_not_settled_by_what_only_the_primary_has"
NOBODY_IS_TOLD = f"{SUITE}test_while_the_standby_is_away_nobody_is_told_of_what_only_the_primary_has"
GROUP_COMMIT = "core/commit/group_commit.py"

FAILOVER: Final = (
    Bug(
        "a lost commit is settled from rows that the standby lacks",
        [Change(GROUP_COMMIT, "            if committed:\n", "            if not committed:\n")],
        f"{NOT_SETTLED}[terminated]",
    ),
    Bug(
        "a wait for the standby that was cancelled is taken for its end",
        [Change("core/db/replication.py", "    if said:\n", "    if said and not said:\n")],
        f"{NOT_SETTLED}[cancelled]",
    ),
    Bug(
        "reads tell of rows that the standby lacks",
        [Change("core/reads/reports.py", "                    await connection.execute(AS_WRITTEN)\n", "")],
        NOBODY_IS_TOLD,
    ),
    Bug(
        "repeats read without a lock",
        [Change("core/commit/sql/lock.sql", "    FOR NO KEY UPDATE SKIP LOCKED\n", "")],
        NOBODY_IS_TOLD,
    ),
    Bug(
        "a move with the same id is taken for ours",
        [
            Change(
                GROUP_COMMIT,
                "_as_written(lost) == {tuple(row) for row in await connection.rows(WRITTEN, [lost.move_ids])}",
                "bool(await connection.rows(WRITTEN, [lost.move_ids]))",
            )
        ],
        "tests/core/commit/test_lost_commits.py::test_a_move_of_somebody_else_with_the_same_id_is_not_taken_for_ours",
    ),
    Bug(
        "ids of a lost primary are used",
        [Change(GROUP_COMMIT, "            self._forget_ids()\n", "")],
        f"{SUITE}test_ids_of_a_primary_that_is_gone_are_not_used",
    ),
    Bug(
        "the journal waits for the standby",
        [
            Change(
                "gateway/observability/journal.py",
                "    WHERE set_config('synchronous_commit', 'local', true) IS NOT NULL\n",
                "",
            )
        ],
        f"{SUITE}test_the_standby_is_away_for_a_while_and_everything_goes_on",
    ),
    Bug(
        "a silent server takes the others' time",
        [Change("core/db/engine.py", '        "async_creator_fn": connector(),\n', "")],
        f"{SUITE}test_the_gateway_finds_the_new_primary_by_itself[says_nothing]",
    ),
)
