-- Answers stored_answers under the idempotency keys that a batch carries.
SELECT k.shop, k.key, k.fingerprint, k.status, k.body, k.created_at
FROM unnest(CAST(:shop AS text[]), CAST(:key AS text[])) AS t (shop, key)
JOIN idempotency_keys k ON k.key = t.key AND k.shop = t.shop
