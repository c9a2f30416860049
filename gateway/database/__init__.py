"""The database server and its schema: the embedded one, migrations."""
