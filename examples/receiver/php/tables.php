<?php
// Makes the two tables, once: php tables.php

$db = new PDO('sqlite:' . (getenv('SHOP_DATABASE') ?: 'shop.db'));
$db->exec("CREATE TABLE IF NOT EXISTS received_events (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (account TEXT PRIMARY KEY, state TEXT DEFAULT 'awaiting', version INTEGER DEFAULT 0,
    activations INTEGER DEFAULT 0)");
