"""This package holds PostgreSQL connections: engines, failover, errors, replication."""
