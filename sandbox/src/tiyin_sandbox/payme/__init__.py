"""Payme's suite, with the calls that Payme makes and the likely causes of wrong answers."""
