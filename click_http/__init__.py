"""Click's interface: its SHOP API by form POSTs, and links to its payment page."""

from click_http.routes import setup

__all__ = ["setup"]
