"""Violations break the rows of a busy day by hand, each with the invariant that must find it."""

from dataclasses import dataclass

OF = "(SELECT id FROM orders WHERE account = '{}')"
CREATED = "event = 'payment.created'"
CANCELLED = "event = 'payment.cancelled'"
COLUMNS = (
    "order_id, shop, provider, account, one_time, amount, reason, provider_time, created_at, performed_at, cancelled_at"
)


def order(account: str, change: str) -> str:
    return f"UPDATE orders SET {change} WHERE account = '{account}'"


def payment(external_id: str, change: str) -> str:
    return f"UPDATE payments SET {change} WHERE external_id = '{external_id}'"


def transitions(account: str, change: str, where: str = "true") -> str:
    return f"UPDATE transitions SET {change} WHERE order_id = {OF.format(account)} AND {where}"


def event(account: str, change: str, where: str = "true") -> str:
    return f"UPDATE outbox SET {change} WHERE order_id = {OF.format(account)} AND {where}"


def another_payment(like: str, external_id: str, state: str) -> str:
    """A payment without transitions."""
    return (
        f"INSERT INTO payments (id, external_id, also_known_as, state, {COLUMNS})"
        f" SELECT 2000000000, '{external_id}', '{{}}', '{state}', {COLUMNS} FROM payments WHERE external_id = '{like}'"
    )


def another_transition(account: str, verb: str, order_to: str) -> str:
    """The order's next transition, which the order follows."""
    return (
        "INSERT INTO transitions (id, shop, order_id, verb, order_from, order_to, version, at, actor, correlation_id)"
        f" SELECT 1000000, shop, id, '{verb}', state, '{order_to}', version + 1, changed_at, 'shop', '' FROM orders"
        f" WHERE account = '{account}';" + order(account, f"version = version + 1, state = '{order_to}'")
    )


def revived(account: str) -> str:
    """The order's only payment, which has ended, is paid after all; every row follows but the event of its end."""
    of = OF.format(account)
    return (
        "INSERT INTO transitions (id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to,"
        " version, at, actor, correlation_id)"
        " SELECT 1000000, p.shop, o.id, p.id, 'revive', 'cancelled', 'paid', o.state, 'paid', o.version + 1,"
        f" p.cancelled_at, 'click', '' FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = {of};"
        "INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)"
        " SELECT 1000000, e.shop, o.id, o.version + 1, 'payment.paid', payload || jsonb_build_object("
        "'id', 'evt_1000000', 'type', 'payment.paid', 'data', jsonb_build_object("
        "'order', payload #> '{data,order}' || jsonb_build_object('state', 'paid', 'version', o.version + 1),"
        " 'payment', payload #> '{data,payment}' || jsonb_build_object("
        "'state', 'paid', 'reason', NULL, 'performed_at', payload -> 'timestamp', 'cancelled_at', NULL))),"
        " e.at FROM orders o JOIN outbox e ON e.order_id = o.id"
        f" WHERE o.id = {of} AND {CANCELLED};"
        "UPDATE payments SET state = 'paid', reason = NULL, performed_at = cancelled_at, cancelled_at = NULL"
        f" WHERE order_id = {of};" + order(account, "state = 'paid', version = version + 1, paid_total = amount")
    )


def begun_in(external_id: str, ahead: str) -> tuple[str, str, str]:
    """The payment was begun so much later than the day's last moment, as its transition and its event say, too."""
    last = "(SELECT max(at) FROM transitions)"
    of = f"(SELECT id FROM payments WHERE external_id = '{external_id}')"
    return (
        payment(external_id, f"created_at = {last} + interval '{ahead}'"),
        f"UPDATE transitions SET at = (SELECT created_at FROM payments WHERE id = {of}) WHERE payment_id = {of}",
        f"UPDATE outbox SET at = (SELECT created_at FROM payments WHERE id = {of}) WHERE transition_id IN"
        f" (SELECT id FROM transitions WHERE payment_id = {of})",
    )


def wiped(external_id: str) -> tuple[str, str, str]:
    """The payment is gone, and all that it has led to but in its order's row."""
    of = f"(SELECT id FROM payments WHERE external_id = '{external_id}')"
    return (
        f"DELETE FROM outbox WHERE transition_id IN (SELECT id FROM transitions WHERE payment_id = {of})",
        f"DELETE FROM transitions WHERE payment_id = {of}",
        f"DELETE FROM payments WHERE external_id = '{external_id}'",
    )


@dataclass(frozen=True)
class Violation:
    """Breaks the rows: `caught_by` must find it; `also` names the invariants that break with it."""

    caught_by: str
    how: str
    statements: str
    also: frozenset[str] = frozenset()
    quick: bool = True
    """Whether a quick audit finds it, too."""


def breaks(caught_by: str, how: str, *statements: str, also: str = "", quick: bool = True) -> Violation:
    return Violation(caught_by, how, ";".join(statements), frozenset(also.split()), quick)


NO_LIVE = "DROP INDEX one_live_payment"
NO_NAMES = "DROP INDEX uq_payments_external_id_shop"
NO_TIMES = "ALTER TABLE payments DROP CONSTRAINT ck_payments_performed_after_created"
NO_STATES = "ALTER TABLE payments DROP CONSTRAINT ck_payments_performed_when_paid"
NO_ENDS = "ALTER TABLE payments DROP CONSTRAINT ck_payments_cancelled_when_ended"
NO_BALANCE = "ALTER TABLE orders DROP CONSTRAINT ck_orders_balance_is_never_used_up"
OF_NO_ORDER = (
    "INSERT INTO transitions (id, shop, order_id, verb, order_to, version, at, actor, correlation_id)"
    " SELECT 1000000, shop, 999999, verb, order_to, version, at, actor, '' FROM transitions WHERE verb = 'open' LIMIT 1"
)

ONE = "event_id = (SELECT min(event_id) FROM deliveries)"

VIOLATIONS = [
    breaks(
        *("one_live_payment", "two paid", NO_LIVE, another_payment("paid", "twice", "paid")),
        also="guards payment_history order_totals",
    ),
    breaks(
        *("one_live_payment", "two pending", NO_LIVE, another_payment("pending", "twice", "pending")),
        also="guards payment_history order_totals",
    ),
    breaks("order_state", "paid by nobody", order("open", "state = 'paid'"), also="order_history"),
    breaks("order_state", "paid and awaiting", order("paid", "state = 'awaiting'"), also="order_history"),
    breaks("order_state", "refunded and paid", order("refunded", "state = 'paid'"), also="order_history"),
    breaks("order_state", "held by nobody", order("cancelled", "state = 'reserved'"), also="order_history"),
    breaks("order_state", "paid balance", NO_BALANCE, order("balance", "state = 'paid'"), also="order_history guards"),
    breaks(
        "order_state", "paid anew and refunded", order("reopened and paid", "state = 'refunded'"), also="order_history"
    ),
    breaks("order_state", "reopened and refunded", order("reopened", "state = 'refunded'"), also="order_history"),
    breaks(
        "order_state",
        "refunded twice and awaiting",
        order("reopened and refunded", "state = 'awaiting'"),
        also="order_history",
    ),
    breaks("payment_fits_order", "another amount", order("paid", "amount = amount + 1"), also="payloads"),
    breaks(
        "payment_fits_order", "another amount, cancelled", order("cancelled", "amount = amount + 1"), also="payloads"
    ),
    breaks("payment_fits_order", "beyond the limits", order("balance", "max_amount = 50001")),
    breaks(
        "payment_fits_order",
        "another amount since it was amended",
        payment("new price", "amount = amount + 100"),
        also="payloads",
    ),
    breaks(
        "payment_fits_order", "beyond limits that were amended", order("narrowed", "max_amount = NULL, min_amount = 2")
    ),
    breaks("payment_fits_order", "another shop", payment("paid", "shop = 'toys'")),
    breaks("payment_fits_order", "another kind", payment("pending", "one_time = false"), also="order_state"),
    breaks(
        "payment_fits_order",
        "no order",
        payment("under-way", "order_id = 999999"),
        transitions("balance", "order_id = 999999", "payment_id IN (SELECT id FROM payments WHERE order_id = 999999)"),
        also="order_history events order_totals",
    ),
    breaks("order_totals", "more than was paid", order("paid", "paid_total = paid_total + 1")),
    breaks("order_totals", "one payment more", order("balance", "payment_count = payment_count + 1")),
    breaks(
        "order_totals",
        "given back, and not",
        order("refunded", "paid_total = reversed_total, reversed_total = paid_total"),
    ),
    breaks("order_totals", "another order's", order("paid", "paid_total = 0"), order("open", "paid_total = 50000")),
    breaks("order_history", "no beginning", f"DELETE FROM transitions WHERE order_id = {OF.format('open')}"),
    breaks(
        "order_history", "a transition lost", "DELETE FROM transitions WHERE verb = 'deliver'", also="times_set_once"
    ),
    breaks("order_history", "a gap", transitions("open", "version = 5")),
    breaks("order_history", "another version", order("paid", "version = version + 1")),
    breaks("order_history", "another shop", transitions("open", "shop = 'toys'")),
    breaks("order_history", "a transition of no order", OF_NO_ORDER),
    breaks(
        "order_history",
        "a revival lost",
        f"DELETE FROM transitions WHERE order_id = {OF.format('slow')} AND verb = 'revive'",
        also="payment_history events payloads times_set_once",
    ),
    breaks(
        "order_history",
        "the end that a revival has undone lost",
        f"DELETE FROM transitions WHERE order_id = {OF.format('slow')} AND verb = 'release'",
        also="payment_history events",
    ),
    breaks(
        "order_history",
        "a leap",
        transitions("delivered", "order_from = 'expired', order_to = 'expired'", "verb = 'deliver'"),
        order("delivered", "state = 'expired'"),
        also="edges order_state",
    ),
    breaks("payment_history", "no beginning", another_payment("again", "unheard of", "cancelled"), also="order_totals"),
    breaks(
        "payment_history",
        "an end without a transition",
        payment("under-way", "state = 'cancelled', cancelled_at = created_at, reason = 4"),
    ),
    breaks("edges", "from a final state", another_transition("closed", "close", "awaiting")),
    breaks(
        "edges", "an unpaid order delivered", another_transition("open", "deliver", "awaiting"), also="times_set_once"
    ),
    breaks("edges", "a revival of what had not ended", transitions("click", "verb = 'revive'", "verb = 'perform'")),
    breaks(
        "edges",
        "an end that becomes final frees the order",
        transitions("revived", "order_from = 'reserved', order_to = 'awaiting'", "version = 6"),
        also="order_history payloads",
    ),
    breaks(
        "edges", "another verb", transitions("delivered", "verb = 'open'", "verb = 'deliver'"), also="times_set_once"
    ),
    breaks(
        "edges",
        "a balance held",
        order("declined", "kind = 'accumulative', amount = NULL"),
        f"UPDATE payments SET one_time = false WHERE order_id = {OF.format('declined')}",
        also="payloads",
    ),
    breaks("events", "one missing", f"DELETE FROM outbox WHERE order_id = {OF.format('click')} AND {CREATED}"),
    breaks(
        "events",
        "one too many",
        "INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)"
        f" SELECT id, shop, order_id, version, 'opened', '{{}}', at FROM transitions"
        f" WHERE order_id = {OF.format('open')}",
        also="payloads",
    ),
    breaks(
        "events",
        "one twice",
        "ALTER TABLE outbox DROP CONSTRAINT pk_outbox",
        "INSERT INTO outbox SELECT transition_id, shop, order_id, sequence + 100, event, payload, at"
        f" FROM outbox WHERE order_id = {OF.format('click')} AND {CREATED}",
        also="guards",
    ),
    breaks(
        "events",
        "another name",
        event("click", """event = 'payment.paid', payload = payload || '{"type": "payment.paid"}'""", CREATED),
    ),
    breaks("events", "another place", event("click", "sequence = sequence + 100")),
    breaks("events", "another shop", event("click", "shop = 'toys'", CREATED)),
    breaks("events", "another time", event("click", "at = at + interval '1 day'", CREATED)),
    breaks("payloads", "another amount", event("click", "payload = jsonb_set(payload, '{data,payment,amount}', '1')")),
    breaks(
        "payloads",
        "a time too early",
        event("paid", "payload = jsonb_set(payload, '{data,payment,performed_at}', '0')"),
    ),
    breaks("payloads", "one word more", event("paid", """payload = payload || '{"more": 1}'""", CREATED)),
    breaks(
        "payloads",
        "an end of ours with another reason",
        event("slow", "payload = jsonb_set(payload, '{data,payment,reason}', '105')", CANCELLED),
    ),
    breaks(
        "payloads",
        "an end of ours at another time",
        event(
            "slow",
            "payload = jsonb_set(payload, '{data,payment,cancelled_at}', payload #> '{data,payment,created_at}')",
            CANCELLED,
        ),
    ),
    breaks(
        "payloads",
        "the end that a revival has undone at another time",
        transitions("slow", "at = at + interval '1 ms'", "verb = 'release'"),
        also="events",
    ),
    breaks(
        "payloads",
        "an end of ours that was final before it became so",
        event("revived", "payload = jsonb_set(payload, '{data,payment,reason}', '105')", "sequence = 4"),
    ),
    breaks(
        "payloads",
        "a refused debit with the reason that it had before",
        event("revived", "payload = jsonb_set(payload, '{data,payment,reason}', '103')", "sequence = 6"),
    ),
    breaks("payloads", "a debit that failed revived", revived("declined")),
    breaks("payloads", "a payment of Payme's revived", revived("expired")),
    breaks(
        "times_in_order",
        "revived with an end",
        NO_ENDS,
        f"UPDATE payments SET cancelled_at = performed_at WHERE order_id = {OF.format('slow')}",
        also="guards",
    ),
    breaks(
        "times_in_order",
        "performed before created",
        NO_TIMES,
        payment("under-way", "state = 'paid', performed_at = created_at - interval '1 second'"),
        also="guards payment_history order_totals",
    ),
    breaks(
        "times_in_order",
        "pending with a time",
        NO_STATES,
        payment("under-way", "performed_at = created_at"),
        also="guards",
    ),
    breaks("times_set_once", "opened at another time", order("open", "created_at = created_at - interval '1 ms'")),
    breaks("times_set_once", "amended at another time", order("amended", "terms_at = terms_at + interval '1 ms'")),
    breaks("times_set_once", "amended never", order("open", "terms_at = created_at")),
    breaks("times_set_once", "amended unseen", order("narrowed", "terms_at = NULL"), also="payment_fits_order"),
    breaks(
        "times_set_once", "reopened at another time", order("reopened", "reopened_at = reopened_at + interval '1 ms'")
    ),
    breaks("times_set_once", "reopened never", order("paid", "reopened_at = created_at")),
    breaks("times_set_once", "reopened unseen", order("withdrawn for a while", "reopened_at = NULL")),
    breaks(
        "times_set_once",
        "paid at another time",
        payment("paid", "performed_at = performed_at + interval '1 ms'"),
        also="payloads",
    ),
    breaks(
        "times_set_once",
        "revived at another time",
        transitions("slow", "at = at + interval '1 ms'", "verb = 'revive'"),
        also="payloads events",
    ),
    breaks(
        "times_set_once",
        "an end that has become final at another time",
        "UPDATE payments SET cancelled_at = cancelled_at + interval '1 ms'"
        f" WHERE order_id = {OF.format('revived')} AND state = 'cancelled'",
        also="payloads",
    ),
    breaks(
        "unique_external_id",
        "two of one id",
        *(NO_NAMES, another_payment("again", "again", "cancelled")),
        also="guards payment_history order_totals",
    ),
    breaks(
        "unique_attempt",
        "another payment's name",
        f"UPDATE payments SET also_known_as = ARRAY(SELECT external_id FROM payments WHERE order_id ="
        f" {OF.format('click')}) WHERE order_id = {OF.format('prepared')}",
        also="notes",
    ),
    breaks(
        "unique_attempt",
        "noted twice",
        f"UPDATE payments SET also_known_as = '{{a,b}}' WHERE order_id = {OF.format('prepared')}",
        f"UPDATE payments SET also_known_as = '{{b,c}}' WHERE order_id = {OF.format('click')}",
        also="notes",
    ),
    breaks(
        "unique_account",
        "two of one account",
        "DROP INDEX uq_orders_account_shop",
        "INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at,"
        " changed_at) SELECT 999999, shop, account, kind, amount, 'awaiting', 0, '', '{}', created_at, changed_at"
        " FROM orders WHERE account = 'open'",
        also="guards order_history",
    ),
    breaks(
        "lifetime",
        "Payme",
        payment("pending", "provider_time = provider_time - interval '12 hours 2 minutes 1 ms'"),
        also="provider_time",
    ),
    breaks(
        "lifetime",
        "Click",
        f"UPDATE payments SET provider_time = provider_time - interval '1 hour 2 minutes 1 ms'"
        f" WHERE order_id = {OF.format('prepared')}",
        also="provider_time",
    ),
    breaks("times_set_once", "delivered never", order("paid", "delivered_at = changed_at")),
    breaks("times_set_once", "delivered unseen", order("delivered", "delivered_at = NULL")),
    breaks(
        "times_set_once", "delivered at another time", order("balance", "delivered_at = delivered_at + interval '1 ms'")
    ),
    breaks("provider_time", "too old", payment("paid", "provider_time = created_at - interval '12 hours 1 ms'")),
    breaks("provider_time", "too far ahead", payment("paid", "provider_time = created_at + interval '1 hour 1 ms'")),
    breaks(
        "provider_time",
        "Click's own",
        f"UPDATE payments SET provider_time = created_at - interval '1 ms' WHERE order_id = {OF.format('click')}",
    ),
    breaks("expiry", "before it was opened", order("open", "expires_at = created_at")),
    breaks("expiry", "strict and never", order("open", "strict_expiry = true")),
    breaks("expiry", "expired before its time", order("late", "expires_at = changed_at")),
    breaks("expiry", "expired although it never does", order("late", "expires_at = NULL")),
    breaks(
        "expiry",
        "paid by what was begun after it",
        order("expired", "expires_at = created_at + interval '1 ms'"),
        quick=False,
    ),
    breaks(
        "notes",
        "one lost",
        f"UPDATE payments SET also_known_as = also_known_as[2:] WHERE order_id = {OF.format('noted')}",
    ),
    breaks(
        "notes",
        "one that nobody noted",
        f"UPDATE payments SET also_known_as = '{{made-up}}' WHERE order_id = {OF.format('prepared')}",
    ),
    breaks("receipts", "one that never came", payment("paid", "fiscal_cancel = '{}', fiscal_perform = '{}'")),
    breaks("receipts", "all lost", payment("refunded", "fiscal_perform = NULL, fiscal_cancel = NULL")),
    breaks("from_future", "Payme", *begun_in("pending", "1 hour 2 minutes 1 ms"), also="payloads"),
    breaks("sequences", "orders", "SELECT setval('order_ids', 1, false)"),
    breaks("sequences", "payments", "SELECT setval('payment_ids', (SELECT max(id) FROM payments) - 32)"),
    breaks("sequences", "transitions", "SELECT setval('transition_ids', (SELECT max(id) FROM transitions), false)"),
    breaks("order_history", "a payment wiped with its history", *wiped("paid"), also="order_state order_totals"),
    breaks("deliveries", "an event without one", f"DELETE FROM deliveries WHERE {ONE}"),
    breaks("deliveries", "of no endpoint", f"UPDATE deliveries SET endpoint_id = 99 WHERE {ONE}", also="delivered"),
    breaks("deliveries", "of another shop", f"UPDATE deliveries SET shop = 'toys' WHERE {ONE}"),
    breaks("deliveries", "in another stream", f"UPDATE deliveries SET stream = 1 WHERE {ONE}"),
    breaks("delivered", "without an attempt", f"DELETE FROM webhook_attempts WHERE {ONE}"),
    breaks("delivered", "though refused", f"UPDATE webhook_attempts SET outcome = 'refused' WHERE {ONE}"),
    breaks(
        "nothing_waits",
        "nobody sends",
        f"UPDATE deliveries SET state = 'due', settled_at = NULL, due_at = '-infinity' WHERE {ONE}",
        f"UPDATE deliveries SET created_at = created_at - interval '99 days' WHERE {ONE}",
        "UPDATE webhook_endpoints SET opened_at = opened_at - interval '99 days'",
    ),
    breaks("guards", "no index", NO_LIVE),
    breaks("guards", "no constraint", NO_TIMES),
    breaks("guards", "no key", "ALTER TABLE transitions DROP CONSTRAINT fk_transitions_order_id"),
    breaks("guards", "no trigger", "DROP TRIGGER append_only ON transitions"),
    breaks("guards", "a trigger that sleeps", "ALTER TABLE transitions DISABLE TRIGGER append_only"),
]
