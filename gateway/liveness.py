"""Liveness is whether the process is of use as it is: it says why, where only starting it anew may help."""

from dataclasses import dataclass


@dataclass(slots=True)
class Liveness:
    """Alive while there is no reason to be restarted."""

    reason: str = ""
