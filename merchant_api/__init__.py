"""The shop's own interface: its software opens orders, reads them, withdraws them and marks them as delivered."""

from merchant_api.routes import setup

__all__ = ["setup"]
