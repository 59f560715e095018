"""A lake keeps the models that scored its days, whole, and only once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from features.errors import KloutError
from features.lake import Lake
from features.lake.published import published_by
from features.storage.paths import found, location
from serving.daily.target import ExecutionTarget
from tests.support.buckets import changes, serving
from tests.support.days import ago, came, likes, model, ran
from tests.support.killing import kills
from tests.support.worlds import AS_OF
from training.influence.model import Model
from training.influence.reference import FILE
from training.registry import archive
from training.registry.archive import MODELS, keep_model, model_of

PERCENTILES = pl.DataFrame({"percent": [0.0, 100.0], "twitter.followers": [0.0, 9.0]})


def with_percentiles(folder: Path, seed: int = 1) -> Model:
    """Save a model as a promotion does, and read it."""
    model(seed).save(folder, PERCENTILES)
    return Model.load(folder)


def test_each_day_names_a_model_that_the_lake_keeps(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(3), 20))
    for days, seed in ((2, 1), (1, 2), (0, 2)):
        ran(root, ago(days), seed=seed)
    versions = [published_by(Lake(root), ago(days)) for days in (3, 2, 1, 0)]
    assert versions == [None, *(model(seed).version for seed in (1, 2, 2))]
    assert {path.name for path in (root / MODELS).iterdir()} == set(versions[1:])
    for version in versions[1:]:
        kept = model_of(root, str(version))
        assert kept is not None
        assert kept.model.version == version
        assert kept.reference is None
    assert model_of(root, "another") is None


def test_percentiles_are_kept_with_the_model_they_belong_to(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(3), 20))
    first = with_percentiles(tmp_path / "model")
    keep_model(root, first)
    second = with_percentiles(tmp_path / "model", 2)
    model(3).save(tmp_path / "model", PERCENTILES)  # replaced while a run is at work
    keep_model(root, second)
    one, two = (model_of(root, each.version) for each in (first, second))
    assert one is not None and one.reference is not None
    assert one.reference.equals(PERCENTILES)
    assert two is not None
    assert (two.model.version, two.reference) == (second.version, None)


def test_percentiles_that_cannot_be_read_stop_no_day(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(3), 20))
    mine = with_percentiles(tmp_path / "model")
    (tmp_path / "model" / FILE).write_bytes(b"no parquet")
    keep_model(root, mine)
    kept = model_of(root, mine.version)
    assert kept is not None
    assert kept.reference is None


def test_a_model_that_is_kept_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(3), 20))
    keep_model(root, model())
    monkeypatch.setattr(os, "rename", None)
    monkeypatch.setattr(Model, "save", None)
    keep_model(root, model())


def test_a_kill_at_any_moment_leaves_a_whole_model_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, mine = tmp_path / "lake", with_percentiles(tmp_path / "model")

    def fresh() -> Callable[[], object]:
        shutil.rmtree(root, ignore_errors=True)
        came(root, 0, likes(ago(3), 20))
        archive._loaded.cache_clear()
        return lambda: keep_model(root, mine)

    for _ in kills(monkeypatch, fresh):
        kept = model_of(root, mine.version)
        assert kept is None or kept.reference is not None
        keep_model(root, mine)
        again = model_of(root, mine.version)
        assert again is not None
        assert again.model.version == mine.version
        files = {str(path.relative_to(root / MODELS)) for path in (root / MODELS).rglob("*.*")}
        assert files == {
            f"{mine.version}/{name}" for name in ("klout.json", "model.json", "trees.txt", FILE)
        }


def test_a_damaged_model_is_said_to_be(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(3), 20))
    keep_model(root, model())
    (root / MODELS / model().version / "trees.txt").write_text("tree")
    with pytest.raises(KloutError, match="damaged model"):
        model_of(root, model().version)


def test_a_lake_on_object_storage_keeps_them_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("models") as bucket:
        root = location(f"{bucket}/lake")
        came(root, 0, likes(ago(3), 20))
        ran(root, AS_OF, where=ExecutionTarget(cache=tmp_path / "cache"))
        mine = with_percentiles(tmp_path / "model", 2)
        keep_model(root, mine)
        for version in (model().version, mine.version):
            kept = model_of(root, version)
            assert kept is not None
            assert kept.model.version == version
        assert kept.reference is not None
        assert kept.reference.equals(PERCENTILES)
        assert len(found(root / MODELS, "*", deep=True)) == 7
        assert model_of(root, "another") is None
        done = changes(monkeypatch)
        keep_model(root, mine)
        assert not done
