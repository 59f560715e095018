"""Labels: numbers of persons and ordered lists that teach, are reported on and compared with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from tests.support.command import klout, refused
from tests.support.populations import judged, population
from training.influence.model import Model
from training.judgements.label_pairs import PARTNERS, label_pairs
from training.judgements.label_table import read_labels

PARAMS = "train: {num_trees: 40, validation_share: 0.4, min_sum_hessian_in_leaf: 0.5, few: 0}\n"
PERSONS = 240
CATALOGUE = Catalogue(load_networks())


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """People of known influence; labels of the first half, lists, and labels of the others."""
    home = tmp_path_factory.mktemp("labels")
    signals, influence = population(CATALOGUE, 1, PERSONS)
    signals.write_parquet(home / "signals")
    (home / "params.yaml").write_text(PARAMS)
    score = 1 + 98 / (1 + np.exp(-0.8 * influence))
    every = pl.DataFrame({"person": signals["person"], "label": score})
    every[: PERSONS // 2].write_parquet(home / "labels")
    every[PERSONS // 2 :].write_parquet(home / "others")
    judged(influence[:60], 2, 400).write_parquet(home / "judgements")
    random = np.random.default_rng(1)
    rows = []
    for number in range(12):
        chosen = random.permutation(PERSONS // 2)[:30]
        rank = np.argsort(np.argsort(-influence[chosen])) + 1
        rows.append(pl.DataFrame({"list": f"l{number}", "rank": rank,
                                  "person": signals["person"].gather(chosen)}))  # fmt: skip
    pl.concat(rows).write_parquet(home / "lists")
    return home


@pytest.fixture
def here(home, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(home: Path, *more: object) -> list[object]:
    how = ["--params", home / "params.yaml", "--from", "scratch", "--out", "mine"]
    return ["train", "--signals", home / "signals", *how, *more]


def compared(home: Path, *labels: str | Path, model: Path = Path("mine")) -> list[dict[str, float]]:
    files = [word for name in labels for word in ("--labels", home / name)]
    done = klout("evaluate", "--model", model, "--signals", home / "signals", *files)
    assert done.code == 0, done.err
    return json.loads(done.out)["labels"]


@pytest.mark.parametrize(
    ("taught", "least"),
    [
        (("--labels", "labels"), 0.8),
        (("--labels", "lists"), 0.75),
        (("--labels", "labels", "--labels", "lists", "--judgements", "judgements"), 0.8),
    ],
    ids=["numbers", "lists", "all together"],
)
def test_each_kind_of_label_teaches_who_is_influential(home, here, taught, least):
    words = [word if word.startswith("--") else home / word for word in taught]
    done = klout(*train(home, *words))
    assert done.code == 0, done.err
    (found,) = compared(home, "others")
    assert found["persons"] == PERSONS / 2
    assert found["rank_correlation"] > least
    assert Model.load(Path("mine")).facts["labels"] > 0


def test_scores_come_out_on_the_labels_own_scale(home, here):
    assert klout(*train(home, "--labels", home / "labels")).code == 0
    (usual,) = compared(home, "others")
    assert klout(*train(home, "--labels", home / "labels", "--label-scale")).code == 0
    (own,) = compared(home, "others")
    assert own["rank_correlation"] == pytest.approx(usual["rank_correlation"], abs=1e-9)
    assert own["mae"] < usual["mae"]
    label = pl.read_parquet(home / "others")["label"]
    assert own["mae"] < 0.6 * np.abs(label - label.median()).mean()


def test_calibrate_fits_the_scale_to_labels_and_lets_nobody_pass_anybody(home, here):
    assert klout(*train(home, "--judgements", home / "judgements")).code == 0
    done = klout("calibrate", "--model", "mine", "--signals", home / "signals",
                 "--labels", home / "labels", "--out", "scaled")  # fmt: skip
    assert done.code == 0, done.err
    assert f"its scale fitted to {PERSONS // 2} labels" in done.out
    before, after = (compared(home, "others", model=Path(m))[0] for m in ("mine", "scaled"))
    assert after["rank_correlation"] == pytest.approx(before["rank_correlation"], abs=1e-9)
    assert after["mae"] < before["mae"]


def test_labels_teach_a_model_that_is_started_from(home, here):
    assert klout(*train(home, "--judgements", home / "judgements")).code == 0
    done = klout("train", "--signals", home / "signals", "--labels", home / "labels",
                 "--from", "mine", "--out", "more")  # fmt: skip
    assert done.code == 0, done.err
    before, after = (compared(home, "others", model=Path(m))[0] for m in ("mine", "more"))
    assert after["rank_correlation"] > before["rank_correlation"] - 0.01
    mine, more = (Model.load(Path(name)) for name in ("mine", "more"))
    assert (more.facts["from"], more.facts["labels"]) == (mine.version, PERSONS // 2)


def test_the_order_of_rows_makes_no_difference(home, here):
    labels = pl.read_parquet(home / "labels")
    labels.reverse().write_parquet("turned")
    pairs = [label_pairs(read_labels(file)) for file in (home / "labels", Path("turned"))]
    assert pairs[0].equals(pairs[1])


@pytest.mark.parametrize("size", [2, 3, 2 * PARTNERS + 1, 2 * PARTNERS + 2, 100])
def test_everybody_is_compared_and_no_pair_twice(here, size):
    names = [f"p{n}" for n in range(size)]
    pl.DataFrame({"person": names, "label": range(size)}).write_parquet("some")
    pairs = label_pairs(read_labels(Path("some")))
    either = {frozenset(pair) for pair in pairs.select("a", "b").iter_rows()}
    assert len(either) == len(pairs) == min(size * (size - 1) // 2, size * PARTNERS)
    assert set().union(*either) == set(names)
    number = {name: n for n, name in enumerate(names)}
    ahead = [number[a] > number[b] for a, b in pairs.select("a", "b").iter_rows()]
    assert ((pairs["preference"] > 0.5) == pl.Series(ahead)).all()


def test_labels_of_any_unit_teach_the_same(here):
    value = np.random.default_rng(2).normal(0, 1, 50)
    names = [f"p{n}" for n in range(50)]
    pairs = []
    for number, label in enumerate((value, np.exp(9 * value), 1e-6 * value - 3)):
        file = Path(f"{number}")
        pl.DataFrame({"person": names, "label": label}).write_parquet(file)
        pairs.append(label_pairs(read_labels(file)))
    assert all(each.equals(pairs[0]) for each in pairs)


def test_weights_weigh_and_ties_are_undecided(here):
    rows = {"person": ["a", "b", "c"], "label": [1, 1, 5], "weight": [4.0, 1.0, 1.0]}
    pl.DataFrame(rows).write_parquet("some")
    pairs = {
        frozenset((a, b)): (preference, weight)
        for a, b, preference, weight in label_pairs(read_labels(Path("some")))
        .select("a", "b", "preference", "weight")
        .iter_rows()
    }
    assert pairs[frozenset("ab")] == (0.5, 2.0)
    assert pairs[frozenset("bc")][1] == 1.0


GOOD = {"person": ["p1", "p2", "p3"], "label": [1.0, 2.0, 3.0]}
LISTS = {"list": ["l", "l", "k"], "rank": [1, 2, 1], "person": ["p1", "p2", "p1"]}
ODD = {
    "text": (GOOD | {"label": ["1", "2", "x"]}, "label must be a number, is String"),
    "flags": (GOOD | {"label": [True, False, True]}, "label must be a number, is Boolean"),
    "NaN": (GOOD | {"label": [1.0, float("nan"), 2.0]}, "row 1: label is nan; expected a number"),
    "infinite": (GOOD | {"label": [1.0, 2.0, float("inf")]}, "row 2: label is inf; expected"),
    "null": (GOOD | {"label": [1.0, None, 2.0]}, "row 1: label is None; expected a number"),
    "nobody": (GOOD | {"person": ["p1", None, "p3"]}, "row 1: person is missing"),
    "fractions": (GOOD | {"person": [1.5, 2.5, 3.5]}, "person: a column of Float64; ids are texts"),
    "twice": (GOOD | {"person": ["p1", "p2", "p1"]}, "row 2: 'p1' is there already, in row 0"),
    "all alike": (GOOD | {"label": [2.0, 2.0, 2.0]}, "no two persons have another label"),
    "one": ({"person": ["p1"], "label": [1.0]}, "no two persons have another label"),
    "none": ({"person": [], "label": []}, "holds no labels"),
    "weight 0": (GOOD | {"weight": [1.0, 0.0, 1.0]}, "row 1: weight is 0.0; expected one from"),
    "weight -1": (GOOD | {"weight": [1.0, -1.0, 1.0]}, "row 1: weight is -1.0; expected one"),
    "weight NaN": (GOOD | {"weight": [1.0, float("nan"), 1.0]}, "row 1: weight is nan; expected"),
    "no person": ({"label": [1.0, 2.0]}, "the column 'person' is missing"),
    "both": (GOOD | {"rank": [1, 2, 3]}, "has both a label and a rank; expected one of them"),
    "one rank only": (LISTS | {"rank": [1, 1, 1]}, "no two persons have another rank"),
    "no list": ({"rank": [1, 2], "person": ["p1", "p2"]}, "the column 'list' is missing"),
    "a null list": (LISTS | {"list": ["l", None, "k"]}, "row 1: list is missing"),
    "rank is text": (LISTS | {"rank": ["1", "2", "3"]}, "rank must be a number, is String"),
    "twice in a list": (
        {"list": ["l", "l", "l"], "rank": [1, 2, 3], "person": ["p1", "p2", "p1"]},
        "row 2: 'p1' is there already of the list 'l', in row 0",
    ),
    "unknown": (GOOD | {"person": ["q1", "q2", "q3"]}, "no signals of anybody judged, as of 'q1'"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_labels_are_refused_in_one_line(home, here, name):
    rows, said = ODD[name]
    pl.DataFrame(rows).write_parquet("odd")
    line = refused(*train(home, "--labels", "odd"))
    assert re.search(rf"^klout: odd.*{re.escape(said)}", line), line
    assert not Path("mine").exists()


def test_a_file_that_is_no_table_is_refused_in_one_line(home, here):
    Path("odd").write_text("person,label\np1,3\n")
    assert "odd: not a Parquet file of labels" in refused(*train(home, "--labels", "odd"))


def test_a_scale_needs_scores(home, here):
    labels = pl.read_parquet(home / "labels").with_columns(label=pl.col("label") * 3)
    labels.write_parquet("odd")
    line = refused(*train(home, "--labels", "odd", "--label-scale"))
    assert "a scale is fitted to scores from 1 to 100 alone" in line
    line = refused(*train(home, "--labels", home / "lists", "--label-scale"))
    assert "a scale is fitted to labels; ranks and judgements have none" in line


def test_nothing_to_learn_from_is_bad_usage(home, here):
    done = klout(*train(home))
    assert done.code == 2
    assert "give --judgements, --labels, or both" in done.err


def test_labels_beyond_scores_have_no_mean_error(home, here):
    assert klout(*train(home, "--labels", home / "labels")).code == 0
    labels = pl.read_parquet(home / "others").with_columns(label=pl.col("label") * 1000)
    labels.write_parquet("far")
    found, lists = compared(home, here / "far", "lists")
    assert "mae" not in found
    assert found["rank_correlation"] > 0.8
    assert lists["lists"] == 12
    assert lists["rank_correlation"] > 0.8


def test_the_report_says_what_the_labels_are(home):
    done = klout("judgements", home / "labels")
    assert done.code == 0
    assert re.match(
        r"labels of 120 persons, [\d.]+ to [\d.]+, mean [\d.]+; 120 different", done.out
    )
    made = json.loads(klout("judgements", home / "labels", "--format", "json").out)
    assert (made["kind"], made["persons"], made["largest_tie"]) == ("labels", 120, 1)


def test_the_report_says_how_far_lists_agree(home, here):
    done = klout("judgements", home / "lists")
    assert done.code == 0
    assert "12 lists of 30 to 30 persons" in done.out
    assert "two judgements of a pair agree in 100.0%" in done.out
    lists = pl.read_parquet(home / "lists")
    turned = pl.col("list") == "l3"
    lists.with_columns(rank=pl.when(turned).then(-pl.col("rank")).otherwise("rank")).write_parquet(
        "odd"
    )
    assert "judge l3 agrees with the others in" in klout("judgements", "odd").out
    made = json.loads(klout("judgements", "odd", "--format", "json").out)
    assert [judge["judge"] for judge in made["compared"]["contrary"]] == ["l3"]
