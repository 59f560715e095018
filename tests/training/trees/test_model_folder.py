"""A model folder is checked when it is loaded: missing, cut, changed, newer or unsound."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from serving.http.score.model_holder import Holder
from tests.support.command import klout, refused
from tests.support.populations import quick_model
from training.influence.model import NUMBERS, Model
from training.influence.reference import FILE, signal_quantiles
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.boosted_trees import ClassifierParams
from training.integrity.classifier import NUMBERS as CLASSIFIER
from training.integrity.classifier import Classifier, fit
from training.trees.model_folder import FORMAT


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """Folders of a model and of a classifier, a lake and signals."""
    home = tmp_path_factory.mktemp("kept")
    model = quick_model(Catalogue(load_networks()), 1)
    model.save(home / "model")
    learned().save(home / "classifier")
    assert klout("simulate", "--out", home / "lake", "--persons", 40, "--days", 4).code == 0
    done = klout("materialize", "--lake", home / "lake", "--as-of", "2014-10-01",
                 "--out", home / "signals.parquet")  # fmt: skip
    assert done.code == 0, done.err
    pl.DataFrame({"a": ["x"], "b": ["y"], "preference": [1.0]}).write_parquet(home / "j.parquet")
    return home


def learned() -> Classifier:
    """A classifier of accounts that their age tells apart."""
    truth = [number % 2 == 0 for number in range(60)]
    table = {each.name: [float(number % 7) for number in range(60)] for each in BEHAVIOURS}
    table["age"] = [60.0 * good + number % 5 for number, good in enumerate(truth)]
    params = ClassifierParams(num_trees=20)
    return fit(pl.DataFrame(table), truth, BEHAVIOURS, params)


def edited(file: Path, change: Callable[[dict], object]) -> None:
    numbers = json.loads(file.read_text())
    change(numbers)
    file.write_text(json.dumps(numbers))


def turned_over(folder: Path, numbers: str) -> None:
    """Save the model with every tree upside down, under a digest that is right."""
    kept: Model | Classifier = (Model.read if numbers == NUMBERS else Classifier.load)(folder)
    over = re.sub(
        r"^leaf_value=(.*)$",
        lambda line: "leaf_value=" + " ".join(repr(-float(each)) for each in line[1].split()),
        kept.trees,
        flags=re.MULTILINE,
    )
    dataclasses.replace(kept, trees=over).save(folder)


HARMS: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "gone": (lambda folder, _: shutil.rmtree(folder), "no {what} here; make one with `klout"),
    "numbers missing": (lambda f, numbers: (f / numbers).unlink(), "no {what} here"),
    "trees missing": (lambda f, _: (f / "trees.txt").unlink(), "damaged {what}: trees.txt is miss"),
    "trees cut": (
        lambda f, _: (f / "trees.txt").write_text((f / "trees.txt").read_text()[:-300]),
        "damaged {what}: trees.txt is not as it was written",
    ),
    "trees no text": (
        lambda f, _: (f / "trees.txt").write_bytes(b"\xff\xfe\x00"),
        "damaged {what}: trees.txt is not as it was written",
    ),
    "numbers cut": (
        lambda f, numbers: (f / numbers).write_text((f / numbers).read_text()[:-300]),
        "damaged {what}: {numbers} is no JSON",
    ),
    "numbers no object": (
        lambda f, numbers: (f / numbers).write_text("[1, 2]"),
        "damaged {what}: {numbers} holds no object",
    ),
    "a field missing": (
        lambda f, numbers: edited(f / numbers, lambda n: n.pop("version")),
        "damaged {what}: {numbers} is not as it was written",
    ),
    "another version": (
        lambda f, numbers: edited(f / numbers, lambda n: n.update(version="0" * 12)),
        "damaged {what}: {numbers} is not as it was written",
    ),
    "a newer klout's": (
        lambda f, numbers: edited(f / numbers, lambda n: n.update(format=FORMAT + 1)),
        f"a {{what}} of format {FORMAT + 1}; this klout reads {FORMAT}: it is of another klout",
    ),
    "no format": (
        lambda f, numbers: edited(f / numbers, lambda n: n.pop("format")),
        f"a {{what}} of format None; this klout reads {FORMAT}: it is of another klout",
    ),
    "facts changed": (
        lambda f, numbers: edited(f / numbers, lambda n: n.update(facts={"trees": 1})),
        "damaged {what}: {numbers} is not as it was written",
    ),
    "digests missing": (
        lambda f, numbers: edited(f / numbers, lambda n: n.pop("files")),
        "damaged {what}: {numbers} is not as it was written",
    ),
    "unsound": (turned_over, "the {what} breaks its promises: "),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_model_is_refused_in_one_line(kept, tmp_path, monkeypatch, harm):
    harmed, says = harm_done(kept / "model", tmp_path, harm, "model", NUMBERS)
    monkeypatch.chdir(tmp_path)
    signals, lake = kept / "signals.parquet", kept / "lake"
    for words in (
        ("score", "--model", harmed, "--signals", signals, "--out", "s.parquet"),
        ("evaluate", "--model", harmed, "--signals", signals, "--judgements", kept / "j.parquet"),
        ("daily", "--lake", lake, "--as-of", "2014-10-01", "--model", harmed),
        ("explain", "twitter:x", "--lake", lake, "--as-of", "2014-10-01", "--model", harmed),
        ("serve", "--model", harmed),
        ("store", "load", "--lake", lake, "--model", harmed),
    ):
        assert says in refused(*words), words
    assert not (tmp_path / "s.parquet").exists()
    assert not (lake / "published").exists()


@pytest.mark.parametrize("harm", ["changed", "missing", "of another"])
def test_percentiles_that_are_not_those_of_the_model_are_refused(kept, tmp_path, harm):
    model = Model.load(kept / "model")
    percent = signal_quantiles(pl.scan_parquet(kept / "signals.parquet"), model.catalogue)
    model.save(tmp_path / "m", percent)
    assert Model.load(tmp_path / "m").version == model.version
    file = tmp_path / "m" / FILE
    if harm == "changed":
        percent.with_columns(pl.col(model.catalogue.names) + 1).write_parquet(file)
    elif harm == "missing":
        file.unlink()
    else:
        model.save(tmp_path / "m")
        percent.write_parquet(file)
    said = refused("audit", "--model", tmp_path / "m")
    assert f"damaged model: {FILE} is " in said


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_classifier_is_refused_in_one_line(kept, tmp_path, harm):
    harmed, says = harm_done(kept / "classifier", tmp_path, harm, "classifier", CLASSIFIER)
    lake = ("--lake", kept / "lake", "--as-of", "2014-10-01")
    for words in (
        ("integrity", "assess", *lake, "--model", harmed),
        ("integrity", "explain", "twitter:x", *lake, "--model", harmed),
        ("daily", *lake, "--model", kept / "model", "--integrity", harmed),
    ):
        assert says in refused(*words), words


def harm_done(whole: Path, tmp_path: Path, harm: str, what: str, numbers: str) -> tuple[Path, str]:
    harmed = tmp_path / "harmed"
    shutil.copytree(whole, harmed)
    do, says = HARMS[harm]
    do(harmed, numbers)
    return harmed, says.format(what=what, numbers=numbers)


def test_what_an_audit_finds_is_still_told_in_full(kept, tmp_path):
    harmed, _ = harm_done(kept / "model", tmp_path, "unsound", "model", NUMBERS)
    ended = klout("audit", "--model", harmed, "--report", tmp_path / "audit.json")
    assert ended.code == 1
    assert "the audit found" in ended.err
    assert len(json.loads((tmp_path / "audit.json").read_text())["findings"]) > 10


@pytest.mark.parametrize("harm", HARMS)
def test_a_server_goes_on_with_its_model_if_the_next_is_harmed(kept, tmp_path, caplog, harm):
    folder = tmp_path / "served"
    shutil.copytree(kept / "model", folder)
    holder = Holder(folder)
    HARMS[harm][0](folder, NUMBERS)
    assert not holder.look()
    assert not holder.look()
    assert holder.now.model.version == Model.load(kept / "model").version
    assert len(caplog.records) == (harm != "gone")
