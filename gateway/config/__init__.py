"""The configuration reads settings, checks them, and names what is wrong with them."""
