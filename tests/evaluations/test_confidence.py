"""How sure scores say they are, against what is seen."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluations.confidence import coverage, main, tenths
from evaluations.real.halves import halves, sides
from evaluations.real.logs import LOGS, written
from tests.support.populations import quick_model
from tests.support.worlds import SMALL
from training.influence.confidence import SAYS

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


def test_coverage_is_the_share_of_scores_inside_of_those_that_rest_on_somebody():
    def half(score: list[float], confidence: list[float]) -> dict[str, np.ndarray]:
        ends = {"low": np.full(4, 1.0), "high": np.full(4, 3.0)}
        return {"score": np.array(score), "confidence": np.array(confidence), **ends}

    one = half([2, 2, 2, 2], [0.5, 0.5, 0.5, 0.0])
    other = half([1, 3, 3.1, 9], [0.0, 0.0, 0.0, 0.5])
    assert coverage(one, other) == (4, pytest.approx(3 / 4), 2.0)


def shared_log(tmp_path: Path, rows: list[tuple[int, int, int]]) -> Path:
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
    a, b = halves(MESSAGES, lake, end, tmp_path / "halves")
    assert a["person"].to_list() == b["person"].to_list()
    both = a["messages.any.reactors.90d"] + b["messages.any.reactors.90d"]
    assert both.to_list() == [34, 33, 33]  # 100 actors, before the end
    assert a["messages.any.reactors.90d"].min() > 10
    assert sides(pl.Series(["x", "y", "x"])).n_unique() <= 2


def test_links_are_parted_by_who_links(tmp_path):
    pages = LOGS["wikispeedia"]
    links = pl.DataFrame({"source": [f"p{n}" for n in range(100)], "target": ["hub"] * 100})
    table = links.with_columns(network=pl.lit("wikipedia"))
    lake = written({"links": table}, tmp_path / "lake", pages.catalogue)
    a, b = halves(pages, lake, datetime(2012, 1, 1, tzinfo=UTC), tmp_path / "halves")
    inlinks = [half.filter(person="wikipedia:hub")["wikipedia.inlinks"][0] for half in (a, b)]
    assert sum(inlinks) == 100
    assert min(inlinks) > 30


def test_a_log_of_chance_is_covered_as_often_as_it_says(tmp_path, capsys):
    """People whose rates are known, reacted to by people drawn by chance."""
    random = np.random.default_rng(2)
    rates = (1 + random.pareto(0.8, 300)).clip(max=200)
    rows = [
        (int(actor), 10_000 + target, START + int(second))
        for target, rate in enumerate(rates)
        for number in [random.poisson(rate)]
        for actor, second in zip(
            random.integers(0, 8_000, number),
            random.uniform(0, 86_400 * 120, number),
            strict=True,
        )
    ]
    shared = shared_log(tmp_path, sorted(rows, key=lambda row: row[2]))
    model = tmp_path / "m"
    quick_model(SMALL, seed=1).save(model)
    given = ["--model", str(model), "--shared", str(shared), "--work", str(tmp_path / "w")]
    assert main(given) == 0
    first = capsys.readouterr().out
    last = json.loads(first.splitlines()[-1])
    assert last["says"] == SAYS
    assert last["coverage"] == pytest.approx(SAYS, abs=0.05)
    assert last["gap"] == pytest.approx(last["most"] - last["least"], abs=1e-3)
    assert last["gap"] > 0.05
    assert (last["tasks"], last["looks"]) == (4, 4)
    made = {file: file.stat().st_mtime_ns for file in (tmp_path / "w").rglob("*.parquet")}
    assert main(given) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first.splitlines()[-1]
    assert {file: file.stat().st_mtime_ns for file in made} == made


def test_without_logs_it_says_so(tmp_path, capsys):
    quick_model(SMALL, seed=1).save(tmp_path / "m")
    given = ["--model", str(tmp_path / "m"), "--shared", str(tmp_path), "--work", str(tmp_path)]
    assert main(given) == 1
    assert "holds none of the real logs" in capsys.readouterr().err
