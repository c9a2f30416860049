"""Moments of deliveries are the database's: machines whose clocks differ, or jump, agree on what is due."""


def of_database() -> None:
    """Stand for the database's own clock, where a statement takes a moment."""
