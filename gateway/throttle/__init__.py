"""This package bounds what failed authentications may cost."""
