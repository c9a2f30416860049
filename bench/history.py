"""Old payments by the million, put into the tables directly, with all that belongs to them."""

from collections.abc import Sequence
from typing import Any, Final

from bench.plan import AMOUNT_TIYIN
from bench.postgres import Cluster

FIRST_MOMENT: Final = 1_700_000_000
"""When the first one was opened, in seconds since 1970; each next one a second later."""

EXTERNAL_ID: Final = f"to_hex(n + {FIRST_MOMENT}) || md5(n::text)::char(16)"

CHUNK: Final = 500_000

# The sequences of orders' and payments' ids are moved on afterwards. Ids of transitions are negative: none that the
# gateway takes is.
FILL: Final = (
    f"""
    INSERT INTO orders (
        id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at, payment_count,
        paid_total
    )
    SELECT n, 'main', n::text, 'one_time', {AMOUNT_TIYIN}, 'paid', 2, '', '{{}}', to_timestamp(n + {FIRST_MOMENT}),
        to_timestamp(n + {FIRST_MOMENT}), 1, {AMOUNT_TIYIN}
    FROM generate_series($1::int, $2::int) n
    """,
    f"""
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, provider_time,
        created_at, performed_at
    )
    SELECT n, n, 'main', 'payme', {EXTERNAL_ID}, '{{}}',
        jsonb_build_object('order_id', n::text), true, {AMOUNT_TIYIN}, 'paid', to_timestamp(n + {FIRST_MOMENT}),
        to_timestamp(n + {FIRST_MOMENT}), to_timestamp(n + {FIRST_MOMENT})
    FROM generate_series($1::int, $2::int) n
    """,
    f"""
    INSERT INTO transitions (
        id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to, version, at, actor,
        correlation_id
    )
    SELECT -3 * n::bigint + step.version, 'main', n, CASE step.version WHEN 0 THEN NULL ELSE n END, step.verb,
        step.payment_from, step.payment_to, step.order_from, step.order_to, step.version,
        to_timestamp(n + {FIRST_MOMENT}), step.actor, md5(n::text)
    FROM generate_series($1::int, $2::int) n, (VALUES
        (0, 'open', NULL, NULL, NULL, 'awaiting', 'shop'),
        (1, 'create', NULL, 'pending', 'awaiting', 'reserved', 'payme'),
        (2, 'perform', 'pending', 'paid', 'reserved', 'paid', 'payme')
    ) step (version, verb, payment_from, payment_to, order_from, order_to, actor)
    """,
    f"""
    INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
    SELECT -3 * n::bigint + step.version, 'main', n, step.version, step.event,
        jsonb_build_object(
            'id', 'evt_' || (-3 * n::bigint + step.version),
            'type', step.event,
            'timestamp', moment.iso,
            'schema', 1,
            'shop', 'main',
            'test', false,
            'data', jsonb_build_object(
                'order', jsonb_build_object(
                    'account', n::text, 'kind', 'one_time', 'amount', {AMOUNT_TIYIN}, 'state', step.order_to,
                    'version', step.version
                ),
                'payment', jsonb_build_object(
                    'id', n, 'provider', 'payme', 'external_id', {EXTERNAL_ID}, 'amount', {AMOUNT_TIYIN},
                    'refunded', 0, 'state', step.payment_to, 'reason', NULL, 'created_at', moment.iso,
                    'performed_at', CASE step.payment_to WHEN 'paid' THEN moment.iso END, 'cancelled_at', NULL
                )
            )
        ),
        to_timestamp(n + {FIRST_MOMENT})
    FROM generate_series($1::int, $2::int) n
    CROSS JOIN LATERAL (
        SELECT to_char(to_timestamp(n + {FIRST_MOMENT}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS iso
    ) moment
    CROSS JOIN (VALUES
        (1, 'payment.created', 'pending', 'reserved'),
        (2, 'payment.paid', 'paid', 'paid')
    ) step (version, event, payment_to, order_to)
    """,
)

INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid = ANY ('{orders,payments,transitions,outbox}'::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


async def fill(cluster: Cluster, database: str, count: int) -> None:
    """Orders 1 to `count`, each paid. Indexes are built last, which is much quicker, and as a REINDEX leaves them."""
    connection = await cluster.connect(database)
    try:
        indexes: Sequence[Any] = await connection.fetch(INDEXES)
        await connection.execute("SET session_replication_role = replica")  # foreign keys hold anyhow
        await connection.execute("SET maintenance_work_mem = '1GB'")
        for name, _ in indexes:
            await connection.execute(f"DROP INDEX {name}")
        for first in range(1, count + 1, CHUNK):
            for statement in FILL:
                await connection.execute(statement, first, min(count, first + CHUNK - 1))
        for _, definition in indexes:
            await connection.execute(definition)
        for sequence in ("order_ids", "payment_ids"):
            await connection.execute(f"SELECT setval('{sequence}', $1::bigint / 32 * 32 + 33)", count)
        await connection.execute("VACUUM (ANALYZE) orders, payments, transitions, outbox")
    finally:
        await connection.close()
