"""The interfaces share this package: bodies, strict JSON, account texts, links, shops of paths, callers, exchanges."""
