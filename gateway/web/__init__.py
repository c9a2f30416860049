"""The web kit: what every page of the gateway for people needs, whatever its subject."""
