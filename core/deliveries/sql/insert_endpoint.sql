-- Registers an endpoint. No secret that one of this name had before it was removed comes back: somebody may have removed
-- it because of that. One of the settings that is among them again has its last one still: there it is not replaced.
INSERT INTO webhook_endpoints (
    shop, name, url, events, state, source, generation, key_print, opened_at, since, filled_until, created_at,
    changed_at
)
SELECT
    :shop, :name, CAST(:url AS text), CAST(:events AS text[]), 'enabled', :source,
    (
        SELECT coalesce(max(b.generation + CAST(b.source <> 'settings' OR :source <> 'settings' AS int)), 1)
        FROM webhook_endpoints b
        WHERE b.shop = :shop AND b.name = :name
    ),
    CAST(:key_print AS text), m.now, m.now, m.now, m.now, m.now
FROM (SELECT coalesce(CAST(:now AS timestamptz), now()) AS now) m
RETURNING *
