"""A lake whose next day has come, and what becomes of it undisturbed."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.daily.run import daily
from tests.support.histories import arrive
from tests.support.lives import (
    HISTORY,
    TWITTER,
    YESTERDAY,
    Outcome,
    copied,
    lived,
    outcome,
    published,
    small_model,
)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose next day has come and is not run yet; beside it one where it is."""
    root = tmp_path_factory.mktemp("scene") / "lake"
    arrive(root, HISTORY.arrivals[0], 0, TWITTER)
    daily(root, YESTERDAY, small_model(TWITTER))
    arrive(root, HISTORY.arrivals[1], 1, TWITTER)
    lived(root.parent / "calm", HISTORY, small_model(TWITTER))
    return root


@pytest.fixture(scope="session")
def ended(scene: Path) -> Outcome:
    """What an undisturbed run leaves."""
    return outcome(scene.parent / "calm", small_model(TWITTER))


@pytest.fixture
def lake(scene: Path, tmp_path: Path) -> Path:
    """A copy to do harm to."""
    return copied(scene, tmp_path / "lake")


@pytest.fixture
def wanted(scene: Path) -> dict[str, bytes]:
    """What an undisturbed run publishes."""
    return published(scene.parent / "calm")


@pytest.fixture
def was(scene: Path) -> dict[str, bytes]:
    """What was published the day before."""
    return published(scene)
