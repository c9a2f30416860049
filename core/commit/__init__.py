"""This is the one place that locks, decides, saves and commits."""
