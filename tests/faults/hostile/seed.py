"""How a failed run is run again."""

from typing import Final

from tests.faults.conftest import SEED

REPLAY: Final = f"(TIYIN_SEED={SEED} runs this again)"
