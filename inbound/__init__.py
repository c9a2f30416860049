"""What the interfaces share: bodies, strict JSON, account texts, shops of paths, callers, exchanges."""
