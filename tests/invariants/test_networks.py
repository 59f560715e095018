"""Invariant 5: influence adds up over networks, and one more of them never lowers a score."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.lake.times import midnight
from tests.support.random_models import random_models
from tests.support.steps import assert_never_less, examples, signals_of
from tests.support.worlds import AS_OF, PERSONS, SMALL, Row, worlds


def connection(person: str, network: str, account: str) -> Row:
    """An identity row from three days ago."""
    return {
        "person": person,
        "network": network,
        "account": account,
        "kind": "personal",
        "connected_at": midnight(AS_OF) - timedelta(days=3),
        "disconnected_at": None,
    }


@given(worlds(), st.sampled_from(PERSONS[:2]), st.sampled_from(SMALL.networks))
@examples(8)
def test_connecting_one_more_network_never_lowers_a_score(world, person, network):
    new = connection(person, network.name, f"new account of {person}")
    after = signals_of(world | {"identities": [*world["identities"], new]})
    assert_never_less({person}, signals_of(world), after)


@given(worlds(), st.sampled_from(("p", "q")))
@examples(8)
def test_connecting_an_account_with_a_past_never_lowers_a_score(world, person):
    # Of a network where the person has no account yet: what it did for itself with that account
    # counts for nothing from now on, so elsewhere it might lose its own reactions.
    others = [row for row in world["identities"] if row["network"] != "googleplus"]
    before = signals_of(world | {"identities": others})
    new = connection(person, "googleplus", "a")
    after = signals_of(world | {"identities": [*others, new]})
    assert_never_less({person}, before, after)


@given(worlds())
@examples(8)
def test_influence_is_the_sum_of_the_networks_parts_to_the_last_bit(world):
    signals = signals_of(world)
    for model in random_models():
        table = model.score(signals)
        parts = [table[f"part.{network.name}"] for network in SMALL.networks]
        for order in (parts, parts[::-1]):
            assert (sum(order, start=0) + model.base == table["influence"]).all()
        assert all((part >= 0).all() for part in parts)


@given(worlds(), st.sampled_from(SMALL.networks))
@examples(8)
def test_a_networks_part_is_what_that_network_alone_gives(world, network):
    signals = signals_of(world)
    own = [name for name in SMALL.names if name.startswith(f"{network.name}.")]
    alone = signals.with_columns(pl.lit(0.0).alias(n) for n in SMALL.names if n not in own)
    for model in random_models():
        part = model.score(signals)[f"part.{network.name}"]
        assert (model.score(alone)["influence"] == model.base + part).all()
