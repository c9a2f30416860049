"""Bugs that the simulated parties run into around the core alone."""

from typing import Final

from tests.mutants.bug import Bug, Change

OPENING: Final = "core/domain/open_payment.py"
SETTLING: Final = "core/domain/payment_outcome.py"
MOVING: Final = "core/domain/transition.py"
BOOKS: Final = "core/domain/unit_of_work.py"
STATES: Final = "core/domain/state_tables.py"
DECISIONS: Final = "core/domain/decide.py"
TEST: Final = "tests/core/domain/test_simulation.py::test_whatever_happens_the_core_does_what_the_model_says"

SIMULATION: Final = (
    Bug(
        "now() on a repeated Create",
        [
            Change(
                OPENING,
                "    return Decision(Done(own, repeat=True))\n\n\ndef _own_attempt",
                "    return Decision(Done(own._replace(created_at=now), repeat=True))\n\n\ndef _own_attempt",
            ),
        ],
        TEST,
    ),
    Bug(
        "now() on a repeated Perform",
        [
            Change(
                MOVING,
                "        return Decision(Done(payment, repeat=True))\n    move",
                "        return Decision(Done(payment._replace(performed_at=payment.performed_at and "
                "now), repeat=True))\n"
                "    move",
            )
        ],
        TEST,
    ),
    Bug(
        "the second reason of a Cancel wins",
        [
            Change(
                MOVING,
                "        return Decision(Done(payment, repeat=True))\n    move",
                "        return Decision(Done(payment._replace(**changes), repeat=True))\n    move",
            )
        ],
        TEST,
    ),
    Bug(
        "too old a millisecond early",
        [Change(OPENING, "if now - command.opened_at > books", "if now - command.opened_at >= books")],
        TEST,
    ),
    Bug(
        "an order's time ends a millisecond early",
        [
            Change(
                BOOKS,
                "self.expires_at is not None and now > self.expires_at",
                "self.expires_at is not None and now >= self.expires_at",
            )
        ],
        TEST,
    ),
    Bug(
        "a clock set back puts an end before its beginning",
        [Change(MOVING, "    at = max(now, payment.performed_at or payment.created_at)", "    at = now")],
        TEST,
    ),
    Bug(
        "given back before it was taken",
        [
            Change(
                MOVING,
                "    at = max(now, payment.performed_at or payment.created_at)",
                "    at = max(now, payment.created_at)",
            )
        ],
        TEST,
    ),
    Bug(
        "Click's failure gives back what is paid",
        [Change(STATES, "(PAID, Verb.RELEASE): No(Refusal.PAYMENT_PAID)", "(PAID, Verb.RELEASE): To(REVERSED)")],
        TEST,
    ),
    Bug(
        "a Perform revives what was cancelled",
        [
            Change(
                STATES,
                "(CANCELLED, Verb.PERFORM): No(Refusal.PAYMENT_CANCELLED)",
                "(CANCELLED, Verb.PERFORM): To(PAID)",
            )
        ],
        TEST,
    ),
    Bug(
        "a debited card's Complete comes too late",
        [Change(SETTLING, "frozenset({Provider.PAYME})", "frozenset({Provider.PAYME, Provider.CLICK})")],
        TEST,
    ),
    Bug(
        "the older attempt stays beside the newer",
        [Change(OPENING, "        return ()\n    reason", "        return ()\n    return ()\n    reason")],
        TEST,
    ),
    Bug(
        "Click does not mind what Payme holds",
        [
            Change(
                OPENING,
                "if holder is not None and holder.provider is not to and not",
                "if holder is not None and to is None and not",
            )
        ],
        TEST,
    ),
    Bug(
        "a Complete with another amount",
        [Change(SETTLING, "if command.amount is not None and command.amount != payment.amount:", "if False:")],
        TEST,
    ),
    Bug(
        "a prepare id pays for another order",
        [
            Change(
                BOOKS,
                "return payment if payment and order and payment.order_id == order.id else None",
                "return payment if payment and order else None",
            )
        ],
        TEST,
    ),
    Bug(
        "another attempt pays what is paid",
        [Change(OPENING, "if same is not None and same.state is PaymentState.PAID:", "if False:")],
        TEST,
    ),
    Bug(
        "an order's own move keeps its version",
        [
            Change(
                MOVING,
                "order=order._replace(state=to, version=order.version + 1,",
                "order=order._replace(state=to, version=order.version,",
            )
        ],
        TEST,
    ),
    Bug(
        "what was handed over is given back",
        [
            Change(
                SETTLING,
                "    if PAYMENT[payment.state, Verb.CANCEL] == To(PaymentState.REVERSED) and "
                "_delivered(order, payment):",
                "    if False:",
            )
        ],
        TEST,
    ),
    Bug(
        "no event for what is given back",
        [Change("core/domain/events.py", '    (Verb.CANCEL, PaymentState.REVERSED): "payment.reversed",\n', "")],
        TEST,
    ),
    Bug(
        "the names of later attempts are forgotten",
        [
            Change(
                OPENING,
                "    return next((p for p in known if command.key.external_id in p.also_known_as), None)",
                "    return None",
            )
        ],
        TEST,
    ),
    Bug(
        "an answer under a key is not kept",
        [Change(DECISIONS, "    books.keep(Kept(", "    (lambda kept: None)(Kept(")],
        TEST,
    ),
    Bug(
        "a key with another request is believed",
        [Change(DECISIONS, "if kept.fingerprint != idempotency.fingerprint:", "if False:")],
        TEST,
    ),
    Bug(
        "a batch does not see what it has decided",
        [
            Change(
                BOOKS,
                "            if move.payment is not None:\n                self._put_payment(move.payment)\n",
                "            if move.payment is not None:\n"
                '                if move.payment_was is not None or move.payment.provider == "payme": '
                "self._put_payment(move.payment)\n",
            )
        ],
        TEST,
    ),
    Bug(
        "handed over before it was paid",
        [Change("core/domain/order_lifecycle.py", "delivered_at=max(now, last))", "delivered_at=now)")],
        TEST,
    ),
)
