"""This package runs the embedded PostgreSQL and migrates the schema."""
