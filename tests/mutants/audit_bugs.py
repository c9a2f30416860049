"""Bugs of the audit: what it would no longer see, or see where nothing is."""

from typing import Final

from tests.mutants.bug import Bug, Change

SUSPICION, AUDITING, MOVES = "core/audit/suspects.py", "core/audit/audit.py", "core/audit/sql/checksums/moves.sql"
FOUND = "tests/core/audit/test_invariants.py::test_what_is_broken_is_found_and_nothing_else"


def blind(name: str, old: str) -> Bug:
    return Bug(f"the audit is blind to {name}", [Change(SUSPICION, old, "False")], FOUND)


AUDIT: Final = (
    blind("gaps in an order's history", "moves.order_chain != orders.order_chain"),
    blind("gaps in a payment's history", "moves.payment_chain != payments.payment_chain"),
    blind("missing events", "moves.events != outbox.events"),
    blind("times that were changed", "moves.payment_times != payments.payment_times"),
    blind("two live payments", "payments.standing != orders.standing"),
    Bug(
        "the audit sees gaps in sound books",
        [Change(MOVES, "m.version - 1", "m.version")],
        "tests/core/audit/test_invariants.py::test_nothing_is_found_after_a_busy_day",
    ),
    Bug(
        "the audit leaves out a part of each table",
        [Change(AUDITING, "for part in range(parts + 1)", "for part in range(parts)")],
        FOUND,
    ),
    Bug(
        "the audit sees a moving target",
        [
            Change(
                AUDITING,
                'isolation_level="REPEATABLE READ", postgresql_readonly=True',
                'isolation_level="READ COMMITTED"',
            )
        ],
        "tests/core/audit/test_invariants.py -k test_an_audit_cannot_write",
    ),
    Bug(
        "a refund before its payment on a clock that was set back",
        [
            Change(
                "core/domain/transition.py",
                "max(now, payment.performed_at or payment.created_at)",
                "max(now, payment.created_at)",
            )
        ],
        "tests/core/domain/test_guards.py::test_a_clock_set_back_puts_no_refund_before_the_payment",
    ),
)
