"""What every party that calls us has in common at the edge: bodies, JSON, callers, exchanges."""
