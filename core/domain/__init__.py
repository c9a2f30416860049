"""What may follow what: commands, state tables, decisions. Pure: no database, no event loop, no clock."""
