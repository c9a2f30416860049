-- Reads the other attempts at payments whose number is known only when what the call names was read.
-- OFFSET keeps each look-up whole, as in `lock_and_load_1`.
SELECT
    p.id, p.order_id, p.shop, p.provider, p.external_id, p.amount, p.state, p.reason, p.provider_time,
    p.created_at, p.performed_at, p.cancelled_at, p.click_paydoc_id, p.also_known_as
FROM unnest(CAST(:number AS bigint[]), CAST(:order_id AS bigint[])) AS s (number, order_id)
CROSS JOIN LATERAL (
    SELECT * FROM payments WHERE click_paydoc_id = s.number AND order_id = s.order_id OFFSET 0
) p
