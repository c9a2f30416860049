"""Limits on what callers without accepted credentials may cause."""
