<?php
// A PHP shop hears of its payments: it verifies tiyin's webhooks and activates each paid order once.
//
//     php tables.php
//     WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:8090 receiver.php
//
// It is sent to at http://127.0.0.1:8090/webhooks/tiyin.

// Until COMMIT: where PHP shows its errors it answers 200 when it fails, and the event would be lost.
http_response_code(500);

// The signature by hand, so that PHP alone is needed. With composer the package standard-webhooks/standard-webhooks
// does it: (new \StandardWebhooks\Webhook($secret))->verify($body, $headers).
$secret = base64_decode(substr(getenv('WEBHOOK_SECRET') ?: '', strlen('whsec_')), true);
if (!$secret) {
    throw new RuntimeException('WEBHOOK_SECRET is not set; it is whsec_ and base64, as tiyin shows it.');
}
$body = file_get_contents('php://input');
$header = fn(string $name): string => $_SERVER["HTTP_WEBHOOK_$name"] ?? '';
[$id, $timestamp] = [$header('ID'), $header('TIMESTAMP')];
$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $secret, true));
$fits = array_filter(explode(' ', $header('SIGNATURE')), fn($one) => hash_equals($expected, $one));
if (!$fits || $id === '' || abs(time() - (int) $timestamp) > 300) {
    http_response_code(401);
    exit;
}

$db = new PDO('sqlite:' . (getenv('SHOP_DATABASE') ?: 'shop.db'), options: [PDO::ATTR_TIMEOUT => 5]);
$run = function (string $sql, mixed ...$values) use ($db): PDOStatement {
    $statement = $db->prepare($sql);
    $statement->execute($values);
    return $statement;
};

// In one transaction: that the event was received, and what the shop does about it.
$event = json_decode($body, flags: JSON_THROW_ON_ERROR);
$db->beginTransaction();
$new = $run('INSERT INTO received_events VALUES (?) ON CONFLICT DO NOTHING', $id)->rowCount();
if ($new && !$event->test && isset($event->data->order)) {
    // The shop's own three lines. On PostgreSQL the SELECT ends with FOR UPDATE; here the INSERT has locked already.
    ['account' => $account, 'state' => $state, 'version' => $version] = (array) $event->data->order;
    $older = 'SELECT state FROM orders WHERE account = ? AND version < ?';
    if ($known = $run($older, $account, $version)->fetch()) {
        $run('UPDATE orders SET state = ?, version = ? WHERE account = ?', $state, $version, $account);
        if ($state === 'paid' && $known['state'] !== 'paid') {
            $run('UPDATE orders SET activations = activations + 1 WHERE account = ?', $account);
        }
    }
}
$db->commit();
http_response_code(204); // after COMMIT: what fails before it is answered 500, and sent again
