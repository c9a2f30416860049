"""The sandbox calls any gateway as the test cabinets of Payme and Click do, and says what is wrong with its answers."""
