"""How sure scores say they are, against what is seen."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from scipy.stats import nbinom

from evaluations import confidence
from evaluations.confidence import coverage, main, tenths
from evaluations.real.halves import halves, sides
from evaluations.real.logs import LOGS
from tests.support.populations import quick_model

MESSAGES = LOGS["messages"]


def test_who_is_ranked_right_is_counted_of_the_most_and_the_least_confident():
    random = np.random.default_rng(1)
    outcome = random.permutation(200).astype(float)
    known = random.random(200)
    figure = np.where(known > 0.5, outcome, random.uniform(0, 200, 200))
    most, least = tenths(outcome, figure, known)
    assert most > least + 0.15
    assert tenths(outcome, outcome, known) == (1, 1)
    assert tenths(outcome, -outcome, known) == (0, 0)
    assert tenths(np.zeros(5), np.arange(5.0), np.arange(5.0)) == (0.5, 0.5)


def test_ties_at_the_edge_of_a_tenth_belong_to_it():
    outcome, figure = np.array([1.0, 2, 3, 4, 5, 6]), np.array([3.0, 2, 1, 4, 5, 6])
    confidence_ = np.array([0.0, 0, 0, 1, 2, 3])
    # Of the three least confident each has five pairs; the three pairs among them are wrong.
    assert tenths(outcome, figure, confidence_) == (1, pytest.approx(9 / 15))


def test_coverage_is_the_share_of_scores_inside():
    one = pl.DataFrame({"low": [1.0, 1.0, 1.0], "high": [3.0, 3.0, 3.0]})
    other = pl.DataFrame({"score": [1.0, 3.0, 3.1]})
    assert coverage(one, other) == pytest.approx(2 / 3)


def shared_log(tmp_path, rows: list[tuple[int, int, int]]):
    file = tmp_path / "shared" / MESSAGES.file
    file.parent.mkdir(parents=True)
    lines = "\n".join(f"{a} {t} {second}" for a, t, second in rows)
    file.write_bytes(gzip.compress(f"src dst time\n{lines}".encode()))
    return tmp_path / "shared"


START = int(datetime(2004, 4, 1, tzinfo=UTC).timestamp())


def test_halves_share_no_actor_and_miss_none(tmp_path):
    rows = [(n, 1000 + n % 3, START + 60 * n) for n in range(200)]
    lake = MESSAGES.lake(shared_log(tmp_path, rows), tmp_path / "lake")
    end = datetime.fromtimestamp(START + 60 * 100, UTC)
    a, b = halves(MESSAGES, lake, end, tmp_path)
    assert a["person"].to_list() == b["person"].to_list()
    both = a["messages.any.reactors.90d"] + b["messages.any.reactors.90d"]
    assert both.to_list() == [34, 33, 33]  # 100 actors, before the end
    assert a["messages.any.reactors.90d"].min() > 10
    assert sides(pl.Series(["x", "y", "x"])).n_unique() <= 2


class Sure:
    """A model whose interval is that of a count of Poisson's, seen again."""

    def __init__(self, model):
        self.catalogue = model.catalogue

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        count = frame["messages.any.reactors.90d"].to_numpy()
        low, high = (nbinom.ppf(level, count + 0.5, 0.5) for level in (0.1, 0.9))
        return pl.DataFrame(
            {"influence": count, "score": count, "confidence": count, "low": low, "high": high}
        )


def test_a_model_that_is_as_sure_as_it_says_is_found_so(tmp_path, capsys, monkeypatch):
    random = np.random.default_rng(2)
    rates = random.gamma(1.0, 12.0, 120) + 3
    days = 86400 * 120
    rows = [
        (actor, 10_000 + target, START + int(second))
        for target, rate in enumerate(rates)
        for actor, second in zip(
            random.integers(0, 8000, random.poisson(rate)), random.uniform(0, days, 10**3),
            strict=False,
        )
    ]  # fmt: skip
    shared = shared_log(tmp_path, sorted(rows, key=lambda row: row[2]))
    model = tmp_path / "m"
    quick_model(MESSAGES.catalogue, seed=1).save(model)
    given = ["--model", str(model), "--shared", str(shared), "--work", str(tmp_path / "w")]
    assert main(given) == 1
    assert "do not say 'confidence'" in capsys.readouterr().err
    monkeypatch.setattr(
        confidence.Model, "load", lambda _: Sure(quick_model(MESSAGES.catalogue, 1))
    )
    assert main(given) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["coverage"] == pytest.approx(0.83, abs=0.07)  # both ends count, of whole numbers
    assert math.isclose(last["gap"], last["most"] - last["least"], abs_tol=1e-3)
    assert last["gap"] > 0.05
    assert last["tasks"] == 4
