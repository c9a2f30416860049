-- Finds the orders of a day, of any amount or of one: newest first by the payment that its provider opened on that day,
-- or by their own opening. Each order comes once, by the newest of its payments that fit.
-- `before` is never after the day: with one more bound a scan might begin at the wrong one, and read all that is newer.
-- Whether there is a newer one is asked from each payment on: of a balance's many the next one answers. Two days after
-- the day are enough by our own time.
-- An order that has payments, but has not changed since that day, was paid on it, and is there by its payment: it need
-- not be looked up. Unless its amount was another one then, or its provider's clock still showed the day before.
WITH matches AS (
    SELECT m.moment, m.id
    FROM unnest(CAST(:shops AS text[])) AS s (shop)
    CROSS JOIN LATERAL (
        SELECT o.created_at AS moment, o.id
        FROM orders o
        WHERE o.shop = s.shop
            AND o.created_at >= CAST(:since AS timestamptz)
            AND (o.created_at, o.id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
            AND (CAST(:amount AS bigint) IS NULL OR o.amount = CAST(:amount AS bigint))
            AND (
                o.payment_count = 0 OR o.changed_at >= CAST(:until AS timestamptz) OR o.terms_at IS NOT NULL
                OR o.created_at < CAST(:since AS timestamptz) + INTERVAL '1 hour'
                OR o.created_at >= CAST(:until AS timestamptz) - INTERVAL '1 hour'
            )
            AND NOT EXISTS (
                SELECT FROM payments p
                WHERE p.order_id = o.id AND p.created_at < CAST(:until AS timestamptz) + INTERVAL '2 days'
                    AND p.provider_time >= CAST(:since AS timestamptz) AND p.provider_time < CAST(:until AS timestamptz)
                    AND (CAST(:amount AS bigint) IS NULL OR p.amount = CAST(:amount AS bigint))
            )
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT CAST(:most AS int)
    ) m
    UNION ALL
    SELECT m.moment, m.id
    FROM unnest(CAST(:shops AS text[])) AS s (shop)
    CROSS JOIN unnest(CAST(:sources AS text[])) AS v (source)
    CROSS JOIN LATERAL (
        SELECT p.provider_time AS moment, p.order_id AS id
        FROM payments p
        WHERE p.shop = s.shop AND p.provider = v.source
            AND p.provider_time >= CAST(:since AS timestamptz) AND p.provider_time <= CAST(:before AS timestamptz)
            AND (p.provider_time, p.order_id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
            AND (CAST(:amount AS bigint) IS NULL OR p.amount = CAST(:amount AS bigint))
            AND (
                SELECT q.id
                FROM payments q
                WHERE q.order_id = p.order_id AND (q.created_at, q.id) > (p.created_at, p.id)
                    AND q.created_at < CAST(:until AS timestamptz) + INTERVAL '2 days'
                    AND q.provider_time >= CAST(:since AS timestamptz) AND q.provider_time < CAST(:until AS timestamptz)
                    AND (CAST(:amount AS bigint) IS NULL OR q.amount = CAST(:amount AS bigint))
                ORDER BY q.created_at, q.id
                LIMIT 1
            ) IS NULL
        ORDER BY p.provider_time DESC, p.order_id DESC
        LIMIT CAST(:most AS int)
    ) m
)
SELECT moment, id FROM matches ORDER BY moment DESC, id DESC LIMIT CAST(:most AS int)
