"""Deliveries of events: which are due where, who sends them now, and what comes of each attempt."""
