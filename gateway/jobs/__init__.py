"""This package holds what the gateway does by itself as time passes."""
