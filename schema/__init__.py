"""The schema holds values, tables and migrations; nothing here acts."""
