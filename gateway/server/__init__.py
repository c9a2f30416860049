"""The process that listens: sockets, connections, workers, a quiet end."""
