"""The invariants of the design, from interactions in to score out, on random worlds and models.

Numbers in the names of tests are the invariants' numbers in the design.
"""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.identity import midnight
from features.materialize import materialize
from tests.features.worlds import (
    ACCOUNTS,
    AS_OF,
    PERSONS,
    SMALL,
    World,
    frame,
    interactions,
    lake_of,
    standings,
    worlds,
)
from tests.populations import quick_model

seeds = st.integers(1, 3)
examples = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def scores(world: World, seed: int, standing=None, parts: int = 1) -> pl.DataFrame:
    """Everybody's influence, score and parts, through a lake on disk."""
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder), parts=parts)
        signals = materialize(lake, AS_OF, SMALL, frame(standing)).collect()
    return quick_model(SMALL, seed).score(signals)


def score_of(person: str, table: pl.DataFrame, seed: int) -> float:
    """The score of a person; of somebody without a row, what nobody has."""
    mine = table.filter(pl.col("person") == person)
    if len(mine):
        return float(mine["score"][0])
    model = quick_model(SMALL, seed)
    nobody = pl.DataFrame({"person": [person], **dict.fromkeys(SMALL.names, 0.0)})
    return float(model.score(nobody)["score"][0])


def everybody(*tables: pl.DataFrame) -> set[str]:
    return set(pl.concat([table["person"] for table in tables]))


def receiver(world: World, row: dict, table: pl.DataFrame) -> set[str]:
    """Everybody who might own the target: the account itself, or who has a row for it."""
    claiming = {
        identity["person"]
        for identity in world["identities"]
        if (identity["network"], identity["account"]) == (row["network"], row["target"])
    }
    return (claiming | {f"{row['network']}:{row['target']}"}) & set(table["person"])


@given(worlds(), interactions(SMALL), standings(), seeds)
@examples
def test_1_one_more_received_interaction_never_lowers_the_receivers_score(
    world, more, standing, seed
):
    before = scores(world, seed, standing)
    after = scores(world | {"interactions": [*world["interactions"], more]}, seed, standing)
    for person in receiver(world, more, before):
        assert score_of(person, after, seed) >= score_of(person, before, seed)


@given(worlds(), st.sampled_from(ACCOUNTS), st.integers(1, 200), seeds)
@examples
def test_4_content_that_draws_no_reaction_never_raises_a_score(world, author, number, seed):
    silent = [
        {
            "network": "twitter",
            "author": author,
            "content": f"silent {count}",
            "kind": "tweet",
            "at": midnight(AS_OF) - timedelta(days=1 + count % 89, seconds=1),
        }
        for count in range(number)
    ]
    before = scores(world, seed)
    after = scores(world | {"contents": [*world["contents"], *silent]}, seed)
    for person in everybody(before, after):
        assert score_of(person, after, seed) <= score_of(person, before, seed)


@given(worlds(), st.sampled_from(PERSONS[:2]), st.sampled_from(SMALL.networks), seeds)
@examples
def test_5_connecting_one_more_network_never_lowers_a_score(world, person, network, seed):
    new = {
        "person": person,
        "network": network.name,
        "account": f"new account of {person}",
        "kind": "personal",
        "connected_at": midnight(AS_OF) - timedelta(days=3),
        "disconnected_at": None,
    }
    before = scores(world, seed)
    after = scores(world | {"identities": [*world["identities"], new]}, seed)
    assert score_of(person, after, seed) >= score_of(person, before, seed)


@given(worlds(), st.sampled_from(("p", "q")), seeds)
@examples
def test_5_connecting_an_account_with_a_past_never_lowers_a_score(world, person, seed):
    world = world | {
        "identities": [row for row in world["identities"] if row["network"] != "googleplus"]
    }
    new = {
        "person": person,
        "network": "googleplus",
        "account": "a",
        "kind": "personal",
        "connected_at": midnight(AS_OF) - timedelta(days=3),
        "disconnected_at": None,
    }
    before = scores(world, seed)
    after = scores(world | {"identities": [*world["identities"], new]}, seed)
    # What the person did for itself with that account before counts for nothing from now on, so
    # only the networks where it reacted to itself may give less.
    mine = after.filter(pl.col("person") == person)
    assert mine["part.googleplus"][0] >= 0
    assert mine["influence"][0] >= quick_model(SMALL, seed).base
    assert score_of(person, after, seed) >= score_of(person, before, seed)


@given(worlds(), seeds)
@examples
def test_5_influence_is_the_sum_of_the_networks_parts(world, seed):
    table = scores(world, seed)
    parts = sum((table[f"part.{network.name}"] for network in SMALL.networks), start=0)
    assert (parts + quick_model(SMALL, seed).base == table["influence"]).all()


@given(worlds(), st.lists(interactions(SMALL), max_size=20), st.booleans(), seeds)
@examples
def test_6_what_happened_outside_the_90_days_changes_nothing(world, others, later, seed):
    shift = midnight(AS_OF) if later else midnight(AS_OF) - timedelta(days=95)
    outside = [
        {**row, "at": shift + timedelta(hours=7 * number % 100)}
        for number, row in enumerate(others)
    ]
    before = scores(world, seed)
    after = scores(world | {"interactions": world["interactions"] + outside}, seed)
    assert after.equals(before)


@given(worlds(), standings(), seeds)
@examples
def test_7_scores_lie_between_1_and_100_in_the_order_of_influence(world, standing, seed):
    table = scores(world, seed, standing).sort("influence")
    assert table["score"].is_between(1, 100).all()
    assert table["score"].is_sorted()


@given(worlds(), st.integers(0, 99), st.integers(1, 3), standings(), seeds)
@examples
def test_10_the_order_of_rows_and_files_changes_nothing(world, shuffle, parts, standing, seed):
    mixed = {table: list(rows) for table, rows in world.items()}
    for rows in mixed.values():
        random.Random(shuffle).shuffle(rows)
    assert scores(mixed, seed, standing, parts).equals(scores(world, seed, standing))
