"""What the gateway itself calls stands here: the addresses that may be dialled, the pooled session, webhooks."""
