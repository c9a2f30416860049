"""The measurements themselves work from end to end, and the gateway answers everything right while it is measured."""

import sys

import pytest

from bench import smoke


@pytest.mark.timeout(300)
def test_smoke(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["smoke", "--seconds", "0.3"])
    assert smoke.main() == 0
    said = capsys.readouterr().out
    for subject in ("gateway, 16", "limit, 16", "bare aiohttp, 16", "Click, 16", "every method, 16"):
        assert subject in said
