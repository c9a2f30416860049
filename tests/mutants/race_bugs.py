"""Bugs that show only when two gateways are called at the same moment."""

from typing import Final

from tests.mutants.bug import Bug, Change

SAVE: Final = "core/commit/sql/save.sql"
STORE: Final = "core/commit/store.py"
MIGRATION: Final = "schema/migrations/versions/0001_books.py"
TESTS: Final = "tests/faults/test_concurrency.py"
NO_LOCK: Final = Change(
    "core/commit/sql/lock.sql", "    ORDER BY id\n    FOR NO KEY UPDATE SKIP LOCKED\n", "    ORDER BY id\n"
)

RACES: Final = (
    Bug("no lock: Perform against Cancel", [NO_LOCK], f"{TESTS}::test_perform_against_cancel_is_one_history"),
    Bug("no lock: equal Completes", [NO_LOCK], f"{TESTS}::test_equal_calls_of_click_take_the_money_once"),
    Bug("no lock: Payme against Click", [NO_LOCK], f"{TESTS}::test_one_provider_wins_before_the_card_is_debited"),
    Bug("no lock: two ids for one order", [NO_LOCK], f"{TESTS}::test_two_ids_for_one_order_have_one_winner"),
    Bug(
        "no lock: a withdrawal against a payment",
        [NO_LOCK],
        f"{TESTS}::test_a_withdrawal_against_a_payment_has_one_winner",
    ),
    Bug(
        "no lock, no compare-and-set, no unique indexes",
        [
            NO_LOCK,
            Change(
                SAVE, "WHERE o.id = n.id AND o.state = n.state_read AND o.version = n.version_read", "WHERE o.id = n.id"
            ),
            Change(SAVE, "WHERE p.id = n.id AND p.state = n.state_read AND", "WHERE p.id = n.id AND"),
            Change(MIGRATION, "CREATE UNIQUE INDEX one_live_payment", "CREATE INDEX one_live_payment"),
            Change(
                MIGRATION, "CREATE UNIQUE INDEX uq_moves_order_id_version", "CREATE INDEX uq_moves_order_id_version"
            ),
            Change(
                MIGRATION, "CREATE UNIQUE INDEX uq_outbox_order_id_sequence", "CREATE INDEX uq_outbox_order_id_sequence"
            ),
        ],
        f"{TESTS}::test_one_provider_wins_before_the_card_is_debited",
    ),
    Bug(
        "a provider's id belongs to two payments",
        [
            Change(
                MIGRATION,
                "CREATE UNIQUE INDEX uq_payments_external_id_shop",
                "CREATE INDEX uq_payments_external_id_shop",
            )
        ],
        f"{TESTS}::test_one_id_for_two_orders_is_one_payment",
    ),
    Bug(
        "now() on repeat, over HTTP",
        [
            Change(
                "core/domain/transition.py",
                "        return Decision(Done(payment, repeat=True))\n    move",
                "        return Decision(Done(payment._replace(performed_at=payment.performed_at and "
                "now), repeat=True))\n"
                "    move",
            )
        ],
        f"{TESTS}::test_equal_calls_of_payme_have_one_effect_and_one_answer",
    ),
    Bug(
        "a repeated Complete is a success again",
        [Change("click_http/handlers.py", "repeated=ALREADY_PAID)", "repeated=SUCCESS)")],
        f"{TESTS}::test_equal_calls_of_click_take_the_money_once",
    ),
    Bug(
        "a held order is taken for none",
        [Change(STORE, '            busy.update(dict.fromkeys(row["commands"], row["wanted"]))', "            pass")],
        f"{TESTS}::test_two_ids_for_one_order_have_one_winner",
    ),
    Bug(
        "new orders are not sorted by their key",
        [
            Change(
                "core/commit/save_rows.py",
                "for order in sorted(orders, key=lambda order: (order.account, order.shop))]",
                "for order in orders]",
            )
        ],
        f"{TESTS}::test_the_same_openings_in_opposite_order_do_not_deadlock",
    ),
    Bug(
        "the sweeper writes by itself",
        [
            Change(
                "core/jobs/expiry_sweeper.py",
                "        for start in range(0, len(commands), CHUNK):\n"
                "            await self._give(commands[start : start + CHUNK])\n",
                "        from sqlalchemy import update\n"
                "        over = [command.key.payment_id for command in commands if isinstance(command, "
                "ExpirePayment)]\n"
                '        ended = {"state": PaymentState.CANCELLED, "reason": 4, "cancelled_at": now, '
                '"performed_at": None}\n'
                "        async with self._engine.connect() as connection:\n"
                "            await "
                "connection.execute(update(payments).where(payments.c.id.in_(over)).values(**ended))\n",
            )
        ],
        f"{TESTS}::test_perform_while_the_twelfth_hour_passes_is_paid_or_over",
    ),
    Bug(
        "payments read before the lock",
        [
            Change(
                STORE,
                "    rows = await (LOCK_WAITING if wait else LOCK).on(",
                "    before = (\n"
                '        "SELECT p.* FROM payments p WHERE p.order_id IN (SELECT id FROM orders WHERE '
                'account = ANY ($1::text[])"\n'
                '        " UNION SELECT order_id FROM payments WHERE external_id = ANY ($2::text[]))"\n'
                "    )\n"
                "    named = [where.account for _, where in accounts], [key.external_id for _, key in theirs]\n"
                "    connection.before = await connection.rows(before, named)\n"
                "    rows = await (LOCK_WAITING if wait else LOCK).on(",
            ),
            Change(
                STORE,
                '        payments = [payment_from(row) for row in rows if row["order_id"] in order_ids]',
                "        rows = connection.before\n"
                '        payments = [payment_from(row) for row in rows if row["order_id"] in order_ids]',
            ),
        ],
        f"{TESTS}::test_perform_against_cancel_is_one_history",
    ),
    Bug(
        "EXISTS instead of count, counted last",
        [
            Change(
                SAVE,
                "WHERE (SELECT count(*) FROM payment_updates) >= 0",
                "WHERE EXISTS (SELECT FROM payment_updates) IS NOT NULL",
            ),
            Change(
                SAVE,
                "SELECT\n"
                "    (SELECT count(*) FROM order_updates) AS order_updates,\n"
                "    (SELECT count(*) FROM payment_updates) AS payment_updates,\n"
                "    (SELECT count(*) FROM kept_inserts) AS kept_inserts",
                "SELECT\n"
                "    (SELECT count(*) FROM kept_inserts) AS kept_inserts,\n"
                "    (SELECT count(*) FROM order_updates) AS order_updates,\n"
                "    (SELECT count(*) FROM payment_updates) AS payment_updates",
            ),
        ],
        f"{TESTS}::test_newer_attempts_take_the_older_ones_places_together",
    ),
)
