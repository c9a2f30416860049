"""Exports are finished orders in files: whole, with sums by which that can be checked."""
