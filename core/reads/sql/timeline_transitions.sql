-- Reads an order's newest transitions, each with its payment: one more than is shown, to know whether there are older
-- ones. OFFSET keeps the look-up whole, as in `lock_and_load_1`.
SELECT
    t.payment_id, t.verb, t.payment_from, t.payment_to, t.order_from, t.order_to, t.version, t.at, t.actor,
    t.correlation_id, p.provider, p.external_id, p.amount, p.reason
FROM (SELECT * FROM transitions WHERE order_id = :order_id ORDER BY version DESC LIMIT CAST(:most AS int)) t
LEFT JOIN LATERAL (
    SELECT provider, external_id, amount, reason FROM payments WHERE id = t.payment_id OFFSET 0
) p ON true
