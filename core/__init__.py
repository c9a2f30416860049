"""What may follow what: commands in, decisions, one place that commits. Knows no HTTP and no provider's tongue."""
