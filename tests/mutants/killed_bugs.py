"""Bugs that the simulated parties run into at a gateway that is killed."""

from typing import Final

from tests.mutants.bug import Bug, Change

SAVING: Final = "core/commit/save_rows.py"
SAVE: Final = "core/commit/sql/save.sql"
LOAD: Final = "core/commit/sql/load.sql"
SWEEPER: Final = "core/jobs/expiry_sweeper.py"
GROUP_COMMIT: Final = "core/commit/group_commit.py"
TEST: Final = "tests/faults/test_simulation.py::test_killed_and_restarted_the_gateway_does_what_the_model_says[0]"

KILLED: Final = (
    Bug(
        "answer before commit, then die",
        [
            Change(
                GROUP_COMMIT,
                "            try:\n                await connection.commit()",
                "            self.deliver(books.moves, answers)\n"
                "            try:\n"
                "                await connection.commit()",
            )
        ],
        TEST,
    ),
    Bug(
        "commit and answer before save, then die",
        [
            Change(
                GROUP_COMMIT,
                "                await connection.commit()\n            except Exception as error:\n",
                "                await store.save(connection, books, move_ids, wait=wait)\n"
                "            except Exception as error:\n",
            ),
            Change(
                GROUP_COMMIT,
                "                await store.save(connection, books, move_ids, wait=wait)\n            except store.",
                "                await connection.commit()\n"
                "                self.deliver(books.moves, answers)\n"
                "            except store.",
            ),
        ],
        TEST,
    ),
    Bug(
        "pending payments are not loaded",
        [Change(LOAD, "AND one_time AND state IN ('pending', 'paid')", "AND one_time AND state = 'paid'")],
        TEST,
    ),
    Bug(
        "attempts of the same payment are not loaded",
        [
            Change(
                LOAD,
                "WHERE click_paydoc_id = s.number",
                "WHERE click_paydoc_id = s.number AND false",
            )
        ],
        TEST,
    ),
    Bug(
        "the names of later attempts are not saved",
        [
            Change(
                SAVE,
                "        also_known_as = n.also_known_as,",
                "        also_known_as = p.also_known_as,",
            )
        ],
        TEST,
    ),
    Bug(
        "idempotency keys are not saved",
        [
            Change(
                SAVING,
                "[_kept(kept) for kept in sorted(books.newly_kept, key=lambda kept: (kept.key, kept.shop))]",
                "[]",
            )
        ],
        TEST,
    ),
    Bug(
        "the sweeper forgets Click's",
        [
            Change(
                SWEEPER,
                "            for provider, lifetime in self._lifetimes.items()",
                "            for provider, lifetime in self._lifetimes.items() if provider is Provider.PAYME",
            )
        ],
        TEST,
    ),
    Bug(
        "a statement without its last moment",
        [
            Change(
                "core/reads/reports.py",
                'payments.c.provider_time <= bindparam("until")',
                'payments.c.provider_time < bindparam("until")',
            )
        ],
        TEST,
    ),
    Bug(
        "the sweeper comes a millisecond early",
        [Change(SWEEPER, "payments.c.provider_time < now - lifetime", "payments.c.provider_time <= now - lifetime")],
        TEST,
    ),
    Bug(
        "events are not written",
        [
            Change(
                SAVING,
                "for move_id, (move, _) in numbered if (event := event_of(move))",
                "for move_id, (move, _) in numbered[:0] if (event := event_of(move))",
            )
        ],
        TEST,
    ),
    Bug(
        "a time of its own",
        [
            Change(
                GROUP_COMMIT,
                "            now = self._clock()\n",
                "            from core.clock import wall_clock\n            now = wall_clock()\n",
            )
        ],
        TEST,
    ),
    Bug(
        "a code for another refusal",
        [
            Change(
                "payme_rpc/errors.py", "    Refusal.ORDER_DELIVERED: DELIVERED,", "    Refusal.ORDER_DELIVERED: CANNOT,"
            )
        ],
        TEST,
    ),
)
