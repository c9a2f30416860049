-- Counts payments by what the settings must name to serve them: shop and source; Click's service, which begins the
-- external id; the fields of the account that Payme has sent. All that are pending, and of each shop and source the
-- newest of the others: no more is read, however many there are.
WITH RECURSIVE pairs AS (
    (SELECT shop, provider FROM payments ORDER BY shop, provider LIMIT 1)
    UNION ALL
    SELECT n.shop, n.provider
    FROM pairs p
    CROSS JOIN LATERAL (
        SELECT shop, provider FROM payments
        WHERE (shop, provider) > (p.shop, p.provider)
        ORDER BY shop, provider
        LIMIT 1
    ) n
),
known AS (
    SELECT
        shop, provider, external_id, account, provider_time AS moment,
        CASE
            WHEN least(provider_time, created_at) > CAST(:repeated_since AS timestamptz) THEN 'pending' ELSE 'ended'
        END AS standing
    FROM payments
    WHERE state = 'pending'
    UNION ALL
    SELECT
        r.shop, r.provider, r.external_id, r.account, r.provider_time,
        CASE
            WHEN r.performed_at > CAST(:repeated_since AS timestamptz) AND r.state = 'paid' THEN 'repeatable'
            WHEN r.cancelled_at > CAST(:repeated_since AS timestamptz) AND r.state = 'cancelled'
                AND (r.provider, r.reason) IN (
                    SELECT * FROM unnest(CAST(:overruled_sources AS text[]), CAST(:overruled_reasons AS int[]))
                ) THEN 'repeatable'
            ELSE 'ended'
        END
    FROM pairs p
    CROSS JOIN LATERAL (
        SELECT shop, provider, external_id, account, provider_time, state, reason, performed_at, cancelled_at
        FROM payments
        WHERE shop = p.shop AND provider = p.provider AND provider_time > CAST(:ended_since AS timestamptz)
            AND state <> 'pending'
        ORDER BY provider_time DESC, id DESC
        LIMIT CAST(:newest AS int)
    ) r
)
SELECT
    shop, provider, standing, count(*) AS payments, max(moment) AS newest,
    CASE WHEN provider = 'click' THEN split_part(external_id, ':', 1) END AS service_id,
    CASE
        WHEN provider = 'payme' AND jsonb_typeof(account) = 'object'
            THEN ARRAY(SELECT field FROM jsonb_object_keys(account) AS f (field) ORDER BY field)
    END AS account_fields
FROM known
GROUP BY shop, provider, standing, service_id, account_fields
