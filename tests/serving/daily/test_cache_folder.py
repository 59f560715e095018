"""`klout daily --cache`: a folder of ours, bound to its lake, and nothing of others' is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.incremental.cache import held
from features.lake import Lake
from serving.cli.app import app
from serving.daily.run import daily
from serving.daily.target import ExecutionTarget
from tests.support.histories import arrive
from tests.support.lives import (
    HISTORY,
    TODAY,
    TWITTER,
    copied,
    files_of,
    from_scratch,
    published,
    small_model,
)

MODEL = small_model(TWITTER)


@pytest.fixture
def command(lake: Path, tmp_path: Path) -> list[str]:
    MODEL.save(tmp_path / "model")
    words = ["daily", "--lake", lake, "--as-of", TODAY, "--model", tmp_path / "model", "--quiet"]
    return [str(word) for word in words]


def refused(words: list[str]) -> str:
    """Run a command that is refused in one line; gives the line."""
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, KloutError)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_a_strangers_folder_is_refused_and_left_as_it_is(
    command: list[str], lake: Path, tmp_path: Path, was: dict[str, bytes]
) -> None:
    disk = tmp_path / "shared"
    (disk / "work").mkdir(parents=True)
    (disk / "work" / "thesis-1.parquet").write_text("years of work")
    before = files_of(disk)
    said = refused([*command, "--cache", str(disk)])
    assert "holds 'work', and no klout.json; expected a folder of caches, or an empty" in said
    assert files_of(disk) == before
    assert published(lake) == was


@pytest.mark.parametrize("within", ["", "interactions", "new"])
def test_the_lake_itself_is_refused(
    within: str, command: list[str], lake: Path, was: dict[str, bytes]
) -> None:
    before = files_of(lake)
    refused([*command, "--cache", str(lake / within)])
    assert files_of(lake) == before


def test_what_somebody_puts_into_it_stays(lake: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    where = ExecutionTarget(cache=shared)
    daily(lake, TODAY, MODEL, where=where)
    mine = shared / Lake(lake).id / "twitter" / "notes.txt"
    mine.write_text("mine")
    with held(lake, shared) as cache:
        cache.drop()
    assert mine.read_text() == "mine"


def test_two_lakes_have_each_their_own_cache(
    scene: Path, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    here, there = copied(scene, tmp_path / "here"), tmp_path / "there"
    arrive(there, HISTORY.arrivals[0], 0, TWITTER)
    where = ExecutionTarget(cache=tmp_path / "shared")
    for lake in (here, there):
        daily(lake, TODAY, MODEL, where=where)
    assert published(here) == wanted
    ids = {Lake(lake).id for lake in (here, there)}
    assert {path.name for path in where.cache.iterdir() if path.is_dir()} == ids  # type: ignore[union-attr]


def test_a_copy_of_a_lake_waits_for_nobody_and_is_refused(
    scene: Path, command: list[str], tmp_path: Path
) -> None:
    other, shared = copied(scene, tmp_path / "other"), tmp_path / "shared"
    with held(other, shared):
        said = refused([*command, "--cache", str(shared), "--wait", "0"])
    assert "another run is at work on this cache, of a copy of the lake" in said


def test_a_copy_that_went_its_own_way_is_not_counted_by_the_others_cache(
    scene: Path, tmp_path: Path
) -> None:
    """Both have files of the same names then: the scores of a day, which another model gave."""
    one, other = (copied(scene, tmp_path / name) for name in ("one", "other"))
    where, second = ExecutionTarget(cache=tmp_path / "shared"), small_model(TWITTER, 2)
    daily(one, TODAY, MODEL, where=where)
    daily(other, TODAY, second)
    after = TODAY.replace(day=TODAY.day + 1)
    found = daily(other, after, second, where=where)
    assert found is not None
    wanted = from_scratch(Lake(other), after, second)
    assert found.sort("person").equals(wanted.sort("person"))


def test_a_cache_of_another_lake_is_refused(command: list[str], lake: Path) -> None:
    marker = lake / "cache" / "klout.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"of": "another"}))
    assert "is the cache of the lake another" in refused(command)


def test_keys_of_another_kind_make_it_void(
    lake: Path, wanted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.storage.hashing.KEY_SCHEME", 99)
    with held(lake) as cache:
        assert cache.manifest is None
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted
