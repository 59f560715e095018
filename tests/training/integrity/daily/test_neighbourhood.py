"""Accounts judged by days that are kept: what is said of them is what the lake alone says."""

from __future__ import annotations

import os
import random
import tempfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from features.incremental.cache import Cache
from features.incremental.inputs import Inputs
from features.lake import Lake
from features.lake.rewriting import rewriting
from features.lake.times import day_number
from features.signals.owners import Owners, claims
from tests.support.busy import ago as datetime_ago
from tests.support.busy import busy_world, deed
from tests.support.histories import History, arrive, histories
from tests.support.worlds import AS_OF, SMALL, World
from training.integrity.behaviours.measure import behaviours
from training.integrity.daily.account_state import State, update_state
from training.integrity.daily.day_files import Days
from training.integrity.daily.judge_due import Judgement, judge_due
from training.integrity.daily.neighbourhood import measure_accounts
from training.integrity.daily.schedule import TURNS, due_accounts

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
JUDGED = [network for network in SMALL.networks if network.reactions]
TWITTER = SMALL.networks[0]


def ago(days: int) -> date:
    return AS_OF - timedelta(days)


def judged(root: Path, as_of: date) -> Judgement:
    judgement = judge_due(Cache(root / "kept"), Lake(root), as_of, SMALL, None)
    judgement.commit(Lake(root))
    return judgement


def assert_exact(history: History) -> None:
    """On every run of a history, whoever is due is judged by what the lake says of it."""
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        root, known = Path(folder) / "lake", dict[str, dict[str, int]]()
        before: date | None = None
        for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
            lake = arrive(root, rows, number)
            tables = judged(root, as_of).tables
            for network in JUDGED:
                whole = behaviours(lake, as_of, network)
                gave = dict(whole.select("account", "given").iter_rows())
                who = naive_due(gave, known.get(network.name), before, as_of)
                mine = whole.filter(pl.col("account").is_in(who))
                assert_frame_equal(tables[network.name], mine, check_exact=True)
                known[network.name] = gave
            before = as_of


def naive_due(
    gave: dict[str, int], was: dict[str, int] | None, before: date | None, as_of: date
) -> list[str]:
    """Name whom to judge, in plain Python."""
    if was is None or before is None or (as_of - before).days >= 90:
        return list(gave)
    turns = {(day_number(before) + day) % TURNS for day in range(1, (as_of - before).days + 1)}
    names = list(gave)
    keys = [xxhash.xxh3_64_intdigest(name.encode()) for name in names]
    return [
        name
        for name, key in zip(names, keys, strict=True)
        if gave[name]
        and (key % TURNS in turns or gave[name].bit_length() > was.get(name, 0).bit_length())
    ]


@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
@given(histories())
def test_whoever_is_due_is_judged_by_what_the_lake_says(history: History) -> None:
    assert_exact(history)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(histories(most=60))
def test_so_is_whoever_is_due_in_many_histories(history: History) -> None:
    assert_exact(history)


def in_time(world: World, runs: list[date], rng: random.Random) -> History:
    """Let rows come when they happen, and some of them with a later run."""
    arrivals: list[World] = [{table: [] for table in world} for _ in runs]
    for table, rows in world.items():
        for row in rows:
            day = row["at"].date() if "at" in row else runs[0]
            due = next((n for n, run in enumerate(runs) if day < run), len(runs) - 1)
            late = rng.randint(due, len(runs) - 1)
            arrivals[late if rng.random() < 0.1 else due][table].append(row)
    return History(runs, arrivals)


class Kept:
    """A network moved on from run to run, of which anybody can be measured."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.days = folder / "lake", Days(folder / "kept", 0, {})
        self.state: State | None = None
        self.since: date | None = None
        self.seen = frozenset[str]()

    def run(self, as_of: date, rows: World) -> pl.DataFrame:
        """Take in what came before a run; give `behaviours`."""
        self.days.run += 1
        lake = arrive(self.lake, rows, self.days.run)
        owners = Owners.of(TWITTER, claims(lake, as_of))
        before = State.empty(owners) if self.state is None else self.state
        self.state = update_state(
            before, self.days, Inputs(lake, as_of, self.since, self.seen), owners
        )
        self.since, self.seen = as_of, frozenset(file.path for file in lake.every_file())
        return behaviours(lake, as_of, TWITTER)

    def assert_measured(self, whole: pl.DataFrame, names: list[str]) -> None:
        assert self.state is not None and self.since is not None
        keys = self.state.accounts.filter(pl.col("account").is_in(names))["key"]
        found = measure_accounts(self.state, self.days, self.since, keys)
        assert_frame_equal(found, whole.filter(pl.col("account").is_in(names)), check_exact=True)


@pytest.mark.parametrize("seed", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_anybody_at_all_is_measured_as_if_everything_were_read(tmp_path: Path, seed: int) -> None:
    """Crowds, cliques and lockstep depend on others, who are looked up."""
    rng = random.Random(seed)
    history = in_time(busy_world(seed), [ago(9), ago(2), ago(0)], rng)
    kept = Kept(tmp_path)
    for as_of, rows in zip(history.runs, history.arrivals, strict=True):
        whole = kept.run(as_of, rows)
        names = whole["account"].to_list()
        kept.assert_measured(whole, names)
        for _ in range(6):
            kept.assert_measured(whole, rng.sample(names, 1 + rng.randrange(6)))


@pytest.mark.parametrize("first_together", [True, False])
def test_what_passes_between_accounts_of_one_person_is_told_by_who_owns_them_now(
    tmp_path: Path, first_together: bool
) -> None:
    """u4 and u5 are one person's, and then no more; or they come to be."""
    world = busy_world(4)
    both = [deed("u4", "u5", datetime_ago(day)) for day in (3, 7, 8, 20, 21, 22)]
    others = [deed("u6", "u5", datetime_ago(day)) for day in (3, 7, 8, 20, 21, 22)]
    world["interactions"] += [*both, *others]
    owned = world["identities"]
    ends = datetime_ago(0.5) if first_together else None
    begins = None if first_together else datetime_ago(0.5)
    world["identities"] = [
        row | {"disconnected_at": ends, "connected_at": begins or row["connected_at"]}
        if row["account"] == "u5"
        else row
        for row in owned
    ]
    kept, nothing = Kept(tmp_path), {table: [] for table in world}
    gave = []
    for as_of, rows in ((ago(1), world), (ago(0), nothing)):
        whole = kept.run(as_of, rows)
        kept.assert_measured(whole, whole["account"].to_list())
        assert kept.state is not None
        table = kept.state.accounts.hstack(kept.state.given)
        named = table.join(whole, on="account")
        assert (named["given"] == named["given_right"]).all()
        gave.append(whole.filter(pl.col("account") == "u4")["given"].item())
    assert gave[0] < gave[1] if first_together else gave[0] > gave[1]


def test_everybody_has_one_turn_in_the_days_of_a_window() -> None:
    keys = pl.DataFrame({"key": pl.Series(range(1000), dtype=pl.UInt64)})
    accounts = keys.with_columns(given=pl.lit(5), was=pl.lit(5))
    turns = [due_accounts(accounts, day, day + 1) for day in range(TURNS)]
    assert sorted(pl.concat(turns)["key"]) == list(range(1000))
    three_days = due_accounts(accounts, 100, 103)
    assert sorted(three_days["key"]) == sorted(
        pl.concat([turns[n - 90] for n in (100, 101, 102)])["key"]
    )


def test_out_of_turn_come_those_who_have_doubled() -> None:
    given = [0, 1, 2, 3, 4, 7, 8, 9, 16]
    was = [1, 0, 1, 2, 3, 4, 7, 8, 40]
    accounts = pl.DataFrame({"key": [n * TURNS for n in range(9)], "given": given, "was": was})
    found = due_accounts(accounts.cast({"key": pl.UInt64}), 1, 2)
    assert found["given"].to_list() == [1, 2, 4, 8]
    assert not found["turn"].any()


def test_what_was_kept_of_files_that_were_taken_out_is_void(tmp_path: Path) -> None:
    """Nothing that somebody had removed may live on in it."""
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    everybody = judged(lake.root, ago(1)).tables["twitter"]
    some = judged(lake.root, ago(0)).tables["twitter"]
    with rewriting(lake.root, "test") as work:
        work.drop(lake.files("interactions", until=ago(80)))
        work.commit()
    again = judged(lake.root, AS_OF + timedelta(1)).tables["twitter"]
    assert len(some) < len(again) and len(some) < len(everybody)
    whole = behaviours(Lake(lake.root), AS_OF + timedelta(1), TWITTER)
    assert_frame_equal(again, whole, check_exact=True)


def test_the_same_day_again_judges_the_same(tmp_path: Path) -> None:
    """A run that was killed before it kept anything is run again."""
    lake = arrive(tmp_path / "lake", busy_world(2), 0)
    judged(lake.root, ago(1))
    cache = Cache(lake.root / "kept")
    once = judge_due(cache, lake, AS_OF, SMALL, None)
    again = judge_due(Cache(lake.root / "kept"), lake, AS_OF, SMALL, None)
    assert_frame_equal(once.rows, again.rows)
    assert {name: len(of) for name, of in once.tables.items()} == {
        name: len(of) for name, of in again.tables.items()
    }
