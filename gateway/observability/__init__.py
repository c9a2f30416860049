"""Logs, metrics, and the journal of exchanges."""
