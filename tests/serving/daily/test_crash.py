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

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import Cache
from features.lake import Lake
from features.lake.computed import MANIFEST
from features.storage.folders import MARKER
from serving.daily.run import daily
from serving.store import Store
from tests.support.histories import History
from tests.support.judges import small_judge
from tests.support.killing import OPERATIONS, Killed
from tests.support.lives import (
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
from tests.support.worlds import SMALL
from training.influence.model import Model

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
    model = small_model(TWO)
    model.save(tmp_path / "model")
    calm = [
        _calm(warm, tmp_path, seed, lived(tmp_path / f"calm-{seed}", _history(seed), model))
        for seed in range(SEEDS)
    ]
    _kill_again_and_again(warm, tmp_path, calm, None)


@pytest.mark.slow
def test_100_kills_while_accounts_are_judged_and_the_store_is_written_change_nothing(
    warm: multiprocessing.context.ForkServerContext, tmp_path: Path
) -> None:
    model, judge = small_model(TWO), small_judge(tmp_path / "integrity")
    model.save(tmp_path / "model")
    calm = []
    for seed in range(SEEDS):
        live(tmp_path / f"calm-{seed}", _history(seed), model, judging=judge, stored=True)
        calm.append(_calm(warm, tmp_path, seed, outcome(tmp_path / f"calm-{seed}", model), judge))
    _kill_again_and_again(warm, tmp_path, calm, judge)


def _kill_again_and_again(
    warm: multiprocessing.context.ForkServerContext,
    folder: Path,
    calm: list[tuple[Outcome, float]],
    judge: Path | None,
) -> None:
    rng, model, kills = random.Random(1), small_model(TWO), 0
    for number in count():
        seed, root = number % SEEDS, folder / "lake"
        wanted, seconds = calm[seed]
        while _life(warm, root, seed, folder / "model", rng.uniform(0, seconds), judge) is None:
            kills += 1
            assert_true(root, wanted)
        assert_same(outcome(root, model), wanted)
        if judge is not None:
            undisturbed = folder / f"calm-{seed}"
            assert believed(root) == believed(undisturbed)
            assert in_store(root) == in_store(undisturbed)
        shutil.rmtree(root)
        if kills >= KILLS:
            return


def believed(root: Path) -> list[tuple[object, ...]]:
    """Read what accounts are believed to be, and since when."""
    rows = Lake(root).scan("authenticity").select("network", "account", "authenticity", "as_of")
    return rows.sort(pl.all()).collect().rows()


def in_store(root: Path) -> list[object]:
    """Read every score of every day that the store holds."""
    with Store.open(f"sqlite:///{root / 'store.db'}") as store, store.read() as snapshot:
        names = store.everybody()["person"].sort().to_list()
        histories = [(name, point) for name in names for point in snapshot.history(name)]
        return [*histories, *(each.as_of for each in snapshot.days)]


def _calm(
    warm: multiprocessing.context.ForkServerContext,
    folder: Path,
    seed: int,
    wanted: Outcome,
    judge: Path | None = None,
) -> tuple[Outcome, float]:
    """Live undisturbed once more, to see how long it takes."""
    seconds = _life(warm, folder / f"timed-{seed}", seed, folder / "model", HOUR, judge)
    assert seconds is not None
    return wanted, seconds


def _life(
    warm: multiprocessing.context.ForkServerContext,
    root: Path,
    seed: int,
    model: Path,
    most: float,
    judge: Path | None,
) -> float | None:
    """Live a history in a process of its own; the seconds it took, None if it was killed."""
    began = time.monotonic()
    process = warm.Process(target=_live, args=(root, seed, model, judge))
    process.start()
    process.join(most)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return time.monotonic() - began if process.exitcode == 0 else None


def _history(seed: int) -> History:
    return story(seed, 3, catalogue=TWO)


def _live(root: Path, seed: int, model: Path, judge: Path | None) -> None:
    stored = judge is not None
    live(root, _history(seed), Model.load(model), judging=judge, stored=stored)


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
        patched.setattr("features.incremental.run.Run.commit", _killed)
        with pytest.raises(Killed):
            daily(lake, TODAY, model)
    assert published(lake) == wanted
    assert daily(lake, TODAY, model) is None
    found = daily(lake, after, model)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, model), check_exact=True)


def _killed(*_: object) -> None:
    raise Killed
