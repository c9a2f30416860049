-- Reads the next payments of a source that are pending and began before a moment, those that began first before others.
-- `since` and `last_id` say where the page before it ended. What was ended since then stays in the index until a
-- vacuum: to begin at its start would be to pass all of that with each page.
SELECT o.shop, o.account, p.id, p.began AS due
FROM (
    SELECT id, order_id, least(provider_time, created_at) AS began
    FROM payments
    WHERE state = 'pending' AND provider = CAST(:source AS text)
        AND least(provider_time, created_at) >= CAST(:since AS timestamptz)
        AND least(provider_time, created_at) < CAST(:before AS timestamptz)
        AND (least(provider_time, created_at), id) > (CAST(:since AS timestamptz), CAST(:last_id AS bigint))
        AND id >= CAST(:reconciled_from AS bigint)
    ORDER BY least(provider_time, created_at), id
    LIMIT CAST(:most AS int)
) p
CROSS JOIN LATERAL (SELECT shop, account FROM orders WHERE id = p.order_id OFFSET 0) o
ORDER BY p.began, p.id
