"""The page at /sandbox: the test cabinets' menus, run against this very gateway, every call beside its answer."""

from gateway.sandbox_page.routes import setup

__all__ = ["setup"]
