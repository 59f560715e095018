"""Invariants 6, 10 and 11: only the 90 days before count, whatever the order of the rows."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.lake import TABLES, Lake, Piece, Source, write
from features.lake.times import midnight
from features.signals.materialize import materialize
from tests.support.naive import Owners
from tests.support.random_models import random_models, training_world
from tests.support.steps import EVERYBODY, examples, signals_of
from tests.support.worlds import (
    AS_OF,
    NOW,
    SMALL,
    Row,
    World,
    interactions,
    lake_of,
    standings,
    worlds,
)
from training.judgements import folds, lake_judgements, persons_of, set_aside, split
from training.judgements.outcomes import judge_outcomes

LATER = ("interactions", "contents", "counters", "identities", "scores")
"""Tables whose rows have a time."""
MOMENTS = {"identities": "connected_at", "scores": "as_of"}
seeds = st.integers(0, 99)
names = st.sampled_from(EVERYBODY)


def judged_lake(world: World, judgements: list[Row], root: Path) -> Lake:
    """The lake of a world, with judgements."""
    lake_of(world, root)
    rows = pl.DataFrame(judgements, schema=dict(TABLES["judgements"].columns))
    piece = Piece("judgements", rows.with_row_index("row").cast({"row": pl.UInt64}), "j.test")
    write(root, [piece], Source("judgements", "test", "f" * 12), SMALL, NOW)
    return Lake(root)


def judgement(a: str, b: str, day: int) -> Row:
    """A verdict so many days after `AS_OF`."""
    at = midnight(AS_OF) + timedelta(day)
    return {"a": a, "b": b, "preference": 1.0, "judged_at": at, "judge": "j"}


verdicts = st.builds(judgement, names, names, st.integers(-20, 20)).filter(
    lambda row: row["a"] != row["b"]
)


def put_off(world: World) -> World:
    """A world's rows, all moved to `AS_OF` or later, as of people who are there already."""
    moved = {table: [] for table in world}
    for table in LATER:
        time = MOMENTS.get(table, "at")
        for number, row in enumerate(world[table]):
            # A score is of a day, so of midnight.
            at = midnight(AS_OF) + timedelta(hours=24 * number if table == "scores" else 7 * number)
            moved[table].append(row | {time: at})
    for row in moved["identities"]:
        row["disconnected_at"] = None
    return moved


@given(worlds(), st.lists(interactions(SMALL), max_size=20), st.booleans())
@examples(8)
def test_6_what_happened_outside_the_90_days_changes_nothing(world, others, later):
    shift = midnight(AS_OF) if later else midnight(AS_OF) - timedelta(days=95)
    outside = [
        {**row, "at": shift + timedelta(hours=7 * number % 100)}
        for number, row in enumerate(others)
    ]
    after = signals_of(world | {"interactions": world["interactions"] + outside})
    assert after.equals(signals_of(world))


@given(worlds(), st.integers(0, 99), st.integers(1, 3), standings())
@examples(10)
def test_10_the_order_of_rows_and_files_changes_nothing(world, shuffle, parts, standing):
    mixed = {table: list(rows) for table, rows in world.items()}
    for rows in mixed.values():
        random.Random(shuffle).shuffle(rows)
    one, other = signals_of(mixed, standing, parts), signals_of(world, standing)
    assert one.equals(other)
    for model in random_models():
        assert model.score(one).equals(model.score(other))


@given(worlds(), worlds(), st.lists(verdicts, max_size=20))
@examples(8)
def test_11_nothing_from_as_of_on_changes_a_signal_or_a_judgement(world, later, judgements):
    keys = {(row["network"], row["content"]) for row in world["contents"]}
    later = put_off(later)
    later["contents"] = [r for r in later["contents"] if (r["network"], r["content"]) not in keys]
    both = {table: world[table] + later[table] for table in world}
    known = [row for row in judgements if row["judged_at"] < midnight(AS_OF)]
    found = []
    for rows, said in ((world, known), (both, judgements)):
        with tempfile.TemporaryDirectory() as folder:
            lake = judged_lake(rows, said, Path(folder))
            found.append((materialize(lake, AS_OF, SMALL).collect(), lake_judgements(lake, AS_OF)))
    (signals, judged), (later_signals, later_judged) = found
    assert later_signals.equals(signals)
    assert later_judged.equals(judged)


@pytest.mark.parametrize("seed", [1, 2])
def test_11_outcomes_see_nothing_after_their_horizon(seed, tmp_path):
    world, day, horizon = training_world(seed), AS_OF - timedelta(30), 10
    end = midnight(day + timedelta(horizon))
    until = world | {
        table: [row for row in world[table] if row[MOMENTS.get(table, "at")] < end]
        for table in LATER
    }
    judged = [
        judge_outcomes(lake_of(rows, tmp_path / name), day, horizon, SMALL)
        for name, rows in (("all", world), ("until", until))
    ]
    assert judged[0].equals(judged[1])
    assert len(judged[0]) > 20


@given(worlds(), st.lists(verdicts, min_size=1, max_size=60), st.floats(0.1, 0.9), seeds)
@examples(8)
def test_11_nobody_tested_was_trained_on_under_another_accounts_name(world, rows, share, seed):
    with tempfile.TemporaryDirectory() as folder:
        judged = lake_judgements(judged_lake(world, rows, Path(folder)), AS_OF)
    owner = Owners(world["identities"], AS_OF, SMALL)
    accounts = {name for row in rows for name in (row["a"], row["b"]) if ":" in name}
    owned = {name for name in accounts if owner.of(*name.split(":")) not in (None, name)}
    assert not owned & set(persons_of(judged)), "judged by an account's name, not its owner's"
    train, test = split(judged, share, seed)
    assert not set(persons_of(train)) & set(persons_of(test))
    for kept, held_out in (*folds(judged, 3, seed), set_aside(judged, share, seed)):
        new = set(persons_of(judged)) - set(persons_of(kept))
        assert all({a, b} & new for a, b in held_out.select("a", "b").rows())
