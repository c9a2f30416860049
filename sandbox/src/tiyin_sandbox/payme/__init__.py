"""Payme's side: how it calls, what it expects, why an answer is wrong."""
