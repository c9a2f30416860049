-- Writes the receipts that a batch has brought, after `save.sql` has written all else of their payments, and locked
-- them. A statement of its own, so that payments don't carry its columns: nobody has read them, so what did not come
-- is not touched. A failure that a receipt has put an end to comes as the JSON `null`.
UPDATE payments p
SET
    fiscal_perform = coalesce(CAST(n.fiscal_perform AS jsonb), p.fiscal_perform),
    fiscal_cancel = coalesce(CAST(n.fiscal_cancel AS jsonb), p.fiscal_cancel),
    fiscal_perform_failure = nullif(
        coalesce(CAST(n.fiscal_perform_failure AS jsonb), p.fiscal_perform_failure), 'null'
    ),
    fiscal_cancel_failure = nullif(coalesce(CAST(n.fiscal_cancel_failure AS jsonb), p.fiscal_cancel_failure), 'null')
FROM json_to_recordset(CAST(:receipts AS json)) AS n (
    id int, fiscal_perform text, fiscal_cancel text, fiscal_perform_failure text, fiscal_cancel_failure text
)
WHERE p.id = n.id
RETURNING p.id
