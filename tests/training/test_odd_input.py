"""Each command says in one line what is odd about its input, or does what was asked for."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support import odd_input
from tests.support.command import Ended, klout
from tests.support.odd_input import JUDGEMENTS, LABELS, SIGNAL, SIGNALS

PARAMS = """\
train: {num_trees: 8, validation_share: 0.4, min_sum_hessian_in_leaf: 0.5}
tune: {trials: 1, folds: 2, space: {num_leaves: {low: 4, high: 12}}}
"""

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's and Optuna's own

FINE = ""
CONTRARY = "contradict the signals|the scale needs a top"
"""Nothing is wrong with it."""

OF_SIGNALS = {
    "nobody varies": "nothing can be learned from",
    "nobody drew anything": "nothing can be learned from",
    "another network's": r"odd: nothing is left without hub \(\d+ people\); ",
    "a person twice": "odd, row 240: 'p5' is there already, in row 5",
    "a person is null": "odd, row 3: person is missing",
    "persons are fractions": "odd: person: a column of Float64; ids are texts or whole numbers",
    "NaN": f"odd: signals: {SIGNAL} of 'p3' is nan; expected a number of at least 0",
    "null": f"odd: signals: {SIGNAL} of 'p3' is None; expected",
    "negative": f"odd: signals: {SIGNAL} of 'p3' is -1.0; expected",
    "infinite": f"odd: signals: {SIGNAL} of 'p3' is inf; expected",
    "text": f"odd: signals: {SIGNAL} must be a number, is String",
    "one person": r"99.2%\) have no signals, as 'p1'; at most 10%|no signals of anybody judged",
    "no persons": "odd: holds no persons",
    "no column person": "odd: the column 'person' is missing",
    "a signal missing": f"odd: signals: the column '{SIGNAL}' is missing",
    "only person": r"odd: signals: the column '\S+' is missing and \d+ more",
    "no Parquet": "odd: not a Parquet file of signals: ",
    "not there": "odd: not a Parquet file of signals: ",
}
"""What is said of odd signals."""

ROW = r"odd, row {}: .*: a and b must be two persons, preference in \[0, 1\], weight from"
OF_JUDGEMENTS = {
    "three": "3 judgements:? .*too few|nothing can be learned from",
    "one": "1 judgements:? .*too few|nothing can be learned from 1 judgements",
    "none": "odd: holds no judgements",
    "of a and a": ROW.format(0),
    **dict.fromkeys(
        (
            "a is null",
            "a preference of 1.5",
            "a preference below 0",
            "a preference is NaN",
            "a preference is null",
            "a weight of 0",
            "a weight below 0",
            "a weight is NaN",
            "a weight is infinite",
        ),
        ROW.format(3),
    ),
    "preferences are text": "odd: preference must be a number, is String",
    "weights all tiny": ROW.format(0),
    "weights all huge": ROW.format(0),
    "undecided all": "odd: all \\d+ judgements have the preference 0.5",
    "of one pair": "200 judgements:? .*too few|nothing can be learned from 200 judgements",
    "5% unknown": FINE,
    "70% unknown": r"odd: \d+ of \d+ judged people \(\d+\.\d%\) have no signals, as 'q0'; at most",
    "all unknown": "odd: no signals of anybody judged, as of 'q0'",
    "ids are structs": "odd: a: a column of Struct.*; ids are texts or whole numbers",
    "ids are lists": "odd: a: a column of List.*; ids are texts or whole numbers",
    "ids are fractions": "odd: a: a column of Float64; ids are texts or whole numbers",
    "no column preference": "odd: judgements need the column 'preference'",
    "contrary": CONTRARY,
    "no Parquet": "odd: not a Parquet file of judgements: ",
    "not there": "odd: not a Parquet file of judgements: ",
}
"""What is said of odd judgements, by who learns from them."""

BESIDE = ("contrary",)
"""Judgements that baselines, which promise nothing, learn from."""

NO_SIGNALS_NEEDED = ("5% unknown", "70% unknown", "all unknown", "contrary", "undecided all")
MEASURED = ("three", "one", "of one pair", "contrary")
"""Judgements that nothing can be learned from, but by which something can be measured."""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with whole input, and a model of it."""
    home = tmp_path_factory.mktemp("odd")
    odd_input.signals().write_parquet(home / "signals")
    odd_input.judgements().write_parquet(home / "judgements")
    odd_input.others().write_parquet(home / "others")
    (home / "params.yaml").write_text(PARAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        both = ["--signals", "signals", "--judgements", "judgements", "--params", "params.yaml"]
        for command in (
            ["train", *both, "--out", "model"],
            ["evaluate", *both, "--model", "model", "--plots", "plots", "--out", "metrics.json"],
        ):
            made = klout(*command)
            assert made.code == 0, made.err
    return home


def words(command: str, signals: str, judgements: str) -> list[str]:
    """A command on a signals file and a judgements file."""
    both = ["--signals", signals, "--judgements", judgements]
    params = ["--params", "params.yaml"]
    return {
        "train": ["train", *both, *params, "--out", "made"],
        "evaluate": ["evaluate", "--model", "model", *both, *params, "--out", "made"],
        "evaluate beside": [
            *["evaluate", "--model", "model", "--signals", signals, "--judgements", "others"],
            *[*params, "--training", judgements, "--out", "made"],
        ],
        "ablate": ["ablate", *both, *params, "--test", "others", "--out", "made"],
        "tune": ["tune", *both, *params, "--study", "sqlite:///study", "--out", "made"],
        "promote": [
            *["promote", "--candidate", "model", "--champion", "made", *both],
            *["--metrics", "metrics.json", "--plots", "plots", "--training", judgements],
        ],
        "score": ["score", "--model", "model", "--signals", signals, "--out", "made"],
        "judgements": ["judgements", judgements],
    }[command]


LEARNING = ("train", "evaluate beside", "ablate", "tune")
MEASURING = ("evaluate", "promote", "score")
"""These need no signal that varies."""

ALIKE = ("evaluate beside", "ablate", "tune", "evaluate", "promote")
"""These take some seconds a time, and read files by what `train` and `score` read them by."""


def marked(commands: Iterable[str]) -> list[Any]:
    """Leave the commands that are alike to the tests that take long."""
    slow = pytest.mark.slow
    return [pytest.param(each, marks=slow) if each in ALIKE else each for each in commands]


def run(home: Path, tmp_path: Path, patch: pytest.MonkeyPatch, given: list[str]) -> Ended:
    """Run a command in a folder that holds whole input and the odd file."""
    for file in home.iterdir():
        (tmp_path / file.name).symlink_to(file)
    patch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return klout(*given)


def expect(ended: Ended, says: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Expect one line that says this and nothing made; or, if nothing is wrong, success."""
    native = capfd.readouterr()
    assert "Traceback" not in ended.err
    assert "LightGBM" not in native.out + native.err
    if says == FINE:
        assert ended.code == 0, ended.err
        return
    if says == CONTRARY and ended.code == 0:
        return  # a contents signal may agree by chance, and then something is learned from it
    assert ended.code == 1, ended.out
    assert re.search(says, ended.err), ended.err
    assert ended.err.count("\n") == 1, ended.err
    assert not Path("made").exists()


def write_odd(tmp_path: Path, name: str, frame: pl.DataFrame, changes: dict) -> None:
    if name == "no Parquet":
        (tmp_path / "odd").write_bytes(b"PAR1 this is none PAR1")
    elif name != "not there":
        changes[name](frame).write_parquet(tmp_path / "odd")


@pytest.mark.parametrize("name", OF_SIGNALS)
@pytest.mark.parametrize("command", marked([*LEARNING, *MEASURING]))
def test_odd_signals(home, tmp_path, monkeypatch, capfd, command, name):
    says = OF_SIGNALS[name]
    if command in MEASURING and name in ("nobody varies", "nobody drew anything"):
        says = FINE
    if (command, name) == ("score", "one person"):
        says = FINE
    if name == "another network's" and command not in ("train", "ablate", "tune"):
        says = FINE
    if command == "promote" and says == FINE:
        pytest.skip("what a gate decides is tested with the gates")
    write_odd(tmp_path, name, odd_input.signals(), SIGNALS)
    expect(run(home, tmp_path, monkeypatch, words(command, "odd", "judgements")), says, capfd)


def test_people_of_a_network_never_heard_of_are_scored(home, tmp_path, monkeypatch):
    write_odd(tmp_path, "another network's", odd_input.signals(), SIGNALS)
    ended = run(home, tmp_path, monkeypatch, words("score", "odd", "judgements"))
    assert ended.code == 0
    assert "left out" not in ended.err
    assert pl.read_parquet("made")["score"].n_unique() > 5


@pytest.mark.parametrize("name", OF_JUDGEMENTS)
@pytest.mark.parametrize("command", marked([*LEARNING, "evaluate", "promote", "judgements"]))
def test_odd_judgements(home, tmp_path, monkeypatch, capfd, command, name):
    says = OF_JUDGEMENTS[name]
    if command == "judgements" and name in (*NO_SIGNALS_NEEDED, *MEASURED):
        says = FINE
    if command in ("evaluate", "promote") and name in MEASURED:
        says = FINE
    if command in ("evaluate beside", "tune") and name in BESIDE:
        says = FINE
    if command == "promote" and says == FINE:
        pytest.skip("what a gate decides is tested with the gates")
    write_odd(tmp_path, name, odd_input.judgements(), JUDGEMENTS)
    expect(run(home, tmp_path, monkeypatch, words(command, "signals", "odd")), says, capfd)


def test_more_may_be_without_signals_if_that_is_asked_for(home, tmp_path, monkeypatch):
    write_odd(tmp_path, "30% unknown", odd_input.judgements(), JUDGEMENTS)
    given = [*words("train", "signals", "odd"), "--without-signals", "0.8"]
    ended = run(home, tmp_path, monkeypatch, given)
    assert ended.code == 0
    assert ended.err.startswith("klout: odd: ")
    assert "have no signals; they count as people who drew nothing" in ended.err
    assert klout(*given, "--quiet").err == ""


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("train", "no declaration names it: give --networks DIR"),
        ("score", "the model was not trained on it, and nothing declares its reactions"),
    ],
)
def test_networks_left_out_are_named_beside_others(home, tmp_path, monkeypatch, command, why):
    hub = pl.Series("hub.connected", [1.0, 1.0, *[0.0] * (odd_input.PERSONS - 2)])
    odd_input.signals().with_columns(hub).write_parquet(tmp_path / "odd")
    given = words(command, "odd", "judgements")
    ended = run(home, tmp_path, monkeypatch, given)
    assert (ended.code, ended.err) == (0, f"klout: odd: left out hub (2 people); {why}\n")
    assert klout(*given, "--quiet").err == ""


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("labelled")
    made = klout("simulate", "--out", home / "lake", "--persons", 150, "--days", 8, "--quiet")
    assert made.code == 0, made.err
    return home


OF_LABELS = {
    "one": "odd.parquet: labels: .* expected at least 5 of each",
    "none": "odd.parquet: no labels of a network with reactions",
    "all alike": "odd.parquet: labels: .* expected at least 5 of each",
    "an account twice": "odd.parquet: '.*' of .* is there twice",
    "an account is null": "odd.parquet: a label is missing; expected",
    "authentic is null": "odd.parquet: a label is missing; expected",
    "authentic is a number": "odd.parquet: authentic must be true or false, is Float64",
    "authentic is text": "odd.parquet: authentic must be true or false, is String",
    "an unknown network": "odd.parquet: 'hub' is no declared network",
    "accounts nobody knows": "odd.parquet: none of its .* accounts did anything",
    "accounts are structs": "odd.parquet: account: a column of Struct.*; ids are texts or",
    "no column authentic": "odd.parquet: the column 'authentic' is missing",
    "one group": "odd.parquet: groups: expected one per account, and at least 5 of them",
    "a group is a list": "odd.parquet: group: a column of List.*; ids are texts or whole numbers",
    "no Parquet": "odd.parquet: not a Parquet file of labels: ",
    "not there": "odd.parquet: not a Parquet file of labels: ",
}


@pytest.mark.parametrize("name", OF_LABELS)
def test_odd_labels(labelled, tmp_path, monkeypatch, capfd, name):
    write_odd(tmp_path, name, pl.read_parquet(labelled / "lake" / "labels.parquet"), LABELS)
    if (tmp_path / "odd").exists():
        (tmp_path / "odd").rename(tmp_path / "odd.parquet")
    monkeypatch.chdir(tmp_path)
    lake = ["--lake", str(labelled / "lake"), "--as-of", "2014-10-01"]
    ended = klout("integrity", "train", *lake, "--labels", "odd.parquet", "--out", "made")
    expect(ended, OF_LABELS[name], capfd)
