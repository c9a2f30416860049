"""Payme's interface serves its Merchant API by JSON-RPC, and makes links to its checkout."""

from payme_rpc.routes import setup

__all__ = ["setup"]
