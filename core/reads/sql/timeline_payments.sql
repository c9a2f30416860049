-- Reads by what names calls may have been about an order's newest payments.
SELECT id, external_id, also_known_as FROM payments
WHERE order_id = :order_id ORDER BY created_at DESC, id DESC LIMIT 100
