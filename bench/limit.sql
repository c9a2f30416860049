-- The practical limit: the four calls of a payment as the least SQL that does the same work with the same promises, one
-- round trip and one transaction for each. Same tables, indexes and durability as the gateway's; one function for a call.
--
-- Shop and provider are compared with IS NOT DISTINCT FROM, as the gateway does: the tables are empty when the plans are
-- made, and an index that begins with the shop would be taken for as good as any other.

-- CheckPerformTransaction: the order and whatever payment holds it, without locks.
CREATE FUNCTION limit_check_perform(number bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM o.amount
    FROM orders o
    WHERE o.account = number::text AND o.shop IS NOT DISTINCT FROM 'main' AND o.state = 'awaiting'
        AND (SELECT p.id FROM payments p WHERE p.order_id = o.id AND p.one_time AND p.state IN ('pending', 'paid')) IS NULL;
    IF NOT FOUND THEN RAISE 'order % cannot be paid', number; END IF;
END $$;

-- CreateTransaction: lock the order, one payment, one transition, one event.
CREATE FUNCTION limit_create(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ordered orders;
    payment int;
    transition bigint;
BEGIN
    SELECT * INTO ordered FROM orders WHERE account = number::text AND shop IS NOT DISTINCT FROM 'main' FOR NO KEY UPDATE;
    IF ordered.state IS DISTINCT FROM 'awaiting' THEN RAISE 'order % cannot be paid', number; END IF;
    payment := nextval('payment_ids');
    transition := nextval('transition_ids');
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state,
        provider_time, created_at
    ) VALUES (
        payment, ordered.id, 'main', 'payme', to_char(number, 'FM000000000000000000000000'), '{}',
        jsonb_build_object('order_id', ordered.account), true, ordered.amount, 'pending', now(), now()
    );
    UPDATE orders SET state = 'reserved', version = version + 1, changed_at = now() WHERE id = ordered.id;
    INSERT INTO transitions (
        id, shop, order_id, payment_id, verb, payment_to, order_from, order_to, version, at, actor, correlation_id
    ) VALUES (
        transition, 'main', ordered.id, payment, 'create', 'pending', 'awaiting', 'reserved', ordered.version + 1, now(),
        'payme', 'bench'
    );
    INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
    VALUES (
        transition, 'main', ordered.id, ordered.version + 1, 'payment.created',
        jsonb_build_object('type', 'payment.created', 'account', ordered.account, 'payment', payment),
        now()
    );
END $$;

-- PerformTransaction: find and lock the order through the payment, update both, one transition, one event.
CREATE FUNCTION limit_perform(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ordered orders;
    payment int;
    transition bigint;
BEGIN
    SELECT id INTO payment FROM payments
    WHERE external_id = to_char(number, 'FM000000000000000000000000')
        AND (provider, shop) IS NOT DISTINCT FROM ('payme', 'main');
    SELECT o.* INTO ordered
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.id = payment
    FOR NO KEY UPDATE OF o;
    UPDATE payments SET state = 'paid', performed_at = now() WHERE id = payment AND state = 'pending';
    IF NOT FOUND THEN RAISE 'payment of % is not pending', number; END IF;
    transition := nextval('transition_ids');
    UPDATE orders SET state = 'paid', version = version + 1, changed_at = now() WHERE id = ordered.id;
    INSERT INTO transitions (
        id, shop, order_id, payment_id, verb, payment_from, payment_to, order_from, order_to, version, at, actor,
        correlation_id
    ) VALUES (
        transition, 'main', ordered.id, payment, 'perform', 'pending', 'paid', 'reserved', 'paid', ordered.version + 1, now(),
        'payme', 'bench'
    );
    INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
    VALUES (
        transition, 'main', ordered.id, ordered.version + 1, 'payment.paid',
        jsonb_build_object('type', 'payment.paid', 'account', ordered.account, 'payment', payment),
        now()
    );
END $$;

-- CheckTransaction: locks the order as well, since its answer acknowledges a change: after a failover to a standby, what
-- a plain SELECT has shown can turn out to be lost.
CREATE FUNCTION limit_check(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    paid payments;
BEGIN
    SELECT p.* INTO paid
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.external_id = to_char(number, 'FM000000000000000000000000')
        AND (p.provider, p.shop) IS NOT DISTINCT FROM ('payme', 'main')
    FOR NO KEY UPDATE OF o;
    IF paid.state IS DISTINCT FROM 'paid' THEN RAISE 'payment of % is not paid', number; END IF;
END $$;
