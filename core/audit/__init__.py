"""Holds the books against their invariants."""
