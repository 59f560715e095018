"""Every method on every real log: what is asked of whom, and how it is counted."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from backports import zstd
from scipy.stats import spearmanr

from evaluations.real.__main__ import main
from evaluations.real.formats import github, messages, reddit
from evaluations.real.logs import LOGS, later, written
from evaluations.real.methods import COUNTS
from evaluations.real.ranks import Ranked, pairs_right
from evaluations.real.summary import by_method, line, results
from evaluations.real.tasks import TASKS, Task
from evaluations.real.work import tables
from features.lake import Lake
from tests.features.conftest import SHARED
from tests.support.populations import quick_model
from training.influence.model import Model
from training.promotion.real_logs import RealLogs, counted

MESSAGES = LOGS["messages"]
SPLIT = datetime(2004, 5, 1, tzinfo=UTC)


def naive_pairs_right(outcome: np.ndarray, figure: np.ndarray) -> float:
    right = pairs = 0.0
    for a in range(len(outcome)):
        for b in range(a):
            if outcome[a] != outcome[b]:
                pairs += 1
                right += (1 + np.sign(outcome[a] - outcome[b]) * np.sign(figure[a] - figure[b])) / 2
    return right / pairs if pairs else 0.5


@pytest.mark.parametrize("levels", [1, 2, 4, 1000])
@pytest.mark.parametrize("size", [0, 1, 2, 40])
def test_pairs_right_are_counted_as_one_would_by_hand(size, levels):
    random = np.random.default_rng(size + levels)
    outcome, figure = random.integers(0, levels, (2, size)).astype(float)
    assert pairs_right(outcome, figure) == pytest.approx(naive_pairs_right(outcome, figure))


def test_rho_is_spearmans_and_its_error_that_of_drawing_people_again():
    random = np.random.default_rng(3)
    outcome = random.poisson(1.0, 400).astype(float)
    figure = outcome + random.poisson(2.0, 400)
    ranked = Ranked(outcome)
    assert ranked.rho(figure) == pytest.approx(spearmanr(figure, outcome)[0])
    drawn = random.integers(0, 400, (600, 400))
    again = [spearmanr(figure[rows], outcome[rows])[0] for rows in drawn]
    assert ranked.error(ranked.influence(figure)) == pytest.approx(np.std(again), rel=0.15)
    assert ranked.rho(np.ones(400)) == 0


def zst(lines: list[dict[str, object]]) -> bytes:
    return zstd.compress("\n".join(map(json.dumps, lines)).encode())


def test_a_comment_on_reddit_is_a_reply_to_its_parents_author(tmp_path):
    comments = [
        {"id": "a", "parent_id": "t3_x", "author": "ann", "created_utc": 100},
        {"id": "b", "parent_id": "t1_a", "author": "bob", "created_utc": "200"},
        {"id": "c", "parent_id": "t1_a", "author": "[deleted]", "created_utc": 300},
        {"id": "d", "parent_id": "t1_gone", "author": "dan", "created_utc": 400},
        {"id": "e", "parent_id": "t1_c", "author": "eve", "created_utc": 500},
    ]
    (tmp_path / "c.zst").write_bytes(zst(comments))
    found = reddit(tmp_path / "c.zst")
    replies = found["interactions"].select("actor", "target", "content").rows()
    assert replies == [("bob", "ann", "t1_a")]
    assert found["interactions"]["at"].to_list() == [datetime(1970, 1, 1, 0, 3, 20, tzinfo=UTC)]
    assert found["contents"]["author"].to_list() == ["ann", "bob", "dan", "eve"]


def test_an_event_on_github_is_received_by_the_owner_of_the_repository(tmp_path):
    kinds = ("WatchEvent", "CreateEvent", "IssueCommentEvent")
    events = [
        {
            "type": kind,
            "actor": {"login": "ann"},
            "repo": {"name": "bob/tool"},
            "created_at": "2015-01-01T00:00:18Z",
        }
        for kind in kinds
    ]
    (tmp_path / "e.json.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, events)).encode()))
    found = github(tmp_path / "e.json.gz")["interactions"]
    assert found.select("reaction", "actor", "target").rows() == [
        ("star", "ann", "bob"),
        ("comment", "ann", "bob"),
    ]


def log_of(rows: list[tuple[str, str, float]]) -> bytes:
    """A file of messages, at days from the split."""
    second = SPLIT.timestamp()
    lines = [f"{a} {t} {int(second + day * 86400)}" for a, t, day in rows]
    return gzip.compress("\n".join(["src dst time", *lines]).encode())


ROWS = [
    ("1", "2", -100.0),  # before, and out of every window
    ("3", "4", -2.5), ("5", "4", -1.5), ("5", "4", -1.0),
    ("6", "6", -1.0),  # to itself
    ("4", "3", -0.25),
    ("1", "4", 0.0), ("1", "2", 0.5), ("3", "2", 0.5), ("3", "2", 6.9), ("7", "2", 7.0),
    ("1", "8", 1.0),  # nobody before
]  # fmt: skip


@pytest.fixture
def shared(tmp_path) -> Path:
    file = tmp_path / "shared" / MESSAGES.file
    file.parent.mkdir(parents=True)
    file.write_bytes(log_of(ROWS))
    return tmp_path / "shared"


def table_of(task: Task, shared: Path, work: Path) -> pl.DataFrame:
    ((_, table),) = tables([task], shared, work)
    return table


def test_whoever_drew_a_reaction_before_is_asked_about_and_the_horizon_is_counted(shared, tmp_path):
    table = table_of(Task(MESSAGES, SPLIT, timedelta(7)), shared, tmp_path / "w")
    shown = table.select(
        "person", "before.count", "before.reactors", "messages.any.reactors.90d", "outcome"
    )
    assert shown.rows() == [
        ("messages:2", 1, 1, 0, 2),
        ("messages:3", 1, 1, 1, 0),
        ("messages:4", 3, 2, 2, 1),
    ]
    assert table["before.idle"].to_list() == [100, 0.25, 1.0]
    assert table_of(Task(MESSAGES, SPLIT), shared, tmp_path / "w")["outcome"].to_list() == [3, 0, 1]


def test_what_comes_after_a_moment_changes_nothing_of_what_was_known(shared, tmp_path):
    task = Task(MESSAGES, SPLIT, timedelta(7))
    first = table_of(task, shared, tmp_path / "w")
    (shared / MESSAGES.file).write_bytes(log_of([row for row in ROWS if row[2] < 0] + ROWS[-2:]))
    second = table_of(task, shared, tmp_path / "other")
    assert first.drop("outcome").equals(second.drop("outcome"))
    assert second["outcome"].to_list() == [0, 0, 0]


def test_within_a_day_times_are_moved_so_that_the_moment_is_midnight(shared, tmp_path):
    task = Task(MESSAGES, SPLIT - timedelta(hours=6), timedelta(hours=6))
    table = table_of(task, shared, tmp_path / "w")
    assert table["person"].to_list() == ["messages:2", "messages:4"]  # 3 draws its first at it
    assert table["before.idle"].to_list() == [99.75, 0.75]
    log = written(messages(shared / MESSAGES.file), tmp_path / "a", MESSAGES.catalogue)
    moved = later(log, timedelta(hours=6), tmp_path / "b", MESSAGES.catalogue)
    assert isinstance(moved, Lake)
    times = [lake.scan("interactions").collect()["at"].sort() for lake in (log, moved)]
    assert (times[1] - times[0]).unique().to_list() == [timedelta(hours=6)]


def test_tables_are_made_again_only_if_what_they_are_made_of_has_changed(shared, tmp_path, capsys):
    task, work = Task(MESSAGES, SPLIT), tmp_path / "w"
    table_of(task, shared, work)
    assert "people" in capsys.readouterr().out
    table_of(task, shared, work)
    assert capsys.readouterr().out == ""
    (shared / MESSAGES.file).write_bytes(log_of(ROWS[:-1]))
    table_of(task, shared, work)
    assert "people" in capsys.readouterr().out


def test_a_log_that_is_not_there_is_left_out_and_said(shared, tmp_path, capsys):
    asked = [Task(LOGS["reddit"], SPLIT), Task(MESSAGES, SPLIT)]
    assert [task.log.name for task, _ in tables(asked, shared, tmp_path / "w")] == ["messages"]
    assert "reddit: skipped" in capsys.readouterr().out


def test_names_of_tasks_differ_and_tasks_of_a_log_stand_together():
    names = [task.name for task in TASKS]
    assert len(set(names)) == len(names)
    logs = [task.log.name for task in TASKS]
    assert [log for log, _ in groupby(logs)] == list(dict.fromkeys(logs))


def test_the_last_line_sums_up_what_the_tables_say():
    outcome = pl.Series([0.0, 1.0, 2.0, 3.0])
    up, down, even = outcome, 3 - outcome, pl.Series([1.0] * 4)
    good = {"model": up, "interactions": up, "reactors": down, "log_linear": even}
    bad = good | {"model": down, "interactions": even}
    first, second = Task(MESSAGES, SPLIT), Task(MESSAGES, SPLIT, timedelta(7))
    found = pl.concat([results(first, outcome, good), results(second, outcome, bad)])
    assert line(found) == {
        "mean_rho": 0.0, "mean_rho_reactors": -1.0, "mean_rho_best_count": 0.5, "tasks": 2,
        "worst_gap": -1.0,
    }  # fmt: skip
    rank = dict(by_method(found).select("method", "rank").iter_rows())
    assert (rank["interactions"], rank["reactors"]) == (1.5, 3.75)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "m"
    quick_model(MESSAGES.catalogue, seed=1).save(folder)
    return folder


def test_the_command_prints_a_table_and_a_last_line_of_json(model, shared, tmp_path, capsys):
    rng = np.random.default_rng(5)
    actors, targets = (rng.zipf(1.5, (2, 3000)) % 60).astype(str).tolist()
    rows = list(zip(actors, targets, rng.uniform(-30, 150, 3000).tolist(), strict=True))
    (shared / MESSAGES.file).write_bytes(log_of(rows))
    given = ["--model", str(model), "--shared", str(shared), "--work", str(tmp_path / "w")]
    assert main(given) == 0
    said = capsys.readouterr().out
    last = json.loads(said.splitlines()[-1])
    assert set(last) == {
        "mean_rho", "mean_rho_reactors", "mean_rho_best_count", "tasks", "worst_gap"
    }  # fmt: skip
    assert last["tasks"] == 4
    assert last["mean_rho_reactors"] > 0.3
    assert all(name in said for name in (*COUNTS, "account_score", "tunkrank"))
    assert main(given) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == last


def test_what_is_recorded_is_what_promotion_asks(model, shared, tmp_path):
    rows = [(f"a{n % 7}", f"t{n % 5}", float(n % 40 - 20)) for n in range(400)]
    (shared / MESSAGES.file).write_bytes(log_of(rows))
    file, given = tmp_path / "real.json", ["--model", str(model), "--work", str(tmp_path / "w")]
    assert main([*given, "--shared", str(shared), "--logs", "messages", "--out", str(file)]) == 0
    version = Model.load(model).version
    recorded = json.loads(file.read_text())
    assert [row["log"] for row in recorded["tasks"]] == ["messages"] * 4
    assert set(COUNTS) < set(recorded["tasks"][0])
    assert len(RealLogs.read(file, version).tasks) == 4
    assert main([*given, "--shared", str(tmp_path / "none"), "--out", str(file)]) == 0
    said = counted(RealLogs.read(file, version), 0.01).why
    assert said.startswith("skipped: ")
    assert "holds none of the real logs" in said


def test_a_file_that_is_no_record_is_not_written_over(model, tmp_path, capsys):
    own = tmp_path / "own.txt"
    own.write_text("years of work")
    assert main(["--model", str(model), "--shared", "nowhere", "--out", str(own)]) == 1
    assert own.read_text() == "years of work"
    assert "own.txt" in capsys.readouterr().err


def test_a_log_of_ones_own_is_read_as_klout_ingest_reads_it(model, tmp_path, capsys):
    day = "2024-03-{:02d}T08:00:00Z"
    rows = [f"hub,stars,a{n % 3},t{n % 2},{day.format(1 + n)}" for n in range(20)]
    file = tmp_path / "interactions.csv"
    file.write_text("\n".join(["network,reaction,actor,target,at", *rows]) + "\n")
    networks = tmp_path / "networks"
    networks.mkdir()
    (networks / "hub.toml").write_text('title = "Hub"\n[reactions]\nstars = "stars"\n')
    given = [
        "--model", model, "--log", file, "--network", "hub", "--networks", networks,
        "--as-of", "2024-03-10", "2024-03-12", "--horizon", "5", "--work", tmp_path / "w",
    ]  # fmt: skip
    assert main([*map(str, given)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["tasks"] == 2
    kept = sorted(each.stem for each in (tmp_path / "w").glob("*.parquet"))
    assert kept == ["interactions-2024-03-10-5d", "interactions-2024-03-12-5d"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--shared", "nowhere"], "nowhere: holds none of the real logs"),
        (["--log", "no.csv", "--network", "twitter", "--as-of", "2024-01-01"], "no.csv"),
        (["--log", "/dev/null", "--network", "nonesuch", "--as-of", "2024-01-01"], "nonesuch"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(given, said, model, tmp_path, capsys):
    code = main([*given, "--model", str(model), "--work", str(tmp_path / "w")])
    err = capsys.readouterr().err.strip()
    assert (code, err.count("\n")) == (1, 0)
    assert said in err


def test_a_log_without_a_day_is_bad_usage(model, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--model", str(model), "--log", "x.csv", "--network", "twitter"])
    assert ended.value.code == 2
    assert "--as-of" in capsys.readouterr().err


def test_the_dump_of_reddit_is_as_it_is_known_to_be(tmp_path):
    if not (SHARED / LOGS["reddit"].file).exists():
        pytest.skip(f"needs the real data in {SHARED}")
    task = next(task for task in TASKS if task.log.name == "reddit")
    table = table_of(replace(task, at=datetime(2005, 12, 25, tzinfo=UTC)), SHARED, tmp_path)
    assert len(table) == 44
    contents, reactors = "reddit.comments", "reddit.any.reactors.90d"
    rho = {name: Ranked(table["outcome"].to_numpy()).rho(table[name].to_numpy()) for name in
           (contents, reactors)}  # fmt: skip
    assert rho[reactors] == pytest.approx(0.317, abs=0.001)
    assert rho[contents] > 0.2
