"""The demonstration is a gateway with generated keys and a few open orders, and a stand-in for the providers."""
