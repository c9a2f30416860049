"""Calls any gateway over HTTP as the test cabinets of Payme and Click do, and says what is wrong with its answers."""
