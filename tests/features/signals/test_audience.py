"""What of a claimed audience counts: as much as its growth and those who react make plausible."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.signals.audience import grown, last_of_days
from tests.features.signals.test_materialize import signals
from tests.support import naive_counters
from tests.support.doubts import Beliefs
from tests.support.naive_people import midnight
from tests.support.worlds import AS_OF, FILLED, SMALL, Row, World, big_world, worlds

CLAIMED, PLAUSIBLE = "twitter.followers", "twitter.followers.plausible"
TWITTER = Catalogue((SMALL.network("twitter"),))
"""The one network that has an audience."""


def reading(value: float, days_ago: int, account: str = "a", hour: int = 12) -> Row:
    row = {"network": "twitter", "account": account, "counter": "followers", "value": value}
    return row | {"at": midnight(AS_OF - timedelta(days_ago)) + timedelta(hours=hour)}


def likes(actors: int, target: str = "a") -> list[Row]:
    like = {"network": "twitter", "reaction": "like", "content": None, "id": None}
    like |= {"target": target, "at": midnight(AS_OF - timedelta(9))}
    return [like | {"actor": f"fan {number}"} for number in range(actors)]


def followers(
    readings: list[Row], reactors: int = 0, believed: Beliefs | None = None, **tables: list[Row]
) -> tuple[float, float]:
    """The followers that the first person claims, and the plausible ones."""
    world: World = {table: [] for table in FILLED}
    world |= {"counters": readings, "interactions": likes(reactors)} | tables
    row = signals(world, TWITTER, authenticity=believed).row(0, named=True)
    return row[CLAIMED], row[PLAUSIBLE]


# --- growth ----------------------------------------------------------------------------------


def test_a_jump_of_a_thousand_in_a_day_counts_as_a_few() -> None:
    claimed, plausible = followers([reading(500, 2), reading(1500, 1)], reactors=60)
    assert claimed == 1500
    assert plausible == pytest.approx(700 * math.exp(0.01) - 200)
    assert 507 < plausible < 508


def test_who_has_nobody_yet_may_gain_two_a_day() -> None:
    assert followers([reading(0, 11), reading(1000, 1)], reactors=1)[1] == pytest.approx(
        21.03, abs=0.01
    )


def test_slow_growth_counts_in_full() -> None:
    grows = [reading(round(300 * 1.01**day), 60 - day) for day in range(60)]
    assert followers(grows, reactors=20) == (540, 540)


def test_a_jump_long_ago_counts_when_enough_time_has_passed() -> None:
    jump = [reading(500, 160), reading(1500, 159), reading(1500, 1)]
    assert followers(jump, reactors=60) == (1500, 1500)


def test_a_loss_counts_at_once() -> None:
    assert followers([reading(1500, 2), reading(500, 1)], reactors=60) == (500, 500)


def test_of_a_day_the_last_reading_counts() -> None:
    day = [reading(10, 5), reading(9000, 1, hour=8), reading(12, 1, hour=9)]
    assert followers(day, reactors=1) == (12, 12)


histories = st.dictionaries(
    st.dates(date(2013, 1, 1), date(2014, 2, 28)), st.floats(0, 1e7), min_size=1, max_size=8
)


def plausible_of(days: dict[date, float]) -> float:
    """What the expressions make of the readings of one account."""
    at = [midnight(day) for day in days]
    columns: dict[str, Any] = {"value": list(days.values()), "at": at}
    frame = pl.DataFrame(columns, schema_overrides={"at": pl.Datetime("us", "UTC")})
    named = frame.lazy().with_columns(account=pl.lit("a"), counter=pl.lit("followers"))
    by_counter = last_of_days(named).group_by("account", "counter").agg(grown().alias("grown"))
    return float(by_counter.collect()["grown"].item())


@settings(max_examples=100, deadline=None)
@given(histories)
def test_the_least_of_all_readings_grown_is_the_chain_from_each_to_the_next(
    days: dict[date, float],
) -> None:
    """Equal to the bit to the twin, and to the chain but for its rounding."""
    found = plausible_of(days)
    assert found == naive_counters.grown(days)
    assert found == pytest.approx(naive_counters.grown_step_by_step(days), rel=1e-12, abs=1e-12)
    assert found <= days[max(days)]


@settings(max_examples=60, deadline=None)
@given(histories, st.data())
def test_a_higher_reading_never_makes_less_plausible(
    days: dict[date, float], data: st.DataObject
) -> None:
    day = data.draw(st.sampled_from(sorted(days)))
    more = days | {day: data.draw(st.floats(days[day], 1e8))}
    assert plausible_of(more) >= plausible_of(days)


# --- engagement ------------------------------------------------------------------------------


@pytest.mark.parametrize(("reactors", "bound"), [(0, 0), (1, 50), (7, 350), (100, 2000)])
def test_an_audience_is_bounded_by_those_who_react(reactors: int, bound: int) -> None:
    assert followers([reading(2000, 1)], reactors) == (2000, bound)


def test_a_doubted_reactor_makes_as_much_plausible_as_it_is_believed() -> None:
    believed = {("twitter", "fan 0"): 0.25, ("twitter", "fan 1"): 0.0}
    assert followers([reading(2000, 1)], 2, believed)[1] == 50 * 0.25


def test_who_has_no_counter_has_no_audience() -> None:
    assert followers([], reactors=3) == (0, 0)


def test_accounts_grow_apart_and_are_held_against_the_reactors_of_all() -> None:
    claim = {"person": "p", "network": "twitter", "kind": "personal", "disconnected_at": None}
    claim |= {"connected_at": midnight(AS_OF - timedelta(200))}
    both = [claim | {"account": "a"}, claim | {"account": "b"}]
    readings = [reading(300, 2), reading(1300, 1), reading(10, 1, "b")]
    claimed, plausible = followers(readings, reactors=9, identities=both)
    assert claimed == 1310
    assert plausible == pytest.approx(500 * math.exp(0.01) - 200 + 10)
    assert followers(readings, reactors=2, identities=both)[1] == 50 * 2


def on_twitter(row: Row) -> bool:
    """Rows of scores have no network."""
    return bool(row.get("network", "twitter") == "twitter")


@settings(max_examples=15, deadline=None)
@given(worlds(), st.integers(1, 4))
def test_more_interactions_never_make_less_plausible(world: World, fans: int) -> None:
    here = {name: [row for row in rows if on_twitter(row)] for name, rows in world.items()}
    before = signals(here, TWITTER)
    more = signals(here | {"interactions": here["interactions"] + likes(fans)}, TWITTER)
    both = before.join(more, on="person", suffix=" then")
    assert (both[f"{PLAUSIBLE} then"] >= both[PLAUSIBLE]).all()


# --- beside what is claimed ------------------------------------------------------------------


def test_the_claimed_counter_and_all_else_stay_as_they_are() -> None:
    world = big_world(seed=3)
    trusting = Catalogue(tuple(map(_trusting, SMALL.networks)))
    before, after = signals(world, trusting), signals(world)
    assert sorted(set(SMALL.names) - set(trusting.names)) == ["twitter.followers.grown", PLAUSIBLE]
    same = [name for name in before.columns if name != "twitter.reach"]
    assert after.select(same).equals(before.select(same))


def _trusting(network: Any) -> Any:
    counters = tuple(replace(counter, audience=False) for counter in network.counters)
    return replace(network, counters=counters)


def test_a_ratio_is_of_the_plausible_audience_and_per_the_claimed_one() -> None:
    lists = reading(40, 1) | {"counter": "lists"}
    world: World = {table: [] for table in FILLED} | {"counters": [reading(2000, 1), lists]}
    row = signals(world).row(0, named=True)
    assert row["twitter.reach"] == 0
    assert row["twitter.listed"] == 40 / 2000


def test_what_is_read_at_or_after_as_of_counts_for_nothing() -> None:
    assert followers([reading(15, 1), reading(0, 0), reading(9, -1)], 1) == (15, 15)


def test_the_last_moment_of_a_day_in_utc_is_of_that_day() -> None:
    late = reading(500, 2) | {"at": midnight(AS_OF - timedelta(1)) - timedelta(microseconds=1)}
    same_day: list[Row] = [reading(0, 2), late]
    assert isinstance(late["at"], datetime)
    assert followers(same_day, reactors=60) == (500, 500)
