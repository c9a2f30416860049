"""The one place that locks, decides, saves and commits."""
