"""Settings: where they are read from, what they must be like, and the errors that name wrong ones."""
