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
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.catalogue import Catalogue
from features.folders import MARKER
from features.lake import Lake
from features.lake.computed import MANIFEST
from features.sliding.cache import Cache
from serving.daily.run import daily
from tests.features.lake.killing import OPERATIONS, Killed
from tests.features.sliding.histories import History
from tests.features.worlds import SMALL
from tests.serving.daily.lives import (
    TODAY,
    TWITTER,
    Outcome,
    assert_same,
    copied,
    from_scratch,
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
SEEDS = 3
HOUR = 3600.0


@pytest.fixture
def warm() -> multiprocessing.context.ForkServerContext:
    """Processes that have imported everything and not yet used Polars, which no fork survives."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.serving.daily.test_crash"])
    first = context.Process(target=int)
    first.start()
    first.join()
    return context


@pytest.mark.slow
def test_100_kills_at_random_moments_change_nothing(
    warm: multiprocessing.context.ForkServerContext, tmp_path: Path
) -> None:
    """Also while what arrives is written. After each kill the life goes on where it was."""
    rng, model = random.Random(1), small_model(TWO)
    model.save(tmp_path / "model")
    calm = [_calm(warm, tmp_path, seed, model) for seed in range(SEEDS)]
    kills = 0
    for number in count():
        seed, root = number % SEEDS, tmp_path / "lake"
        wanted, seconds = calm[seed]
        while _life(warm, root, seed, tmp_path / "model", rng.uniform(0, seconds)) is None:
            kills += 1
            assert_true(root, wanted)
        assert_same(outcome(root, model), wanted)
        shutil.rmtree(root)
        if kills >= KILLS:
            return


def _calm(
    warm: multiprocessing.context.ForkServerContext, folder: Path, seed: int, model: Model
) -> tuple[Outcome, float]:
    """Live undisturbed, once to look at it and once to see how long it takes."""
    wanted = lived(folder / f"calm-{seed}", _history(seed), model)
    seconds = _life(warm, folder / f"timed-{seed}", seed, folder / "model", HOUR)
    assert seconds is not None
    return wanted, seconds


def _life(
    warm: multiprocessing.context.ForkServerContext,
    root: Path,
    seed: int,
    model: Path,
    most: float,
) -> float | None:
    """Live a history in a process of its own; the seconds it took, None if it was killed."""
    began = time.monotonic()
    process = warm.Process(target=_live, args=(root, seed, model))
    process.start()
    process.join(most)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return time.monotonic() - began if process.exitcode == 0 else None


def _history(seed: int) -> History:
    return story(seed, 3, catalogue=TWO)


def _live(root: Path, seed: int, model: Path) -> None:
    live(root, _history(seed), Model.load(model))


def assert_true(root: Path, wanted: Outcome) -> None:
    """Whatever the history names can be read and is what an undisturbed run publishes."""
    for day, content in published(root).items():
        assert content == wanted.published[day]


def test_a_kill_between_some_operations_on_files_changes_nothing(
    scene: Path, ended: Outcome, tmp_path: Path
) -> None:
    """The closer to the end, where it publishes, the more of them."""
    number = operations(scene, tmp_path)
    for ago in (1, 2, 4, 7, 11, 16, 24, number // 2):
        assert_kill_changes_nothing(scene, ended, tmp_path, number - ago)


@pytest.mark.slow
def test_a_kill_between_any_operations_on_files_changes_nothing(
    scene: Path, ended: Outcome, tmp_path: Path
) -> None:
    for number in range(operations(scene, tmp_path)):
        assert_kill_changes_nothing(scene, ended, tmp_path, number)


def operations(before: Path, folder: Path) -> int:
    """Count those of an undisturbed run."""
    root = copied(before, folder / "counted")
    with pytest.MonkeyPatch.context() as patched:
        left = deadly(patched, 10_000)
        daily(root, TODAY, small_model(TWITTER))
    number = 10_000 - len(list(left))
    assert number > 30, "there was nothing to kill"
    return number


def assert_kill_changes_nothing(scene: Path, wanted: Outcome, folder: Path, number: int) -> None:
    """Kill the run of a day after so many operations; another one ends it."""
    model, root = small_model(TWITTER), copied(scene, folder / "lake")
    with pytest.MonkeyPatch.context() as patched:
        deadly(patched, number)
        with pytest.raises(Killed):
            daily(root, TODAY, model)
    assert_true(root, wanted)
    daily(root, TODAY, model)
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
    for name in ("write_parquet", "write_ipc"):
        patched.setattr(pl.DataFrame, name, dying(getattr(pl.DataFrame, name)))
    patched.setattr(pl.LazyFrame, "sink_parquet", dying(pl.LazyFrame.sink_parquet))
    return left


def strays(root: Path) -> set[str]:
    """Name the files of the cache that no manifest names."""
    manifest = Cache(root / "cache").manifest
    assert manifest is not None
    files = (path for path in (root / "cache").rglob("*") if path.is_file())
    found = {str(path.relative_to(root / "cache")) for path in files} - {MANIFEST, MARKER, ".lock"}
    return found - manifest.sizes.keys()


def test_a_run_killed_after_it_had_published_is_gone_on_from_by_the_next_days(
    lake: Path, wanted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, after = small_model(TWITTER), TODAY + timedelta(1)
    with monkeypatch.context() as patched:
        patched.setattr("features.sliding.run.Run.commit", _killed)
        with pytest.raises(Killed):
            daily(lake, TODAY, model)
    assert published(lake) == wanted
    assert daily(lake, TODAY, model) is None
    found = daily(lake, after, model)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, model), check_exact=True)


def _killed(*_: object) -> None:
    raise Killed
