"""The suites: rows of a call and the words that it must answer."""
