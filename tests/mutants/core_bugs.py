"""Bugs of the core: locks, transactions, repeats, the store's statements."""

from typing import Final

from tests.mutants.bug import Bug, Change

GROUP_COMMIT, STORE, SAVING, LANES = (
    "core/commit/group_commit.py",
    "core/commit/store.py",
    "core/commit/save_rows.py",
    "core/commit/scheduler.py",
)
OPENING, SETTLING, BOOKS = (
    "core/domain/open_payment.py",
    "core/domain/payment_outcome.py",
    "core/domain/unit_of_work.py",
)
SAVE = "core/commit/sql/save.sql"
MIGRATION = "schema/migrations/versions/0001_books.py"

CORE: Final = (
    Bug(
        "commit before save",
        [
            Change(
                GROUP_COMMIT,
                "                await store.save(connection, books, move_ids, wait=wait)\n",
                "                await connection.commit()\n"
                "                await store.save(connection, books, move_ids, wait=wait)\n",
            )
        ],
        "tests/core/commit/test_group_commit.py::test_one_command_alone_is_one_commit",
    ),
    Bug(
        "answer before commit",
        [
            Change(
                GROUP_COMMIT,
                "            try:\n                await connection.commit()\n",
                "            self.deliver(books.moves, answers)\n"
                "            await asyncio.sleep(0.05)\n"
                "            try:\n                await connection.commit()\n",
            )
        ],
        "tests/faults/test_crash_points.py::test_killed_at_every_message[create-alone-before]",
    ),
    Bug(
        "rerun without looking for the moves",
        [Change(LANES, "            if committed:\n", "            if committed and lost is None:\n")],
        "tests/core/commit/test_lost_commits.py::test_a_complete_whose_commit_is_unknown_is_no_repeat",
    ),
    Bug(
        "a lost commit is taken for done",
        [Change(LANES, "            if committed:\n", "            if committed or lost.move_ids:\n")],
        "tests/faults/test_lost_commits.py::test_final_answers_are_what_the_books_hold -k many",
    ),
    Bug(
        "a lost commit is taken for failed",
        [
            Change(
                GROUP_COMMIT,
                "                if surely_rolled_back(error):\n",
                "                if surely_rolled_back(error) or move_ids:\n",
            )
        ],
        "tests/core/commit/test_lost_commits.py::test_a_complete_whose_commit_is_unknown_is_no_repeat",
    ),
    Bug(
        "outbox outside the transaction",
        [
            Change(
                STORE,
                "    (counts,) = await (SAVE_WAITING if wait else SAVE).on(connection, as_parameters(rows))\n",
                "    later = {part: found if part == 'events' else [] for part, found in rows.items()}\n"
                "    (counts,) = await SAVE.on(connection, as_parameters(rows | {'events': []}))\n"
                "    await connection.commit()\n"
                "    await SAVE.on(connection, as_parameters(later))\n",
            )
        ],
        "tests/core/commit/test_group_commit.py::test_one_command_alone_is_one_commit",
    ),
    Bug(
        "now() on a repeat",
        [
            Change(
                OPENING,
                "        return refuse(Refusal.WRONG_AMOUNT, own)\n    return Decision(Done(own, repeat=True))\n",
                "        return refuse(Refusal.WRONG_AMOUNT, own)\n"
                "    return Decision(Done(own._replace(created_at=now), repeat=True))\n",
            ),
        ],
        "tests/payme_rpc/test_states.py::test_a_repeat_gives_the_first_answer_and_writes_nothing",
    ),
    Bug(
        "unsorted save arrays",
        [
            Change(
                SAVING,
                "for order in sorted(orders, key=lambda order: (order.account, order.shop))]",
                "for order in orders]",
            )
        ],
        "tests/core/commit/test_two_processes.py::test_the_same_new_orders_in_opposite_order_make_no_deadlock",
    ),
    Bug(
        "EXISTS instead of count",
        [
            Change(
                SAVE,
                "(SELECT count(*) FROM payment_updates) >= 0",
                "CAST(EXISTS (SELECT FROM payment_updates) AS int) >= 0",
            ),
            Change(  # what is asked for first runs first
                SAVE,
                "    (SELECT count(*) FROM order_updates) AS order_updates,\n",
                "    (SELECT count(*) FROM payment_inserts), (SELECT count(*) FROM order_updates) AS order_updates,\n",
            ),
        ],
        "tests/core/commit/test_group_commit.py::test_released_payments_and_their_successors_in_one_batch_do_not_collide",
    ),
    Bug(
        "a payment's unique index dropped",
        [
            Change(
                MIGRATION,
                "CREATE UNIQUE INDEX uq_payments_external_id_shop",
                "CREATE INDEX uq_payments_external_id_shop",
            )
        ],
        "tests/test_races.py::test_one_payme_id_for_two_orders",
    ),
    Bug(
        "the index of the one live payment dropped",
        [Change(MIGRATION, "CREATE UNIQUE INDEX one_live_payment", "CREATE INDEX one_live_payment")],
        "tests/schema/test_migrations.py::test_the_steps_build_what_the_tables_say",
    ),
    Bug(
        "a batch waits for a row",
        [Change("core/commit/sql/lock.sql", "FOR NO KEY UPDATE SKIP LOCKED", "FOR NO KEY UPDATE")],
        "tests/core/commit/test_group_commit.py::test_a_held_row_delays_only_its_own_callers",
    ),
    Bug(
        "a failed batch fails everybody",
        [
            Change(
                LANES,
                "        runs = 0 if len(batch) > 1 else 1\n",
                "        runs = 9\n",
            )
        ],
        "tests/core/commit/test_group_commit.py::test_one_poisoned_command_harms_nobody_else",
    ),
    Bug(
        "twelve hours to the millisecond",
        [
            Change(
                BOOKS,
                "        return now - payment.opened_at > self.lifetimes[payment.provider]",
                "        return now - payment.opened_at >= self.lifetimes[payment.provider]",
            )
        ],
        "tests/payme_rpc/test_timeouts.py",
    ),
    Bug(
        "a refusal forgets the expiry that it found",
        [
            Change(
                SETTLING,
                "        return refuse(Refusal.PAYMENT_EXPIRED, payment, keep=(lapse(books, payment, now),))\n",
                "        return refuse(Refusal.PAYMENT_EXPIRED, payment)\n",
            )
        ],
        "tests/payme_rpc/test_timeouts.py",
    ),
    Bug(
        "a failed Click debit gives back what was paid",
        [
            Change(
                "core/domain/state_tables.py",
                "    (PAID, Verb.RELEASE): No(Refusal.PAYMENT_PAID),\n",
                "    (PAID, Verb.RELEASE): To(REVERSED),\n",
            )
        ],
        "tests/click_http/test_states.py",
    ),
    Bug(
        "float amount",
        [
            Change(
                "click_http/amounts.py",
                "    amount = Decimal(text) * 100\n",
                "    amount = Decimal(float(text) * 100)\n",
            )
        ],
        "tests/click_http/test_amounts.py",
    ),
    Bug(
        "an idempotency key without its request",
        [
            Change(
                "core/domain/decide.py",
                "        if kept.fingerprint != idempotency.fingerprint:\n",
                "        if kept.fingerprint is None:\n",
            )
        ],
        "tests/merchant_api/test_idempotency.py::test_the_same_key_with_another_request_is_refused",
    ),
)
