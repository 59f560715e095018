"""Runs killed at any moment: what was published stays, and the end is the same bits."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.catalogue import Catalogue
from features.sliding.cache import Cache
from serving.daily.run import daily
from tests.features.lake.killing import OPERATIONS, Killed
from tests.features.sliding.histories import arrive
from tests.features.worlds import SMALL
from tests.serving.daily.lives import (
    TWITTER,
    Outcome,
    assert_same,
    copied,
    live,
    lived,
    outcome,
    published,
    small_model,
    story,
)
from training.model import Model

TWO = Catalogue(tuple(n for n in SMALL.networks if n.name in ("twitter", "wiki")))
KILLS = 100


@pytest.fixture
def warm() -> Iterator[multiprocessing.context.ForkServerContext]:
    """Processes that have imported everything and not yet used Polars, which no fork survives."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.serving.daily.lives"])
    yield context


@pytest.mark.slow
def test_100_kills_at_random_moments_change_nothing(
    warm: multiprocessing.context.ForkServerContext, tmp_path: Path
) -> None:
    rng = random.Random(1)
    model_folder = tmp_path / "model"
    small_model(TWO).save(model_folder)
    kills, lives = 0, 0
    while kills < KILLS:
        folder = tmp_path / str(lives)
        wanted = lived(folder / "calm", story(lives, catalogue=TWO), Model.load(model_folder))
        arguments = (lives, model_folder)
        taken = _life(warm, folder / "timed", *arguments, 600.0)
        assert taken is not None
        while _life(warm, folder / "killed", *arguments, rng.uniform(0, taken)) is None:
            kills += 1
            assert_true(folder / "killed", wanted)
        assert_same(outcome(folder / "killed", small_model(TWO)), wanted)
        shutil.rmtree(folder)
        lives += 1


def _life(
    warm: multiprocessing.context.ForkServerContext,
    root: Path,
    seed: int,
    model: Path,
    seconds: float,
) -> float | None:
    """Live a history in a process of its own; the seconds it took, None if it was killed."""
    began = time.monotonic()
    process = warm.Process(target=_live, args=(root, seed, model))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    taken = time.monotonic() - began
    assert process.exitcode in (0, -signal.SIGKILL)
    return taken if process.exitcode == 0 else None


def _live(root: Path, seed: int, model: Path) -> None:
    live(root, story(seed, catalogue=TWO), Model.load(model))


def assert_true(root: Path, wanted: Outcome) -> None:
    """Whatever the history names can be read and is what an undisturbed run publishes."""
    for day, content in published(root).items():
        assert content == wanted.published[day]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A lake whose next day has come and is not run yet, and what comes of it undisturbed."""
    root = tmp_path_factory.mktemp("scene") / "lake"
    history, model = story(3, 2, catalogue=TWITTER), small_model(TWITTER)
    arrive(root, history.arrivals[0], 0, TWITTER)
    daily(root, history.runs[0], model)
    arrive(root, history.arrivals[1], 1, TWITTER)
    return root, lived(root.parent / "calm", history, model)


LAST = story(3, 2, catalogue=TWITTER).runs[-1]


def test_a_kill_between_some_operations_on_files_changes_nothing(
    scene: tuple[Path, Outcome], tmp_path: Path
) -> None:
    """The closer to the end, where it publishes, the more of them."""
    number = operations(scene[0], tmp_path)
    for ago in (1, 2, 4, 7, 11, 16, 24, number // 2):
        assert_kill_changes_nothing(scene, tmp_path, number - ago)


@pytest.mark.slow
def test_a_kill_between_any_operations_on_files_changes_nothing(
    scene: tuple[Path, Outcome], tmp_path: Path
) -> None:
    for number in range(operations(scene[0], tmp_path)):
        assert_kill_changes_nothing(scene, tmp_path, number)


def operations(before: Path, folder: Path) -> int:
    """Count those of an undisturbed run."""
    root = copied(before, folder / "counted")
    with pytest.MonkeyPatch.context() as patched:
        left = deadly(patched, 10_000)
        daily(root, LAST, small_model(TWITTER))
    number = 10_000 - len(list(left))
    assert number > 30, "there was nothing to kill"
    return number


def assert_kill_changes_nothing(scene: tuple[Path, Outcome], folder: Path, number: int) -> None:
    """Kill the run of a day after so many operations; another one ends it."""
    model, (before, wanted) = small_model(TWITTER), scene
    root = copied(before, folder / "lake")
    with pytest.MonkeyPatch.context() as patched:
        deadly(patched, number)
        with pytest.raises(Killed):
            daily(root, LAST, model)
    assert_true(root, wanted)
    daily(root, LAST, model)
    assert_same(outcome(root, model), wanted)
    assert not strays(root)
    shutil.rmtree(root)


def deadly(patched: pytest.MonkeyPatch, number: int) -> Iterator[int]:
    """Let nothing be done to any file after so many operations; gives those that are left."""
    left = iter(range(number))

    def dying(real):
        def operation(*args, **options):
            if next(left, None) is None:
                raise Killed
            return real(*args, **options)

        return operation

    for name in OPERATIONS:
        patched.setattr(os, name, dying(getattr(os, name)))
    patched.setattr(pl.DataFrame, "write_parquet", dying(pl.DataFrame.write_parquet))
    patched.setattr(pl.LazyFrame, "sink_parquet", dying(pl.LazyFrame.sink_parquet))
    return left


def strays(root: Path) -> set[str]:
    """Name the files of the cache that no manifest names."""
    manifest = Cache(root / "cache").manifest
    assert manifest is not None
    found = {str(p.relative_to(root / "cache")) for p in (root / "cache").rglob("*.parquet")}
    return found - manifest.sizes.keys()


def test_a_run_killed_after_it_had_published_is_gone_on_from_by_the_next_days(
    scene: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model, root = small_model(TWITTER), copied(scene[0], tmp_path / "lake")
    after = LAST + timedelta(1)
    with monkeypatch.context() as patched:
        patched.setattr("features.sliding.run.Run.commit", _killed)
        with pytest.raises(Killed):
            daily(root, LAST, model)
    assert daily(root, LAST, model) is None
    found = daily(root, after, model)
    daily(scene[0].parent / "calm", after, model)
    assert found is not None
    assert published(root) == published(scene[0].parent / "calm")


def _killed(*_: object) -> None:
    raise Killed
