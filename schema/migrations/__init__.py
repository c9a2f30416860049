"""Migrations build the tables step by step; `tiyin migrate` runs them."""
