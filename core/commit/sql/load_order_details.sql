-- Reads what the shop's own commands need besides: an order's details, its newest payments with their receipts,
-- and a balance's pending ones: one more than the batch can end. `lock_and_load_1` reads the one that holds a one-time order.
-- They are looked up by the words of their own index; `state` would have all read that is pending anywhere.
-- What came with a receipt nobody is answered.
SELECT
    o.id, o.description, o.items, o.shipping, o.metadata, o.return_url, o.lang, o.card_type,
    p.id AS payment_id, o.id AS order_id, p.shop, p.provider, p.external_id, p.amount, p.state, p.reason,
    p.provider_time, p.created_at, p.performed_at, p.cancelled_at, p.click_paydoc_id, p.also_known_as,
    p.fiscal_perform - 'raw' AS fiscal_perform, p.fiscal_cancel - 'raw' AS fiscal_cancel,
    p.fiscal_perform_failure - 'raw' AS fiscal_perform_failure, p.fiscal_cancel_failure - 'raw' AS fiscal_cancel_failure
FROM orders o
LEFT JOIN LATERAL (
    (SELECT * FROM payments WHERE order_id = o.id ORDER BY created_at DESC, id DESC LIMIT :most_payments)
    UNION
    (
        SELECT * FROM payments
        WHERE order_id = o.id AND NOT one_time AND performed_at IS NULL AND cancelled_at IS NULL LIMIT :most_pending
    )
) p ON true
WHERE o.id = ANY (CAST(:order_id AS bigint[]))
ORDER BY o.id, p.created_at, p.id
