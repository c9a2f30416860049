-- Locks the orders that a batch names, by account or through a payment, in the order of their ids, and reads them and
-- those of their payments that decisions need. Returns a row for every order that is wanted, without its columns if it
-- was not locked: SKIP LOCKED alone doesn't distinguish blocked from missing. Then a row for each payment, without
-- `commands`; the caller drops those of orders that are not locked.
-- VOLATILE, in READ COMMITTED: each statement in here takes a snapshot of its own. What is read after the locks is what
-- others have committed until then, and stays true until COMMIT. A STABLE function, one in SQL, or all of it in one
-- statement would read what was there before it waited.
-- Shop and provider are compared with IS NOT DISTINCT FROM, which no index serves: whatever the planner assumes of the
-- tables, it can only look up by the account or the external id, never read all rows of a shop.
-- OFFSET keeps each look-up whole: of small tables the planner would join by reading all of an index, and go on doing
-- so while they grow.
-- What is named comes as JSON: as arrays, a parameter a column, it took several times as long to send.
-- Each column is cast to what it is: a function has fixed results, and a later migration may widen a column under it.
CREATE FUNCTION lock_and_load_1(
    named_accounts json, -- n, shop, account: of the command with the number n
    named_payments json, -- n, shop, provider, external_id: without n, it is read and not locked
    named_otherwise json, -- payment_ids; attempts (n, number): at the order that n names; known_as
    waiting boolean, -- for orders that another transaction has locked
    lock_timeout text,
    statement_timeout text,
    idle_timeout text
) RETURNS TABLE (
    commands int[], wanted bigint, locked bigint,
    id bigint, shop text, account text, kind text, amount bigint, min_amount bigint, max_amount bigint, state text,
    version bigint, fingerprint text, expires_at timestamptz, delivered_at timestamptz, created_at timestamptz,
    changed_at timestamptz, payment_count bigint, paid_total bigint, reversed_total bigint, strict_expiry boolean,
    order_id bigint, provider text, external_id text, reason int, provider_time timestamptz, performed_at timestamptz,
    cancelled_at timestamptz, click_paydoc_id bigint, also_known_as text[]
) LANGUAGE plpgsql VOLATILE AS $function$
#variable_conflict use_column
DECLARE
    numbers int[]; -- of commands, each with an order that it names
    wanted_ids bigint[];
    locked_ids bigint[];
    one_time_ids bigint[];
BEGIN
    -- The settings hold until COMMIT; set here they cost no round trip, and a pooler cannot lose them. Warnings have to
    -- be sent, whatever the server is set to: one of them says that a COMMIT has not reached the standby.
    PERFORM
        set_config('lock_timeout', lock_timeout, true), set_config('statement_timeout', statement_timeout, true),
        set_config('idle_in_transaction_session_timeout', idle_timeout, true),
        set_config('client_min_messages', 'warning', true);

    -- Through a pooler the settings of the connection are not the gateway's, and what is planned in a function stays
    -- planned: for tables that are empty or small it would be a plan for these (PLANNER_SETTINGS, `core/db/engine.py`).
    IF (
        current_setting('plan_cache_mode'), current_setting('enable_seqscan'), current_setting('enable_hashjoin'),
        current_setting('enable_mergejoin'), current_setting('jit')
    ) <> ('force_generic_plan', 'off', 'off', 'off', 'off') THEN
        PERFORM
            set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
            set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
            set_config('jit', 'off', true);
    END IF;

    SELECT array_agg(named.n), array_agg(named.id) INTO numbers, wanted_ids
    FROM (
        SELECT a.n, o.id
        FROM json_to_recordset(named_accounts) AS a (n int, shop text, account text)
        CROSS JOIN LATERAL (
            SELECT id FROM orders WHERE account = a.account AND shop IS NOT DISTINCT FROM a.shop OFFSET 0
        ) o
        UNION ALL
        SELECT t.n, p.order_id
        FROM json_to_recordset(named_payments) AS t (n int, shop text, provider text, external_id text)
        CROSS JOIN LATERAL (
            SELECT order_id FROM payments
            WHERE external_id = t.external_id AND (provider, shop) IS NOT DISTINCT FROM (t.provider, t.shop) OFFSET 0
        ) p
        WHERE t.n IS NOT NULL
    ) AS named;
    IF wanted_ids IS NULL THEN
        RETURN;
    END IF;

    IF waiting THEN
        SELECT array_agg(o.id), array_agg(o.id) FILTER (WHERE o.kind = 'one_time') INTO locked_ids, one_time_ids
        FROM (
            SELECT id, kind FROM orders WHERE id = ANY (wanted_ids) ORDER BY id FOR NO KEY UPDATE
        ) AS o;
    ELSE
        SELECT array_agg(o.id), array_agg(o.id) FILTER (WHERE o.kind = 'one_time') INTO locked_ids, one_time_ids
        FROM (
            SELECT id, kind FROM orders WHERE id = ANY (wanted_ids) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        ) AS o;
    END IF;

    RETURN QUERY
    SELECT
        w.commands, w.id, CAST(o.id AS bigint), CAST(o.id AS bigint), CAST(o.shop AS text), CAST(o.account AS text),
        CAST(o.kind AS text), CAST(o.amount AS bigint), CAST(o.min_amount AS bigint), CAST(o.max_amount AS bigint),
        CAST(o.state AS text), CAST(o.version AS bigint), CAST(o.fingerprint AS text),
        CAST(o.expires_at AS timestamptz), CAST(o.delivered_at AS timestamptz), CAST(o.created_at AS timestamptz),
        CAST(o.changed_at AS timestamptz), CAST(o.payment_count AS bigint), CAST(o.paid_total AS bigint),
        CAST(o.reversed_total AS bigint), CAST(o.strict_expiry AS boolean),
        CAST(NULL AS bigint), CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS int), CAST(NULL AS timestamptz),
        CAST(NULL AS timestamptz), CAST(NULL AS timestamptz), CAST(NULL AS bigint), CAST(NULL AS text[])
    FROM (
        SELECT x.id, array_agg(x.n) AS commands FROM unnest(numbers, wanted_ids) AS x (n, id) GROUP BY x.id
    ) AS w
    LEFT JOIN LATERAL (SELECT * FROM orders WHERE id = w.id AND w.id = ANY (locked_ids) OFFSET 0) AS o ON true;
    IF locked_ids IS NULL THEN
        RETURN;
    END IF;

    -- Those that the commands name, those that are live, other attempts of the same payment. Each part looks up by one
    -- index and nothing else. A balance has no live payment, but many.
    RETURN QUERY
    WITH chosen AS (
        SELECT p.id
        FROM json_to_recordset(named_payments) AS t (shop text, provider text, external_id text)
        CROSS JOIN LATERAL (
            SELECT id FROM payments
            WHERE external_id = t.external_id AND (provider, shop) IS NOT DISTINCT FROM (t.provider, t.shop) OFFSET 0
        ) p
        UNION
        SELECT p.id
        FROM json_array_elements_text(named_otherwise -> 'payment_ids') AS t (id)
        CROSS JOIN LATERAL (SELECT id FROM payments WHERE id = CAST(t.id AS int) OFFSET 0) p
        UNION
        SELECT p.id
        FROM unnest(one_time_ids) AS o (id)
        CROSS JOIN LATERAL (
            SELECT id FROM payments WHERE order_id = o.id AND one_time AND state IN ('pending', 'paid') OFFSET 0
        ) p
        UNION
        SELECT p.id
        FROM json_to_recordset(named_otherwise -> 'attempts') AS s (n int, number bigint)
        JOIN unnest(numbers, wanted_ids) AS x (n, id) ON x.n = s.n
        CROSS JOIN LATERAL (
            SELECT id FROM payments WHERE click_paydoc_id = s.number AND order_id = x.id OFFSET 0
        ) p
        UNION
        SELECT p.id
        FROM json_array_elements_text(named_otherwise -> 'known_as') AS s (external_id)
        CROSS JOIN LATERAL (
            SELECT id FROM payments WHERE also_known_as @> ARRAY[s.external_id] AND also_known_as <> '{}' OFFSET 0
        ) p
    )
    SELECT
        CAST(NULL AS int[]), CAST(NULL AS bigint), CAST(NULL AS bigint),
        CAST(p.id AS bigint), CAST(p.shop AS text), CAST(NULL AS text), CAST(NULL AS text), CAST(p.amount AS bigint),
        CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(p.state AS text), CAST(NULL AS bigint), CAST(NULL AS text),
        CAST(NULL AS timestamptz), CAST(NULL AS timestamptz), CAST(p.created_at AS timestamptz),
        CAST(NULL AS timestamptz), CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint),
        CAST(NULL AS boolean),
        CAST(p.order_id AS bigint), CAST(p.provider AS text), CAST(p.external_id AS text), CAST(p.reason AS int),
        CAST(p.provider_time AS timestamptz), CAST(p.performed_at AS timestamptz),
        CAST(p.cancelled_at AS timestamptz), CAST(p.click_paydoc_id AS bigint), CAST(p.also_known_as AS text[])
    FROM chosen
    CROSS JOIN LATERAL (SELECT * FROM payments WHERE id = chosen.id OFFSET 0) p;
END
$function$
