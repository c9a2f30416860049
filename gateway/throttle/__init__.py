"""Limits on what failed authentications may cost."""
