"""What is promised of scores holds where reactions are counted without names, too.

The models were trained on networks without tallies, and cover them: see `Model.covering`.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubts import doubted_worlds
from tests.support.naive import midnight
from tests.support.retractions import retracted
from tests.support.steps import EVERYBODY, assert_never_less, examples, owners, signals_of
from tests.support.tallies import TALLYING, tallied, tallies
from tests.support.worlds import ACCOUNTS, AS_OF, Row, World, interactions, moments, worlds


@given(tallied(doubted_worlds()), interactions())
@examples(8)
def test_1_one_more_named_reaction_never_lowers(world: World, row: Row) -> None:
    after = world | {"interactions": [*world["interactions"], row]}
    _assert_up(world, after, owners(world, row))


@given(tallied(worlds()), tallies(), st.sampled_from((1, 3, 2_000)))
@examples(8)
def test_1_one_more_in_the_tally_never_lowers(world: World, row: Row, more: int) -> None:
    """All readings of a tally from a time on rise; `row` is its latest, so that there is one."""
    same = ("network", "account", "content", "reaction")
    end = row | {"at": midnight(AS_OF - timedelta(1)), "value": 1e6}
    before = [*world["tallies"], end]
    risen = [
        each | {"value": each["value"] + more}
        if all(each[n] == row[n] for n in same) and each["at"] >= row["at"]
        else each
        for each in before
    ]
    risen[-1] = end | {"value": end["value"] + more}
    claims = owners(world, row | {"target": row["account"]})
    _assert_up(world | {"tallies": before}, world | {"tallies": risen}, claims)


def _assert_up(before: World, after: World, persons: set[str]) -> None:
    one, two = (signals_of(world, catalogue=TALLYING) for world in (before, after))
    names = [name for name in TALLYING.names if ".tallied." in name or ".reach." in name]
    names += [name for name in TALLYING.names if ".tallied_peak." in name]
    both = one.join(two, on="person", suffix=".after").filter(pl.col("person").is_in(persons))
    for name in names:
        assert (both[f"{name}.after"] >= both[name]).all(), name
    assert_never_less(persons, one, two, TALLYING)


@given(tallied(worlds()), st.sampled_from(ACCOUNTS), moments((1, 20)))
@examples(5)
def test_4_content_that_draws_nothing_never_raises(world: World, author: str, at: object) -> None:
    post = {"network": "twitter", "author": author, "content": "new", "kind": "tweet", "at": at}
    nothing = {"account": author, "content": "new", "reaction": "like", "value": 0.0, "at": at}
    after = world | {
        "contents": [*world["contents"], post],
        "tallies": [*world["tallies"], {"network": "twitter"} | nothing],
    }
    before, later = (signals_of(each, catalogue=TALLYING) for each in (world, after))
    assert_never_less(set(before["person"]) & set(EVERYBODY), later, before, TALLYING)


@given(tallied(retracted(doubted_worlds())))
@examples(4)
def test_10_the_same_lake_gives_the_same_bits_however_it_came(world: World) -> None:
    once, parts = (signals_of(world, parts=parts, catalogue=TALLYING) for parts in (1, 3))
    assert once.equals(parts)
