"""This package surrounds every HTTP call: middleware, client addresses, health."""
