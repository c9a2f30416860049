"""The interfaces share this package: bodies, strict JSON, account texts, shops of paths, callers, exchanges."""
