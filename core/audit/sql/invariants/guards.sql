SELECT g.on_table, g.kind, g.name AS missing
FROM unnest(CAST(:guard_table AS text[]), CAST(:guard_kind AS text[]), CAST(:guard_name AS text[]))
    AS g (on_table, kind, name)
WHERE NOT EXISTS (
    SELECT
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE g.kind = 'index' AND i.indrelid = to_regclass(g.on_table) AND c.relname = g.name
        AND i.indisunique AND i.indisvalid
) AND NOT EXISTS (
    SELECT
    FROM pg_constraint c
    WHERE g.kind = 'constraint' AND c.conrelid = to_regclass(g.on_table) AND c.conname = g.name AND c.convalidated
) AND NOT EXISTS (
    SELECT
    FROM pg_trigger t
    WHERE g.kind = 'trigger' AND t.tgrelid = to_regclass(g.on_table) AND t.tgname = g.name
        AND t.tgenabled IN ('O', 'A')
)
LIMIT :limit
