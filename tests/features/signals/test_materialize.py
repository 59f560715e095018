"""The engine equals its naive twin, and nothing but the facts before `as_of` moves it."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import igraph
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.signals.materialize import materialize
from tests.support.doubts import Beliefs, belief_frame, beliefs, doubted_worlds
from tests.support.naive import midnight, naive, pagerank
from tests.support.retractions import retracted
from tests.support.worlds import (
    ACCOUNTS,
    AS_OF,
    SMALL,
    World,
    big_world,
    frame,
    lake_of,
    standings,
    worlds,
)

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
OWN_PAGERANK = 1e-9
TWINS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def signals(
    world: World,
    catalogue: Catalogue = SMALL,
    standing: dict[str, float] | None = None,
    parts: int = 1,
    authenticity: Beliefs | None = None,
) -> pl.DataFrame:
    """What the engine makes of a world, by way of a lake."""
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake = lake_of(world, Path(folder) / "lake", catalogue, parts)
        return materialize(
            lake, AS_OF, catalogue, frame(standing), belief_frame(authenticity)
        ).collect()


def assert_twins(found: pl.DataFrame, wanted: Mapping[str, Mapping[str, float]]) -> None:
    """Equal in persons, columns and every value; PageRank is solved two ways, so within 1e-9."""
    by_person = {row.pop("person"): row for row in found.to_dicts()}
    assert by_person.keys() == wanted.keys()
    for person, values in wanted.items():
        for name, value in values.items():
            is_close = name.endswith(".pagerank")
            expected = pytest.approx(value, rel=OWN_PAGERANK) if is_close else value
            assert by_person[person][name] == expected, (person, name)


@pytest.fixture(scope="module")
def busy() -> World:
    """A larger world, always the same."""
    return big_world(seed=7)


# --- the naive twin --------------------------------------------------------------------------


@TWINS
@given(retracted(doubted_worlds()), standings(), beliefs())
def test_equals_the_naive_twin(
    world: World, standing: dict[str, float] | None, believed: Beliefs | None
) -> None:
    found = signals(world, standing=standing, authenticity=believed)
    assert_twins(found, naive(world, AS_OF, SMALL, standing, believed))


@pytest.mark.slow
@settings(TWINS, max_examples=300)
@given(retracted(doubted_worlds(most=60)), standings(), beliefs())
def test_equals_the_naive_twin_in_many_worlds(
    world: World, standing: dict[str, float] | None, believed: Beliefs | None
) -> None:
    found = signals(world, standing=standing, authenticity=believed)
    assert_twins(found, naive(world, AS_OF, SMALL, standing, believed))


@settings(TWINS, max_examples=10)
@given(worlds(), standings(), beliefs())
def test_equals_the_naive_twin_without_a_history_of_authenticity(
    world: World, standing: dict[str, float] | None, believed: Beliefs | None
) -> None:
    found = signals(world, standing=standing, authenticity=believed)
    assert_twins(found, naive(world, AS_OF, SMALL, standing, believed))


@settings(TWINS, max_examples=10)
@given(worlds(), standings())
def test_equals_the_naive_twin_without_a_history_of_scores(
    world: World, standing: dict[str, float] | None
) -> None:
    world["scores"] = []
    assert_twins(signals(world, standing=standing), naive(world, AS_OF, SMALL, standing))


BUILT_IN = Catalogue(load_networks())


@settings(TWINS, max_examples=5)
@given(doubted_worlds(BUILT_IN, most=60))
def test_equals_the_naive_twin_on_the_built_in_networks(world: World) -> None:
    assert_twins(signals(world, BUILT_IN), naive(world, AS_OF, BUILT_IN))


def test_equals_the_naive_twin_on_a_busy_world(busy: World) -> None:
    given = {f"p{number}": 5.0 * number + 1 for number in range(20)}
    assert_twins(signals(busy, standing=given), naive(busy, AS_OF, SMALL, given))


def test_equals_the_naive_twin_on_a_busy_world_with_doubts(busy: World) -> None:
    believed = {("twitter", f"u{number}"): number % 5 / 4 for number in range(60)}
    believed |= {("wiki", f"u{number}"): number % 3 / 2 for number in range(40)}
    found = signals(busy, authenticity=believed)
    assert_twins(found, naive(busy, AS_OF, SMALL, None, believed))


def test_belief_in_everybody_changes_no_bit(busy: World) -> None:
    everybody = {(n.name, f"u{number}"): 1.0 for n in SMALL.networks for number in range(60)}
    assert bits(signals(busy, authenticity=everybody)) == bits(signals(busy))


# --- the shape of the result -----------------------------------------------------------------


def test_columns_are_the_catalogue_and_rows_are_sorted_and_whole(busy: World) -> None:
    found = signals(busy)
    assert found.columns == ["person", *SMALL.names]
    assert found["person"].to_list() == sorted(set(found["person"]))
    assert set(found.dtypes[1:]) == {pl.Float64}
    numbers = found.drop("person")
    assert not any(numbers.null_count().row(0))
    assert numbers.select(pl.all().is_finite().all()).row(0) == (True,) * numbers.width


def test_a_lake_without_rows_has_no_persons() -> None:
    empty: World = {table: [] for table in big_world(0, 0)}
    found = signals(empty)
    assert found.is_empty()
    assert found.columns == ["person", *SMALL.names]


# --- order, partition, threads (invariant 10) ------------------------------------------------


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_row_order_and_partition_change_nothing(busy: World, parts: int) -> None:
    order = random.Random(parts)
    shuffled = {table: order.sample(rows, len(rows)) for table, rows in busy.items()}
    assert bits(signals(shuffled, parts=parts)) == bits(signals(busy))


def test_threads_change_nothing(busy: World) -> None:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake_of(busy, Path(folder))
        found = [bits(computed_with(threads, folder)) for threads in (1, 2)]
    assert found == [bits(signals(busy))] * 2


def bits(found: pl.DataFrame) -> dict[str, str]:
    """A digest of each column's bytes, so that a difference names its columns."""
    persons = found["person"].to_list()
    values = {name: found[name].to_numpy().tobytes() for name in found.columns[1:]}
    raw = {"person": repr(persons).encode(), **values}
    return {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}


def computed_with(threads: int, lake: str) -> pl.DataFrame:
    """What a new process with so many threads computes."""
    script = (
        "import sys; from features.lake import Lake;"
        "from features.signals.materialize import materialize;"
        "from tests.support.worlds import AS_OF, SMALL;"
        "materialize(Lake(sys.argv[1]), AS_OF, SMALL).collect().write_ipc(sys.stdout.buffer)"
    )
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads)}
    command = [sys.executable, "-c", script, lake]
    home = Path(__file__).parents[3]
    result = subprocess.run(command, env=environment, cwd=home, capture_output=True, check=True)
    return pl.read_ipc(result.stdout)


# --- point in time (invariants 6 and 11) -----------------------------------------------------


@settings(TWINS, max_examples=10)
@given(doubted_worlds())
def test_what_happens_at_or_after_as_of_changes_nothing(world: World) -> None:
    assert_frame_equal(signals(world), signals(as_known(world)), check_exact=True)


@settings(TWINS, max_examples=10)
@given(worlds())
def test_what_happened_before_the_horizon_changes_nothing(world: World) -> None:
    start = midnight(AS_OF - timedelta(HORIZON))
    recent = world | {
        table: [row for row in world[table] if row["at"] >= start]
        for table in ("interactions", "contents")
    }
    assert_frame_equal(signals(world), signals(recent), check_exact=True)


def as_known(world: World) -> World:
    """What could be known at `AS_OF`: rows of before it, and no disconnection of after it."""
    end = midnight(AS_OF)
    times = {"interactions": "at", "contents": "at", "counters": "at", "scores": "as_of"}
    known = {table: [r for r in world[table] if r[at] < end] for table, at in times.items()}
    known["authenticity"] = [row for row in world["authenticity"] if row["as_of"] <= end]
    known["overrides"] = [row for row in world["overrides"] if row["decided_at"] < end]
    return {**world, **known, "identities": [_as_known(row, end) for row in world["identities"]]}


def _as_known(row: dict[str, object], end: datetime) -> dict[str, object]:
    ended = row["disconnected_at"]
    return row | {"disconnected_at": ended if isinstance(ended, datetime) and ended < end else None}


def test_a_day_is_a_day_in_utc() -> None:
    """One microsecond before midnight is the day before."""
    last = datetime(2014, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
    world = reactions([("a", "b", last), ("a", "b", midnight(AS_OF))])
    assert signals(world)["twitter.like.count.7d"].to_list() == [1.0]


# --- a few worlds worked out by hand ---------------------------------------------------------


def reactions(rows: list[tuple[str, str, datetime]]) -> World:
    """A world of likes on Twitter: actor, target, time."""
    like = {"network": "twitter", "reaction": "like", "content": None, "id": None}
    likes = [like | {"actor": a, "target": t, "at": at} for a, t, at in rows]
    return {table: [] for table in big_world(0, 0)} | {"interactions": likes}


def test_attention_is_split_over_the_days_likes() -> None:
    noon = midnight(AS_OF) - timedelta(hours=12)
    found = signals(
        reactions([("a", target, noon) for target in "bbcd"]), standing={"twitter:a": 20.0}
    )
    assert found["person"].to_list() == ["twitter:b", "twitter:c", "twitter:d"]
    assert found["twitter.like.attention.7d"].to_list() == [0.5, 0.25, 0.25]
    assert found["twitter.any.standing.90d"].to_list() == [2.0, 1.0, 1.0]


def test_self_reactions_take_nothing_from_others() -> None:
    noon = midnight(AS_OF) - timedelta(hours=12)
    found = signals(reactions([("a", "a", noon), ("a", "b", noon)]))
    assert found["person"].to_list() == ["twitter:b"]
    assert found["twitter.like.attention.7d"].to_list() == [1.0]


# --- PageRank --------------------------------------------------------------------------------


@TWINS
@given(st.sets(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS)), min_size=1))
def test_pagerank_equals_igraphs(pairs: set[tuple[str, str]]) -> None:
    world = reactions([])
    world["links"] = [{"network": "wikipedia", "source": s, "target": t} for s, t in sorted(pairs)]
    links = sorted(pair for pair in pairs if pair[0] != pair[1])
    found = signals(world)
    ranks = {
        person.removeprefix("wikipedia:"): rank
        for person, rank in found.select("person", "wikipedia.pagerank").iter_rows()
    }
    assert ranks == pytest.approx(igraphs(links), abs=OWN_PAGERANK)
    assert ranks == pytest.approx(pagerank(set(links)), abs=OWN_PAGERANK)


def igraphs(links: list[tuple[str, str]]) -> dict[str, float]:
    graph = igraph.Graph.TupleList(links, directed=True)
    if not graph.vcount():
        return {}
    ranks = graph.pagerank(damping=0.85)
    return {v["name"]: graph.vcount() * rank for v, rank in zip(graph.vs, ranks, strict=True)}
