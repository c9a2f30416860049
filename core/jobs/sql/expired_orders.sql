-- Reads the next orders that await a payment and whose time was over before a moment, those that were over first before
-- others; `since` and `last_id` as in `expired_payments.sql`. A balance with a payment under way expires later.
-- Nothing pending holds a one-time order that awaits a payment. Those of a balance are looked up by the words of their
-- own index: `state` would have the planner read all that is pending anywhere, which is next to nothing but on the day
-- on which this matters. OFFSET keeps the look-up whole.
SELECT shop, account, id, expires_at AS due
FROM orders o
WHERE state = 'awaiting' AND expires_at >= CAST(:since AS timestamptz) AND expires_at < CAST(:before AS timestamptz)
    AND (expires_at, id) > (CAST(:since AS timestamptz), CAST(:last_id AS bigint))
    AND NOT EXISTS (
        SELECT FROM payments p
        WHERE p.order_id = o.id AND NOT p.one_time AND p.performed_at IS NULL AND p.cancelled_at IS NULL OFFSET 0
    )
ORDER BY expires_at, id
LIMIT CAST(:most AS int)
