"""Webhooks tell the shops of events, by signed HTTP requests."""
