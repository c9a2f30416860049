"""`python -m tiyin_sandbox` is the same command as `tiyin-sandbox`."""

from tiyin_sandbox.cli import main

main()
