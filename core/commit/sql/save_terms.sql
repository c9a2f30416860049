-- Writes the terms of orders that a batch has amended or reopened, after `save.sql` has written all else of them: their
-- rows are locked, and are as the batch left them. A statement of its own, so that payments don't carry its columns.
UPDATE orders o
SET
    amount = n.amount, min_amount = n.min_amount, max_amount = n.max_amount, expires_at = n.expires_at,
    description = n.description, items = CAST(n.items AS jsonb), shipping = CAST(n.shipping AS jsonb),
    return_url = n.return_url, lang = n.lang, card_type = n.card_type,
    terms_at = coalesce(n.terms_at, o.terms_at), reopened_at = coalesce(n.reopened_at, o.reopened_at)
FROM json_to_recordset(CAST(:terms AS json)) AS n (
    id bigint, version bigint, amount bigint, min_amount bigint, max_amount bigint, expires_at timestamptz,
    description text, items text, shipping text, return_url text, lang text, card_type text, terms_at timestamptz,
    reopened_at timestamptz
)
WHERE o.id = n.id AND o.version = n.version
RETURNING o.id
