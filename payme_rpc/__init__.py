"""Payme's interface: its Merchant API by JSON-RPC, and links to its checkout."""

from payme_rpc.routes import setup

__all__ = ["setup"]
