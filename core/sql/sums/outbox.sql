-- What the events say of the moves that they tell of.
SELECT
    coalesce(sum(hashint8extended(
        move_id, hashint8extended(order_id, hashtextextended(shop, sequence)) # hashtextextended(event, 0)
    )), 0) AS events
FROM outbox
