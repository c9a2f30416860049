"""Where settings come from, what they must be like, and what is said of wrong ones."""
