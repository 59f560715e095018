"""Statistics of logs, on logs small enough to work out by hand or drawn from what is known."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from evaluations.real.logs import LOGS, written
from evaluations.realism.__main__ import compare, main
from evaluations.realism.activity import Activity
from evaluations.realism.statistics import STATISTICS, hill

START = datetime(2012, 7, 1, tzinfo=UTC)
CATALOGUE = LOGS["messages"].catalogue


def rows_of(rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [("messages", "message", a, t, None, START + timedelta(day)) for a, t, day in rows],
        {
            "network": pl.String,
            "reaction": pl.String,
            "actor": pl.String,
            "target": pl.String,
            "content": pl.String,
            "at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )


def figures_of(rows: list[tuple[str, str, float]], tmp_path) -> dict[str, float]:
    lake = written({"interactions": rows_of(rows)}, tmp_path / "lake", CATALOGUE)
    log = Activity.of("made up", lake, "messages")
    return {each.name: each.of(log) for each in STATISTICS}


def test_statistics_of_a_small_log_are_worked_out_by_hand(tmp_path):
    rows = [
        ("a", "x", 0.1), ("a", "x", 0.2), ("x", "a", 0.3), ("b", "b", 0.4),
        ("b", "x", 1.1), ("c", "y", 1.2), ("c", "x", 2.3), ("c", "x", 2.4), ("d", "z", 2.5),
    ]  # fmt: skip
    found = figures_of(rows, tmp_path)
    assert found["one reaction"] == 3 / 4  # a, y and z; what b did to itself is none
    assert found["one reactor"] == 3 / 4
    assert found["reactors per reaction"] == 6 / 8
    assert found["reciprocity"] == 2 / 6
    assert found["receivers who act"] == 2 / 4
    assert found["busiest day"] == 3 / 8
    assert found["top 1%"] == 5 / 8
    assert found["nothing next"] == 1 / 2  # of a and x, by 1.2
    assert np.isnan(found["contents"])


def test_among_equals_recency_and_repeats_are_told_apart(tmp_path):
    first = [("a", "late", 0.9), ("b", "early", 0.1), ("b", "early", 0.2), ("c", "busy", 0.3)]
    second = [("d", "late", 2.0), ("e", "late", 2.1), ("f", "early", 2.2), ("g", "new", 2.3)]
    found = figures_of(first + second, tmp_path)
    # Of late (2 next), early (1) and busy (0): three pairs.
    assert found["equals by recency"] == pytest.approx(2 / 3)
    assert found["equals by count"] == pytest.approx(1.5 / 3)
    assert found["past and future"] == 0


def test_attention_is_a_share_of_an_actors_day(tmp_path):
    first = [("a", "x", 0.1), ("a", "y", 0.2), ("b", "z", 0.3), ("a", "w", 1.1)]
    second = [("c", "z", 3.0), ("d", "w", 3.1), ("e", "u", 3.2), ("f", "u", 3.3)]
    assert figures_of(first + second, tmp_path)["equals by attention"] == 1


def test_fame_of_a_day_and_persistence_are_told_apart(tmp_path):
    steady = [(f"a{n}", "steady", n % 10 + 0.5) for n in range(40)]
    famous = [(f"a{n}", "famous", 3.2) for n in range(30)]
    assert figures_of(steady + famous, tmp_path / "1")["one-day fame"] == 1 / 2
    people = [(f"b{n}", f"t{n % 30}", float(day)) for day in range(9) for n in range(100)]
    weighed = [(a, t, d) for a, t, d in people if int(a[1:]) // 30 <= int(t[1:]) // 10]
    assert figures_of(weighed, tmp_path / "2")["day to day"] == pytest.approx(1)


@pytest.mark.parametrize("exponent", [1.8, 2.5, 3.2])
def test_the_exponent_of_a_tail_is_found(exponent):
    drawn = np.random.default_rng(1).zipf(exponent, 60_000)
    assert hill(drawn) == pytest.approx(exponent, rel=0.12)
    assert np.isnan(hill(np.ones(100)))


def test_worlds_are_compared_with_the_range_of_real_logs():
    real = np.array([[1.0, 5.0], [3.0, np.nan], [2.0, 7.0]])
    judged = compare(real, np.array([[2.5, np.nan], [9.0, np.nan]]))
    first, second = judged.rows(named=True)
    assert (first["least"], first["median"], first["greatest"]) == (1, 2, 3)
    assert first["inside"] == 0.5
    assert first["distance"] == pytest.approx((0.5 + 7) / 2 / np.std([1, 2, 3]))
    assert second["inside"] is None


def world(folder, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [
        (f"a{a}", f"t{t}", day)
        for a, t, day in zip(
            random.integers(0, 60, 600),
            random.zipf(1.6, 600) % 50,
            random.uniform(0, 20, 600),
            strict=True,
        )
    ]
    written({"interactions": rows_of(rows)}, folder, CATALOGUE)


def test_the_command_ends_with_a_line_of_json(tmp_path, capsys):
    shared = tmp_path / "shared"
    log = LOGS["messages"]
    (shared / log.file).parent.mkdir(parents=True)
    lines = "\n".join(f"{n % 37} {n % 11} {1082040961 + 5000 * n}" for n in range(400))
    (shared / log.file).write_bytes(gzip.compress(f"src dst time\n{lines}".encode()))
    hour = shared / LOGS["github"].file
    hour.parent.mkdir()
    events = [
        {"type": "WatchEvent", "actor": {"login": f"a{n % 31}"}, "repo": {"name": f"o{n % 7}/r"},
         "created_at": f"2015-01-01T00:{n // 10:02d}:00Z"}
        for n in range(400)
    ]  # fmt: skip
    hour.write_bytes(gzip.compress("\n".join(map(json.dumps, events)).encode()))
    world(tmp_path / "w", 1)
    assert main(["--lake", str(tmp_path / "w"), "--shared", str(shared)]) == 0
    said = capsys.readouterr().out
    assert all(each.name in said for each in STATISTICS)
    assert "*messages" in said
    last = json.loads(said.splitlines()[-1])
    assert (last["real"], last["worlds"]) == (2, 1)


@pytest.mark.parametrize("missing", ["--lake", "--shared"])
def test_what_is_not_there_is_said_in_one_line(missing, tmp_path, capsys):
    world(tmp_path / "w", 1)
    places = {"--lake": str(tmp_path / "w"), "--shared": str(tmp_path)} | {missing: "nowhere"}
    assert main([each for pair in places.items() for each in pair]) == 1
    err = capsys.readouterr().err.strip()
    assert err.startswith("nowhere")
    assert "\n" not in err
