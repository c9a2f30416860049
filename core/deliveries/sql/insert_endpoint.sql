INSERT INTO webhook_endpoints (
    shop, name, url, events, state, source, key_print, opened_at, since, filled_until, created_at, changed_at
)
SELECT
    :shop, :name, CAST(:url AS text), CAST(:events AS text[]), 'enabled', :source, CAST(:key_print AS text),
    m.now, m.now, m.now, m.now, m.now
FROM (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now) m
RETURNING *
