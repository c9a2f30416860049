"""Click's door: its form POSTs in, the core's commands through, its six answer fields out (Click, "SHOP API")."""

from click_http.routes import setup

__all__ = ["setup"]
