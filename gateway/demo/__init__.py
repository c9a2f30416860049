"""The demonstration: a gateway with keys of its own and a few orders, and somebody who pays them."""
