"""This package writes the logs, the metrics and the journal of exchanges."""
