-- Reads the answers that are stored under the idempotency keys of a batch.
SELECT k.shop, k.key, k.fingerprint, k.status, k.body, k.created_at
FROM unnest(CAST(:shop AS text[]), CAST(:key AS text[])) AS t (shop, key)
JOIN idempotency_keys k ON k.key = t.key AND k.shop = t.shop
