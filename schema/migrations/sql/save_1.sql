-- Writes everything that a batch has decided, a statement for each table, and is sent in one message with the COMMIT:
-- so it is the function that looks whether each row was as it was read, and raises an error where one was not. Nobody
-- could stop that COMMIT otherwise.
-- TY001: a row was not as it was read. TY002: another transaction has locked payments, though not their orders; their
-- ids are the detail.
-- Each part's rows come as one JSON text, NULL if there are none. JSON from outside (items, metadata) is text within
-- it, so that no number in it is parsed on the way.
CREATE FUNCTION save_1(
    order_updates json,
    order_inserts json,
    payment_updates json,
    payment_inserts json,
    new_transitions json,
    new_events json,
    stored_answers json,
    new_terms json,
    new_receipts json,
    waiting boolean, -- for payments that another transaction has locked
    reviving boolean -- what ends is gone from the unique index before an older payment is revived
) RETURNS void LANGUAGE plpgsql VOLATILE AS $function$
#variable_conflict use_column
DECLARE
    locked_ids int[];
    blocked_ids text;
    changed bigint;
    changed_last bigint;
BEGIN
    -- Payments are locked first, as orders were: a transaction that has locked one without its order must not keep the
    -- batch waiting. Nor may anything be written then: a foreign key's check would wait for that payment.
    IF payment_updates IS NOT NULL THEN
        IF waiting THEN
            locked_ids := ARRAY(
                SELECT id FROM payments
                WHERE id IN (SELECT n.id FROM json_to_recordset(payment_updates) AS n (id int))
                ORDER BY id FOR NO KEY UPDATE
            );
        ELSE
            locked_ids := ARRAY(
                SELECT id FROM payments
                WHERE id IN (SELECT n.id FROM json_to_recordset(payment_updates) AS n (id int))
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            );
        END IF;
        IF cardinality(locked_ids) <> json_array_length(payment_updates) THEN
            SELECT string_agg(CAST(n.id AS text), ',') INTO blocked_ids
            FROM json_to_recordset(payment_updates) AS n (id int)
            WHERE n.id <> ALL (locked_ids);
            RAISE 'payments are locked by another transaction' USING ERRCODE = 'TY002', DETAIL = blocked_ids;
        END IF;
    END IF;

    IF order_updates IS NOT NULL THEN
        UPDATE orders o
        SET
            state = n.state, version = n.version, delivered_at = n.delivered_at, changed_at = n.changed_at,
            payment_count = n.payment_count, paid_total = n.paid_total, reversed_total = n.reversed_total
        FROM json_to_recordset(order_updates) AS n (
            id bigint, state_read text, version_read bigint, state text, version bigint, delivered_at timestamptz,
            changed_at timestamptz, payment_count bigint, paid_total bigint, reversed_total bigint
        )
        WHERE o.id = n.id AND o.state = n.state_read AND o.version = n.version_read;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed <> json_array_length(order_updates) THEN
            RAISE 'an order was not as it was read' USING ERRCODE = 'TY001';
        END IF;
    END IF;

    IF order_inserts IS NOT NULL THEN
        INSERT INTO orders (
            id, shop, account, kind, amount, min_amount, max_amount, state, version, fingerprint,
            description, items, shipping, metadata, return_url, lang, card_type, expires_at, strict_expiry,
            delivered_at, terms_at, reopened_at, created_at, changed_at, payment_count, paid_total, reversed_total
        )
        SELECT
            n.id, n.shop, n.account, n.kind, n.amount, n.min_amount, n.max_amount, n.state, n.version, n.fingerprint,
            n.description, CAST(n.items AS jsonb), CAST(n.shipping AS jsonb), CAST(n.metadata AS jsonb),
            n.return_url, n.lang, n.card_type, n.expires_at, n.strict_expiry, n.delivered_at, n.terms_at,
            n.reopened_at, n.created_at, n.changed_at, n.payment_count, n.paid_total, n.reversed_total
        FROM json_to_recordset(order_inserts) AS n (
            id bigint, shop text, account text, kind text, amount bigint, min_amount bigint, max_amount bigint,
            state text, version bigint, fingerprint text, description text, items text, shipping text,
            metadata text, return_url text, lang text, card_type text, expires_at timestamptz, strict_expiry bool,
            delivered_at timestamptz, terms_at timestamptz, reopened_at timestamptz, created_at timestamptz,
            changed_at timestamptz, payment_count bigint, paid_total bigint, reversed_total bigint
        );
    END IF;

    -- A payment that ends must be gone from the unique index before an older one is revived; otherwise one statement
    -- is enough, and quicker. Either way it is gone before its successor is inserted.
    IF payment_updates IS NOT NULL THEN
        IF reviving THEN
            UPDATE payments p
            SET
                state = n.state, reason = n.reason, performed_at = n.performed_at, cancelled_at = n.cancelled_at,
                click_paydoc_id = n.click_paydoc_id, also_known_as = n.also_known_as
            FROM json_to_recordset(payment_updates) AS n (
                id int, state_read text, ends bool, state text, reason int, performed_at timestamptz,
                cancelled_at timestamptz, click_paydoc_id bigint, also_known_as text[]
            )
            WHERE n.ends AND p.id = n.id AND p.state = n.state_read;
            GET DIAGNOSTICS changed = ROW_COUNT;
        ELSE
            changed := 0;
        END IF;
        UPDATE payments p
        SET
            state = n.state, reason = n.reason, performed_at = n.performed_at, cancelled_at = n.cancelled_at,
            click_paydoc_id = n.click_paydoc_id, also_known_as = n.also_known_as
        FROM json_to_recordset(payment_updates) AS n (
            id int, state_read text, ends bool, state text, reason int, performed_at timestamptz,
            cancelled_at timestamptz, click_paydoc_id bigint, also_known_as text[]
        )
        WHERE NOT (reviving AND n.ends) AND p.id = n.id AND p.state = n.state_read;
        GET DIAGNOSTICS changed_last = ROW_COUNT;
        IF changed + changed_last <> json_array_length(payment_updates) THEN
            RAISE 'a payment was not as it was read' USING ERRCODE = 'TY001';
        END IF;
    END IF;

    IF payment_inserts IS NOT NULL THEN
        INSERT INTO payments (
            id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, reason,
            provider_time, created_at, performed_at, cancelled_at, click_paydoc_id
        )
        SELECT
            n.id, n.order_id, n.shop, n.provider, n.external_id, n.also_known_as, CAST(n.account AS jsonb),
            n.one_time, n.amount, n.state, n.reason, n.provider_time, n.created_at, n.performed_at, n.cancelled_at,
            n.click_paydoc_id
        FROM json_to_recordset(payment_inserts) AS n (
            id int, order_id bigint, shop text, provider text, external_id text, also_known_as text[], account text,
            one_time bool, amount bigint, state text, reason int, provider_time timestamptz,
            created_at timestamptz, performed_at timestamptz, cancelled_at timestamptz, click_paydoc_id bigint
        );
    END IF;

    IF new_transitions IS NOT NULL THEN
        INSERT INTO transitions (
            id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to,
            version, at, actor, correlation_id
        )
        SELECT n.*
        FROM json_to_recordset(new_transitions) AS n (
            id bigint, shop text, order_id bigint, payment_id int, verb text, payment_from text, payment_to text,
            order_from text, order_to text, version bigint, at timestamptz, actor text, correlation_id text
        );
    END IF;

    -- Each event becomes a delivery to every endpoint that asks for it, due at once by whatever clock, before any retry.
    IF new_events IS NOT NULL THEN
        WITH events_written AS (
            INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
            SELECT n.transition_id, n.shop, n.order_id, n.sequence, n.event, n.payload, n.at
            FROM json_to_recordset(new_events) AS n (
                transition_id bigint, shop text, order_id bigint, sequence bigint, event text, payload jsonb,
                at timestamptz
            )
        )
        INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
        SELECT n.transition_id, e.id, n.shop, n.stream, n.sequence, 'due', '-infinity', n.at
        FROM json_to_recordset(new_events) AS n (
            transition_id bigint, shop text, stream bigint, sequence bigint, event text, at timestamptz
        )
        JOIN webhook_endpoints e
            ON e.shop = n.shop AND e.state <> 'removed' AND (e.events IS NULL OR n.event = ANY (e.events));
    END IF;

    IF stored_answers IS NOT NULL THEN
        INSERT INTO idempotency_keys (shop, key, fingerprint, status, body, created_at)
        SELECT n.*
        FROM json_to_recordset(stored_answers) AS n (
            shop text, key text, fingerprint text, status smallint, body text, created_at timestamptz
        );
    END IF;

    -- The terms of orders that were amended or reopened: apart, so that payments don't carry these columns.
    IF new_terms IS NOT NULL THEN
        UPDATE orders o
        SET
            amount = n.amount, min_amount = n.min_amount, max_amount = n.max_amount, expires_at = n.expires_at,
            description = n.description, items = CAST(n.items AS jsonb), shipping = CAST(n.shipping AS jsonb),
            return_url = n.return_url, lang = n.lang, card_type = n.card_type,
            terms_at = coalesce(n.terms_at, o.terms_at), reopened_at = coalesce(n.reopened_at, o.reopened_at)
        FROM json_to_recordset(new_terms) AS n (
            id bigint, version bigint, amount bigint, min_amount bigint, max_amount bigint, expires_at timestamptz,
            description text, items text, shipping text, return_url text, lang text, card_type text,
            terms_at timestamptz, reopened_at timestamptz
        )
        WHERE o.id = n.id AND o.version = n.version;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed <> json_array_length(new_terms) THEN
            RAISE 'an order has other terms' USING ERRCODE = 'TY001';
        END IF;
    END IF;

    -- Receipts, likewise: nobody has read them, so what did not come is not touched. A failure that a receipt has put
    -- an end to comes as the JSON `null`.
    IF new_receipts IS NOT NULL THEN
        UPDATE payments p
        SET
            fiscal_perform = coalesce(CAST(n.fiscal_perform AS jsonb), p.fiscal_perform),
            fiscal_cancel = coalesce(CAST(n.fiscal_cancel AS jsonb), p.fiscal_cancel),
            fiscal_perform_failure = nullif(
                coalesce(CAST(n.fiscal_perform_failure AS jsonb), p.fiscal_perform_failure), 'null'
            ),
            fiscal_cancel_failure = nullif(
                coalesce(CAST(n.fiscal_cancel_failure AS jsonb), p.fiscal_cancel_failure), 'null'
            )
        FROM json_to_recordset(new_receipts) AS n (
            id int, fiscal_perform text, fiscal_cancel text, fiscal_perform_failure text, fiscal_cancel_failure text
        )
        WHERE p.id = n.id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed <> json_array_length(new_receipts) THEN
            RAISE 'a receipt is of no payment' USING ERRCODE = 'TY001';
        END IF;
    END IF;
END
$function$
