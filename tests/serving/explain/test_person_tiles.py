"""One person folded in arrays is what whole networks are folded to, and takes few queries."""

import tempfile
from datetime import timedelta
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from features.catalogue import measures
from features.catalogue.catalogue import HORIZON, WINDOWS, Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.lake.by_account import complete
from features.lake.remembering import lake_now
from features.lake.times import day_number
from features.signals.standing import standing_by_account
from features.signals.tiles import Tiles, fold_keyed, kinds
from features.signals.windows import figures
from serving.explain.change import explain_change
from serving.explain.counterfactual import next_point
from serving.explain.received import keys_of
from serving.explain.records import StandInTables, read
from serving.explain.scenario_inputs import STATES, ScenarioInputs
from serving.explain.scenario_path import path_of
from serving.explain.why import signals_of, why
from serving.explain.window_bands import FIRST_OF_BAND, OUTSIDE
from tests.support.doubts import belief_frame, beliefs, doubted_worlds
from tests.support.explain_scenes import SINCE, ago, busy_world, identity, model
from tests.support.retractions import retracted
from tests.support.worlds import AS_OF, SMALL, frame, lake_of, standings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def slow_figures(life, state, seen):
    """The same by the fold of whole networks, its rows moved to a day of the band they lie in."""
    r = life.records
    owners = life.owners(state, state)
    standing = standing_by_account(r.standing[state], owners)
    rows = r.undone[state].left_of_frame("interactions by keys", r.interactions)
    tiles = fold_keyed(rows.lazy(), owners, standing, r.believed[state])
    mine = pl.col("receiver").is_in(keys_of(life.accounts(state)).implode())
    last, bands = day_number(r.as_of) - 1, dict(zip(life.days, seen.tolist(), strict=True))

    def moved(table):
        own = table.filter(mine).with_columns(pl.lit(0, pl.UInt64).alias("receiver"))
        band = [bands[day] for day in own["day"]]
        day = pl.Series("day", [last - int(FIRST_OF_BAND[each]) for each in band], pl.Int32)
        return own.with_columns(day).filter(pl.Series(band, dtype=pl.Int64) < OUTSIDE)

    there = Tiles(*map(moved, (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)))
    return figures(there, r.as_of, kinds(r.network), r.believed[state])


def assert_twins(life, state, came, left):
    seen = life.bands.seen(came=came, left=left)
    tiles = life.tiles(state, state, state, state)
    if tiles is None:
        return
    wanted = slow_figures(life, state, seen)
    assert tiles.is_seen(seen) == bool(len(wanted))
    found = tiles.figures(seen, day_number(life.records.as_of) - 1)
    names = kinds(life.records.network)
    for place, figure in enumerate(measures.figures()):
        for kind, name in enumerate(names):
            for width, window in enumerate(WINDOWS):
                column = figure.column(name, window)
                is_there = bool(len(wanted))
                assert found[place, kind, width] == (wanted[column][0] if is_there else 0), column


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(retracted(doubted_worlds()), standings(), beliefs())
def test_every_world_has_the_figures_of_the_fold_of_whole_networks(world, standing, belief):
    given_ = StandInTables(frame(standing), belief_frame(belief))
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder))
        people = {f"twitter:{row['target']}" for row in world["interactions"]}
        people |= {row["person"] for row in world["identities"]}
        for person in sorted(people)[:6]:
            for records in read(lake, SINCE, AS_OF, person, SMALL.networks, given_):
                life = ScenarioInputs(records)
                for state, came, left in product(STATES, repeat=3):
                    assert_twins(life, state, came, left)


@pytest.mark.parametrize("person", ["ann", "bob", "twitter:u9"])
def test_so_it_is_in_a_world_where_everybody_reacts_to_everybody(tmp_path, person):
    world = busy_world(11, 900)
    world["identities"] = [identity("ann", "u1"), identity("ann", "u2"), identity("bob", "u4")]
    lake = lake_of(world, tmp_path / "lake")
    for records in read(lake, SINCE, AS_OF, person, SMALL.networks):
        for state, came, left in product(STATES, repeat=3):
            assert_twins(ScenarioInputs(records), state, came, left)


def test_a_network_of_two_signals_has_two_worlds_the_right_way_round(tmp_path):
    """As many worlds as signals: a table that could be taken for its own other side."""
    catalogue = Catalogue(load_networks())
    readings = [
        {"network": "search", "account": "a", "counter": "searches", "value": value, "at": at}
        for value, at in ((65.0, ago(20)), (66.0, ago(2)))
    ]
    world = {"identities": [identity("ann", "a", "search")], "counters": readings}
    lake = lake_of(world, tmp_path / "lake", catalogue)
    (records,) = read(lake, SINCE, AS_OF, "ann", catalogue.networks)
    path = path_of(ScenarioInputs(records))
    assert path.causes == ("counters",)
    assert path.signals.shape == (2, 2)
    ends = [signals_of(lake, day, "ann", catalogue) for day in (SINCE, AS_OF)]
    wanted = pl.concat(ends).select(path.signals.columns)
    assert_frame_equal(path.signals, wanted, check_exact=True)


MOST = {"why": 90, "moved": 170, "raise": 200}
"""Queries of each question of somebody on one network. Each costs a thousandth of a second or
so however few the rows are; before they were counted, it took 320, 460 and 1,000."""


def test_a_question_takes_few_queries(tmp_path, monkeypatch):
    lake_of(busy_world(5, 900), tmp_path / "lake")
    names = [network.name for network in SMALL.networks]
    complete(Lake(tmp_path / "lake"), names, SINCE - timedelta(HORIZON), AS_OF)
    lake, by, asked = lake_now(tmp_path / "lake"), model(), []
    questions = {
        "why": lambda who: why(lake, AS_OF, who, by),
        "moved": lambda who: explain_change(lake, SINCE, AS_OF, who, by),
        "raise": lambda who: next_point(lake, AS_OF, who, by),
    }
    for ask in questions.values():  # what is worked out once for everybody
        ask("twitter:u8")
    for name in ("collect", "_collect_eager"):
        real = getattr(pl.LazyFrame, name)
        monkeypatch.setattr(
            pl.LazyFrame, name, lambda *a, real=real, **k: asked.append(1) or real(*a, **k)
        )
    taken = {}
    for name, ask in questions.items():
        asked.clear()
        ask("twitter:u9")
        taken[name] = len(asked)
    assert np.all([taken[name] <= most for name, most in MOST.items()]), taken
