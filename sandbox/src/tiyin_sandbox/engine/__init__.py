"""Runs checks of any protocol against any gateway, and says what came of them."""
