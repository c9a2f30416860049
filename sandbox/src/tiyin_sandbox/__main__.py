"""`python -m tiyin_sandbox`: the same as `tiyin-sandbox`."""

from tiyin_sandbox.cli import main

main()
