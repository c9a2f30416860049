"""The audit checks the books against their invariants."""
