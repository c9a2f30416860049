"""The database: the embedded server, and migrations of the schema."""
