"""How fast the gateway is, beside what the same machine could do at best in the same minutes; `make bench` runs it."""
