"""`python -m gateway.cli`: the same as `tiyin`."""

from gateway.cli import main

main()
