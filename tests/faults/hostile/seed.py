"""The seed of everything random here: set TIYIN_SEED to run again what a failed run has printed."""

import os
from typing import Final

SEED: Final = int(os.environ.get("TIYIN_SEED", "20261122"))

REPLAY: Final = f"(TIYIN_SEED={SEED} runs this again)"
