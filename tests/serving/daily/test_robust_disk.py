"""A full disk, a read-only folder: it is said, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.errors import KloutError
from features.incremental.state import FrameStore, ReceivedFrames
from features.lake import Lake
from features.storage.folders import MARKER
from serving.daily.run import daily
from tests.support.histories import arrive
from tests.support.lives import (
    TODAY,
    TWITTER,
    YESTERDAY,
    copied,
    files_of,
    from_scratch,
    published,
    small_model,
    story,
)
from tests.support.worlds import SMALL

MODEL = small_model(TWITTER)


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
        cache = files_of(lake / "cache")
        _resize(disk, f"{used + room}k")
        with pytest.raises(KloutError, match=f"no space left on the disk of {lake}; {TODAY}"):
            daily(lake, TODAY, MODEL)
        assert published(lake) == was
        assert files_of(lake / "cache") == cache
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
        patched.setattr("features.incremental.cache.Cache.commit", _full)
        with pytest.raises(KloutError, match=f"no space left .*{TODAY} is published"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == wanted
    after = TODAY + timedelta(1)
    found = daily(lake, after, MODEL)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, MODEL), check_exact=True)


def test_where_it_fails_no_thread_goes_on_writing_to_the_cache(tmp_path: Path) -> None:
    """Networks are moved on two at a time, beside the scoring of one of them."""
    lake, model = tmp_path / "lake", small_model(SMALL)
    arrive(lake, story(3, 1).arrivals[0], 0)
    threads = threading.active_count()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("features.incremental.state.FrameStore.put_frame", _full_for_parts)
        patched.setattr(ReceivedFrames, "save", _slow(ReceivedFrames.save))
        with pytest.raises(KloutError, match="no space left"):
            daily(lake, YESTERDAY, model)
    assert threading.active_count() == threads
    assert files_of(lake / "cache").keys() == {MARKER, ".lock"}


def _full_for_parts(kept: FrameStore, name: str, frame: pl.DataFrame) -> None:
    if "parts-" in name:
        _full()


def _slow(real: Callable[..., None]) -> Callable[..., None]:
    def slowly(*args: object) -> None:
        time.sleep(0.3)
        real(*args)

    return slowly
