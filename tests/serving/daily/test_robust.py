"""Damaged files, a full disk, a read-only folder, two at once: it is said, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.errors import KloutError
from features.lake import Lake
from features.lake.lock import locked
from features.materialize import materialize
from serving.daily import run as running
from serving.daily.run import daily
from tests.features.sliding.histories import History, Tables, arrive, histories, moved_on
from tests.features.worlds import SMALL
from tests.serving.daily.lives import (
    TWITTER,
    assert_same,
    copied,
    from_scratch,
    lived,
    outcome,
    published,
    small_model,
    story,
)

HISTORY = story(3, 2, catalogue=TWITTER)
YESTERDAY, TODAY = HISTORY.runs
MODEL = small_model(TWITTER)
ROOT = Path(__file__).resolve().parents[3]
Break = Callable[[Path], object]

DAMAGE: dict[str, Break] = {
    "truncated": lambda file: os.truncate(file, file.stat().st_size // 2),
    "emptied": lambda file: os.truncate(file, 0),
    "deleted": lambda file: file.unlink(),
    "garbage": lambda file: file.write_bytes(os.urandom(file.stat().st_size)),
    "text": lambda file: file.write_text("not what it was"),
}
KINDS = (
    "manifest.json",
    "standing-*",
    "parts-*",
    "twitter/state-figures-*",
    "twitter/state-accounts-*",
    "twitter/days-1*",
    "twitter/pairs-block-*",
    "twitter/peaks-block-*",
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose next day has come and is not run yet; beside it one where it is."""
    root = tmp_path_factory.mktemp("scene") / "lake"
    arrive(root, HISTORY.arrivals[0], 0, TWITTER)
    daily(root, YESTERDAY, MODEL)
    arrive(root, HISTORY.arrivals[1], 1, TWITTER)
    lived(root.parent / "calm", HISTORY, MODEL)
    return root


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


# --- the cache


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_cache_is_noticed_and_made_anew(
    kind: str, lake: Path, wanted: dict[str, bytes]
) -> None:
    file = sorted((lake / "cache").glob(kind))[-1]
    DAMAGE[list(DAMAGE)[KINDS.index(kind) % len(DAMAGE)]](file)
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE)
def test_any_file_of_the_cache_may_be_damaged(
    damage: str, scene: Path, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    for file in (scene / "cache").rglob("*.*"):
        lake = copied(scene, tmp_path / "lake")
        DAMAGE[damage](lake / file.relative_to(scene))
        daily(lake, TODAY, MODEL)
        assert published(lake) == wanted, file
        shutil.rmtree(lake)


def test_a_cache_that_is_found_damaged_when_it_is_read_is_dropped_with_a_word(
    lake: Path, wanted: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """As a file of an older run may be, whose content is not looked at before it is read."""
    calls = count()
    real = pl.read_parquet

    def failing(*args: object, **options: object) -> pl.DataFrame:
        if next(calls) == 0:
            raise pl.exceptions.ComputeError("parquet: File out of specification")
        return real(*args, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pl, "read_parquet", failing)
        daily(lake, TODAY, MODEL)
    assert "cache is damaged: parquet: File out of specification" in caplog.text
    assert published(lake) == wanted


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(most=15), st.lists(st.booleans(), min_size=6, max_size=6))
def test_the_cache_may_be_deleted_between_any_two_runs(history: History, gone: list[bool]) -> None:
    kept: Tables = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
            lake = arrive(Path(folder) / "lake", rows, number)
            if gone[number]:
                shutil.rmtree(lake.root / "cache", ignore_errors=True)
            found = moved_on(lake, as_of, kept)
            assert_frame_equal(found, materialize(lake, as_of, SMALL).collect(), check_exact=True)


def test_what_a_killed_run_left_in_the_cache_goes_before_the_next_writes(lake: Path) -> None:
    left = lake / "cache" / "twitter" / "days-16100-9.parquet"
    left.write_bytes(b"half written")
    assert daily(lake, YESTERDAY, MODEL) is None
    assert not left.exists()


# --- the lake


@pytest.mark.parametrize("damage", ["truncated", "deleted", "garbage"])
def test_a_damaged_file_of_the_lake_is_named_and_once_restored_the_run_goes_on(
    damage: str, lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    file = _new_interactions(lake)
    kept, cache = file.read_bytes(), _files(lake / "cache")
    DAMAGE[damage](file)
    with pytest.raises(KloutError, match=f"{file.name}: .*restore it .*'1'"):
        daily(lake, TODAY, MODEL)
    assert published(lake) == was
    assert _files(lake / "cache") == cache
    file.write_bytes(kept)
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


def test_without_a_cache_any_file_of_the_window_is_named(lake: Path) -> None:
    shutil.rmtree(lake / "cache")
    for table in ("interactions", "counters", "identities", "scores"):
        file = lake / Lake(lake).files(table, until=TODAY)[-1].path
        kept = file.read_bytes()
        file.write_bytes(b"PAR1 and so on")
        with pytest.raises(KloutError, match=f"{file.name}: can't be read"):
            daily(lake, TODAY, MODEL)
        file.write_bytes(kept)


def _new_interactions(lake: Path) -> Path:
    last = Lake(lake).entries[-1]
    return lake / next(file.path for file in last.files if file.table == "interactions")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- the disk


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount what only root may."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_is_named_and_with_more_space_the_run_goes_on(
    room: int, scene: Path, tmp_path: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64m", "tmpfs") as disk:
        lake = copied(scene, disk / "lake")
        used = sum(_blocks(path) for path in disk.rglob("*"))
        cache = _files(lake / "cache")
        _resize(disk, f"{used + room}k")
        with pytest.raises(KloutError, match=f"no space left on the disk of {lake}; {TODAY}"):
            daily(lake, TODAY, MODEL)
        assert published(lake) == was
        assert _files(lake / "cache") == cache
        _resize(disk, "64m")
        daily(lake, TODAY, MODEL)
        assert published(lake) == wanted


def _blocks(path: Path) -> int:
    return path.stat().st_blocks // 2


def _resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@pytest.mark.parametrize("place", ["sink_parquet", "write_parquet", "fsync"])
def test_a_disk_that_is_full_at_some_file_leaves_what_was_published(
    place: str, lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    owner = {"sink_parquet": pl.LazyFrame, "write_parquet": pl.DataFrame}.get(place, os)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, place, _full)
        with pytest.raises(KloutError, match="no space left on the disk of"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == was
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


def _full(*args: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
def test_a_read_only_folder_is_refused_and_left_as_it_is(
    scene: Path, tmp_path: Path, was: dict[str, bytes]
) -> None:
    lake = copied(scene, tmp_path / "lake")
    with mounted(tmp_path / "seen", "--bind", str(lake)) as seen:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(seen)], check=True)
        with pytest.raises(KloutError, match=f"{seen}: can't be written to: Read-only"):
            daily(seen, TODAY, MODEL)
        assert published(seen) == was


def test_a_folder_that_becomes_read_only_during_the_run_is_named(
    lake: Path, was: dict[str, bytes]
) -> None:
    def refused(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pl.DataFrame, "write_parquet", refused)
        with pytest.raises(KloutError, match=f"{lake}: can't be written to: .*; {TODAY} is not"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == was


def test_a_cache_that_could_not_be_kept_is_said_after_publishing(
    lake: Path, wanted: dict[str, bytes]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("features.sliding.cache.Cache.commit", _full)
        with pytest.raises(KloutError, match=f"no space left .*{TODAY} is published"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == wanted
    after = TODAY + timedelta(1)
    found = daily(lake, after, MODEL)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, MODEL), check_exact=True)


# --- two at once


def test_of_two_runs_the_second_says_so_and_stops(
    lake: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    MODEL.save(tmp_path / "model")
    command = [sys.executable, "-c", "from serving.cli import main; main()", "daily", "--quiet"]
    command += ["--lake", str(lake), "--as-of", str(TODAY), "--model", str(tmp_path / "model")]
    with subprocess.Popen(command, cwd=ROOT) as first:
        _wait_until_held(lake)
        first.send_signal(signal.SIGSTOP)
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        first.send_signal(signal.SIGCONT)
        assert first.wait(120) == 0
    assert second.returncode == 1
    assert second.stderr == f"klout: {lake}: another daily run is at work on this lake\n"
    assert published(lake) == wanted


def _wait_until_held(lake: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            with locked(lake / ".daily.lock", "held"):
                time.sleep(0.001)
        except KloutError:
            return
        time.sleep(0.01)
    raise AssertionError("the first run did not begin")


def test_a_run_sees_the_lake_as_it_was_when_it_began(
    scene: Path, lake: Path, wanted: dict[str, bytes]
) -> None:
    """What is ingested meanwhile is counted by the next run."""
    late = story(8, 1, size=100, catalogue=TWITTER).arrivals[0]
    written = []

    def meanwhile(_: int) -> None:
        if not written:
            written.append(arrive(lake, late, 7, TWITTER))

    daily(lake, TODAY, MODEL, on_rows=meanwhile)
    assert written
    assert published(lake) == wanted
    after = TODAY + timedelta(1)
    found = daily(lake, after, MODEL)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, MODEL), check_exact=True)


def test_publishing_waits_for_a_writer(
    lake: Path, wanted: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with locked(lake / ".lock", "held"):
        run = threading.Thread(target=daily, args=(lake, TODAY, MODEL))
        run.start()
        end = time.monotonic() + 60
        while "waiting up to 60 s" not in caplog.text and time.monotonic() < end:
            time.sleep(0.05)
        assert TODAY.isoformat() not in published(lake)
    run.join(60)
    assert f"{lake} is being written to; waiting up to 60 s" in caplog.text
    assert published(lake) == wanted


def test_a_writer_that_goes_on_is_named_and_the_next_run_publishes(
    lake: Path, was: dict[str, bytes], wanted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0.0)
    with locked(lake / ".lock", "held"), pytest.raises(KloutError, match="another run is writing"):
        daily(lake, TODAY, MODEL)
    assert published(lake) == was
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


# --- once more


def test_a_day_that_is_published_is_left_as_it_is(lake: Path) -> None:
    daily(lake, TODAY, MODEL)
    before = _files(lake)
    assert daily(lake, TODAY, MODEL) is None
    assert daily(lake, YESTERDAY, MODEL) is None
    assert _files(lake) == before


def test_a_day_before_the_last_one_published_is_refused(lake: Path) -> None:
    before = _files(lake)
    with pytest.raises(KloutError, match=f"scores up to {YESTERDAY} are published; .*not back"):
        daily(lake, YESTERDAY - timedelta(1), MODEL)
    assert _files(lake) == before


def test_a_day_on_which_there_was_nobody_is_published_once(tmp_path: Path) -> None:
    lake = arrive(tmp_path / "lake", {}, 0, TWITTER).root
    found = daily(lake, TODAY, MODEL)
    assert found is not None
    assert found.is_empty()
    assert daily(lake, TODAY, MODEL) is None


@pytest.mark.parametrize("other", [small_model(TWITTER, 2), small_model(SMALL)])
def test_another_model_takes_over_to_the_same_bits_as_from_scratch(other, lake: Path) -> None:
    assert other.version != MODEL.version
    wanted = from_scratch(Lake(lake), TODAY, other)
    found = daily(lake, TODAY, other)
    assert found is not None
    assert_frame_equal(found, wanted, check_exact=True)


def test_where_there_is_no_lake_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(KloutError, match="no lake here"):
        daily(tmp_path / "none", date(2014, 3, 1), MODEL)
    assert not (tmp_path / "none").exists()


def test_a_whole_life_with_harm_done_every_day_ends_in_the_same_bits(tmp_path: Path) -> None:
    history = story(5, 4, catalogue=TWITTER)
    calm = lived(tmp_path / "calm", history, MODEL)
    lake = tmp_path / "lake"
    for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
        arrive(lake, rows, number, TWITTER)
        daily(lake, as_of, MODEL)
        files = sorted((lake / "cache").rglob("*.*"))
        DAMAGE[list(DAMAGE)[number]](files[7 * number])
    assert_same(outcome(lake, MODEL), calm)
