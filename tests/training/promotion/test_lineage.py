"""Where a model comes from is said by hashes that others use too."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest
import yaml

from features.errors import KloutError
from tests.training.conftest import CATALOGUE
from training.promotion import lineage
from training.promotion.lineage import Lineage, catalogue_hash, commit, md5, md5_folder


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
    data = {f"data.{name}" for name in ("signals", "judgements", "training", "version")}
    assert set(tags) == data | {"catalogue", "git_commit", "as_of", "dvc.candidate", "dvc.lock"}


@pytest.mark.filterwarnings("ignore")  # of what DVC uses
def test_a_folder_has_the_hash_that_dvc_gives_it(tmp_path, monkeypatch):
    from dvc.repo import Repo

    folder = tmp_path / "model"
    (folder / "trees").mkdir(parents=True)
    for name in ("b.json", "a é.json", "trees/z"):
        (folder / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    with Repo.init(str(tmp_path), no_scm=True) as repo:
        repo.add("model")
    stored = yaml.safe_load((tmp_path / "model.dvc").read_text())["outs"][0]["md5"]
    assert md5_folder(folder) == stored


def test_data_have_one_version_that_changes_with_any_part(tmp_path):
    def version(**content: str) -> str:
        for name, text in content.items():
            (tmp_path / name).write_text(text)
        files = {name: tmp_path / name for name in content}
        return Lineage.of(files, CATALOGUE, None).tags()["data.version"]

    first = version(signals="1", judgements="2", training="3")
    assert version(signals="1", judgements="2", training="3") == first
    others = [version(**{"signals": "1", "judgements": "2", "training": "3", name: "x"})
              for name in ("signals", "judgements", "training")]  # fmt: skip
    assert len({first, *others}) == 4
