"""Damaged files, of the cache and of the lake: they are noticed, and nothing is lost."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.errors import KloutError
from features.incremental import manifest
from features.lake import Lake
from features.signals.materialize import materialize
from features.storage.folders import MARKER
from serving.daily.run import daily
from tests.support.histories import History, Tables, arrive, histories, moved_on
from tests.support.lives import (
    TODAY,
    TWITTER,
    YESTERDAY,
    assert_same,
    copied,
    files_of,
    lived,
    outcome,
    published,
    small_model,
    story,
)
from tests.support.worlds import SMALL

MODEL = small_model(TWITTER)
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
    "twitter/0/parts-*",
    "twitter/0/state-figures-*",
    "twitter/0/state-accounts-*",
    "twitter/state-readings-*",
    "twitter/0/days-1*",
    "twitter/0/contents-block-*",
    "twitter/0/peaks-block-*",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_cache_is_noticed_and_made_anew(
    kind: str, lake: Path, wanted: dict[str, bytes]
) -> None:
    file = sorted((lake / "cache").glob(kind))[-1]
    DAMAGE[list(DAMAGE)[KINDS.index(kind) % len(DAMAGE)]](file)
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


@pytest.mark.slow
def test_any_file_of_the_cache_may_be_damaged(
    scene: Path, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    damages = cycle(DAMAGE.values())
    for file in sorted({*(scene / "cache").rglob("*.*")} - {scene / "cache" / MARKER}):
        lake = copied(scene, tmp_path / "lake")
        next(damages)(lake / file.relative_to(scene))
        daily(lake, TODAY, MODEL)
        assert published(lake) == wanted, file
        shutil.rmtree(lake)


def test_a_folder_whose_marker_is_damaged_is_named_and_left(
    lake: Path, was: dict[str, bytes]
) -> None:
    """What proves that it is ours can't be read, so nothing in it is touched."""
    marker = lake / "cache" / MARKER
    marker.write_text("")
    before = files_of(lake / "cache")
    with pytest.raises(KloutError, match=f"{re.escape(str(marker))}: damaged"):
        daily(lake, TODAY, MODEL)
    assert (files_of(lake / "cache"), published(lake)) == (before, was)


def test_a_cache_that_is_found_damaged_when_it_is_read_is_dropped_with_a_word(
    lake: Path, wanted: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """As a file of an older run may be, whose content is not looked at before it is read."""
    file = max((lake / "cache" / "twitter").rglob("took-*"))
    changed = file.read_bytes()[:-8] + b"12345678"
    with pytest.MonkeyPatch.context() as patched:
        # As if another run had written it: only its size is looked at.
        patched.setattr(manifest, "_damaged", _only_if_all(manifest._damaged))
        file.write_bytes(changed)
        daily(lake, TODAY, MODEL)
    assert f"is damaged: {file.relative_to(lake / 'cache')}; computing anew" in caplog.text
    assert published(lake) == wanted


def _only_if_all(real: Callable[..., str | None]) -> Callable[..., str | None]:
    def damaged(root: Path, kept: manifest.Manifest, read: object) -> str | None:
        return real(root, kept, read if read is kept.sizes else [])

    return damaged


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE, errno.EACCES])
@pytest.mark.parametrize("place", ["read_parquet", "read_ipc"])
def test_what_the_system_refuses_to_read_is_no_damage(
    place: str, number: int, lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    before = files_of(lake / "cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pl, place, _refused(number))
        with pytest.raises(KloutError, match=os.strerror(number)) as said:
            daily(lake, TODAY, MODEL)
    assert "\n" not in str(said.value) and "restore" not in str(said.value)
    assert published(lake) == was
    assert files_of(lake / "cache") == before
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


def test_nor_is_it_where_the_manifest_is_checked(
    lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    before = files_of(lake / "cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest, "_sum", _refused(errno.EMFILE))
        with pytest.raises(KloutError, match=r"what is kept can't be read: Too many open files"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == was
    assert files_of(lake / "cache") == before
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


def _refused(number: int) -> Callable[..., None]:
    def refused(*args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


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


@pytest.mark.parametrize("damage", ["truncated", "deleted", "garbage"])
def test_a_damaged_file_of_the_lake_is_named_and_once_restored_the_run_goes_on(
    damage: str, lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    file = _new_interactions(lake)
    kept, cache = file.read_bytes(), files_of(lake / "cache")
    DAMAGE[damage](file)
    with pytest.raises(KloutError, match=f"{file.name}: .*restore it .*'1'"):
        daily(lake, TODAY, MODEL)
    assert published(lake) == was
    assert files_of(lake / "cache") == cache
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


@pytest.mark.slow
def test_a_whole_life_with_harm_done_every_day_ends_in_the_same_bits(tmp_path: Path) -> None:
    history = story(5, 3, catalogue=TWITTER)
    calm = lived(tmp_path / "calm", history, MODEL)
    lake = tmp_path / "lake"
    for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
        arrive(lake, rows, number, TWITTER)
        daily(lake, as_of, MODEL)
        files = sorted((lake / "cache").rglob("*.*"))
        DAMAGE[list(DAMAGE)[number]](files[7 * number])
    assert_same(outcome(lake, MODEL), calm)
