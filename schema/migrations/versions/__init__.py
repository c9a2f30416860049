"""Each file is one step, in the order of their numbers."""
