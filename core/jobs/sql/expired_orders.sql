-- Reads the next orders that await a payment and whose time was over before a moment, those that were over first before
-- others; `since` and `last_id` as in `expired_payments.sql`. A balance with a payment under way expires later.
-- OFFSET keeps the look-up whole, and its states are compared outside: it reads by the order. Inside, the planner would
-- find it best to read all that is pending anywhere, which is next to nothing but on the day on which this matters.
SELECT shop, account, id, expires_at AS due
FROM orders o
WHERE state = 'awaiting' AND expires_at >= CAST(:since AS timestamptz) AND expires_at < CAST(:before AS timestamptz)
    AND (expires_at, id) > (CAST(:since AS timestamptz), CAST(:last_id AS bigint))
    AND 'pending' <> ALL (SELECT p.state FROM payments p WHERE p.order_id = o.id OFFSET 0)
ORDER BY expires_at, id
LIMIT CAST(:most AS int)
