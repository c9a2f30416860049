"""Holding a PostgreSQL connection: engines, failover, errors, replication."""
