-- Reads the newest exchanges that were about any of the names: one more than is shown, as of transitions. First their
-- ids, then the rows, so that few bodies are read.
-- Each name is looked up by ix_exchanges_about, whose own condition stands here too. "=" would do as well for the rows,
-- but not for the planner: with it the order by id alone would do, and that of the primary key is the journal's whole
-- length.
SELECT
    e.id, e.at, e.shop, e.interface, e.method, e.code, e.refusal, e.about, e.correlation_id, e.microseconds, e.remote,
    CASE WHEN :bodies THEN e.request END AS request, CASE WHEN :bodies THEN e.answer END AS answer
FROM (
    SELECT found.id
    FROM unnest(CAST(:names AS text[])) AS names (name)
    CROSS JOIN LATERAL (
        SELECT id FROM exchanges
        WHERE about >= names.name AND about <= names.name
            AND about IS NOT NULL AND method NOT LIKE 'GET %' AND shop = ANY (CAST(:shops AS text[]))
        ORDER BY about DESC, id DESC LIMIT CAST(:most AS int)
    ) found
    ORDER BY found.id DESC LIMIT CAST(:most AS int)
) newest
CROSS JOIN LATERAL (SELECT * FROM exchanges WHERE id = newest.id OFFSET 0) e
