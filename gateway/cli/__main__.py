"""`python -m gateway.cli` is the same as `tiyin`."""

from gateway.cli import main

main()
