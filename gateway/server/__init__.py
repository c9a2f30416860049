"""This package listens, serves connections, starts workers, and stops them without losing a call."""
