"""Click's interface serves its SHOP API by form POSTs, and makes links to its payment page."""

from click_http.routes import setup

__all__ = ["setup"]
