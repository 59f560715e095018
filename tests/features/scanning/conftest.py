"""What tests of scans share."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from features.scanning import client as polite


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note pauses instead of making them; the clock goes on as if they were."""
    pauses: list[float] = []
    clock = SimpleNamespace(sleep=pauses.append, time=lambda: time.time() + sum(pauses))
    monkeypatch.setattr(polite, "time", clock)
    return pauses
