"""The domain decides what may follow what. It is pure: it knows no database, no event loop, no clock."""
