"""The merchant API is the shop's interface: its software opens orders, reads them, and says what became of them."""

from merchant_api.routes import Limits, setup
from merchant_api.webhook_context import NoSecretError, ShopWebhooks

__all__ = ["Limits", "NoSecretError", "ShopWebhooks", "setup"]
