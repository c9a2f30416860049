"""This room holds PostgreSQL connections: engines, failover, errors, replication."""
