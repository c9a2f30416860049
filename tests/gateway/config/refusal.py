"""Settings with which a gateway does not start."""

from pathlib import Path
from typing import Final

import pytest

from gateway.config.settings import SettingsError, load

TOKEN: Final = "Zq8-another-token-of-a-shop-0123456789"


def refusal(environ: dict[str, str], folder: Path | None = None) -> list[str]:
    """The sentences that say what is wrong."""
    with pytest.raises(SettingsError) as refused:
        load(environ, folder)
    return list(refused.value.sentences)
