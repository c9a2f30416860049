"""The page /sandbox runs the test cabinets' tests against this gateway and shows every call beside its answer."""

from gateway.sandbox_page.routes import setup

__all__ = ["setup"]
