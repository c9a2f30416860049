-- Sums up the payments themselves, and for comparison the orders that they hold or paid.
SELECT
    shop, one_time, state,
    sum(hashint8extended(id, order_id)) AS payments,
    sum(timestamp_hash_extended(CAST(created_at AS timestamp), id)) AS created,
    sum(timestamp_hash_extended(CAST(performed_at AS timestamp), id)) AS performed,
    sum(timestamp_hash_extended(CAST(cancelled_at AS timestamp), id)) AS cancelled,
    sum(hashint8extended(order_id, amount)) AS orders_held,
    sum(hashint8extended(order_id, 0)) AS counted, sum(hashint8extended(order_id, 0) * CAST(amount AS numeric)) AS summed,
    sum(hashint8extended(id, order_id) * CAST(cardinality(also_known_as) AS numeric))
        FILTER (WHERE also_known_as <> '{}') AS notes,
    sum(
        hashint8extended(id, order_id)
        * CAST(num_nonnulls(fiscal_perform, fiscal_cancel, fiscal_perform_failure, fiscal_cancel_failure) AS numeric)
    ) FILTER (
        WHERE num_nonnulls(fiscal_perform, fiscal_cancel, fiscal_perform_failure, fiscal_cancel_failure) > 0
    ) AS receipts,
    count(*) FILTER (
        WHERE provider_time <> created_at AND NOT (
            provider = 'payme' AND provider_time BETWEEN created_at - CAST(:late_max AS interval)
                AND created_at + CAST(:ahead_max AS interval)
        )
    ) AS wrong_provider_times,
    count(*) FILTER (
        WHERE performed_at < created_at OR cancelled_at < coalesce(performed_at, created_at)
            OR (performed_at IS NOT NULL) <> (state IN ('paid', 'reversed', 'moved'))
            OR (cancelled_at IS NOT NULL) <> (state IN ('cancelled', 'reversed'))
    ) AS wrong_times
FROM payments
WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)
GROUP BY shop, one_time, state
