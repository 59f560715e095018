"""Where a model comes from is said by hashes that others use too."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest

from features.errors import KloutError
from tests.training.conftest import CATALOGUE
from training.promotion import lineage
from training.promotion.lineage import Lineage, catalogue_hash, commit, md5


def test_the_same_content_has_the_same_hash_and_a_missing_file_is_named(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"hello world")
    assert md5(tmp_path / "a") == md5(tmp_path / "b") == "5eb63bbbe01eeed093cb22bb8f5acdc3"
    with pytest.raises(KloutError, match="nowhere: can't be read"):
        md5(tmp_path / "nowhere")


def test_a_catalogue_is_named_by_what_it_declares():
    smaller = type(CATALOGUE)(CATALOGUE.networks[:2])
    assert catalogue_hash(CATALOGUE) == catalogue_hash(type(CATALOGUE)(CATALOGUE.networks))
    assert catalogue_hash(CATALOGUE) != catalogue_hash(smaller)


def test_changed_code_is_dirty_and_changed_figures_are_not(tmp_path, monkeypatch):
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "training").mkdir()
    code, figures = tmp_path / "training" / "origin.py", tmp_path / "metrics.json"
    for file in (code, figures):
        file.write_text("1")
    monkeypatch.setattr(lineage, "__file__", str(code))
    assert commit() == "unknown"
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    figures.write_text("2")
    clean = commit()
    assert len(clean) == 40
    code.write_text("2")
    assert commit() == f"{clean}+dirty"


def test_tags_name_data_and_code(tmp_path):
    (tmp_path / "s").write_bytes(b"s")
    files = {"signals": tmp_path / "s", "judgements": tmp_path / "s"}
    tags = Lineage.of(files, CATALOGUE, date(2014, 10, 1)).tags()
    assert tags["data.signals"] == tags["data.judgements"] == md5(tmp_path / "s")
    assert tags["data.training"] == "unknown"
    assert tags["as_of"] == "2014-10-01"
    assert set(tags) == {"data.signals", "data.judgements", "data.training", "catalogue",
                         "git_commit", "as_of"}  # fmt: skip
