"""More belief in an actor never lowers a signal; who is not believed at all might not be there."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.lake.contracts import STEPS
from features.lake.times import midnight
from tests.support.doubts import Account, doubted_worlds
from tests.support.steps import (
    assert_never_less,
    examples,
    matrix,
    owners,
    people_of,
    rows_of,
    signals_of,
)
from tests.support.worlds import AS_OF, SMALL, Row, World, interactions, standings

UP = [signal.name for signal in SMALL.signals if signal.sign == "up"]
two_steps = st.lists(st.sampled_from(STEPS), min_size=2, max_size=2, unique=True).map(sorted)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[World, Account]:
    """A world and one who acts in it."""
    world = draw(doubted_worlds().filter(lambda drawn: drawn["interactions"]))
    row = draw(st.sampled_from(world["interactions"]))
    return world, (row["network"], row["actor"])


def believed(world: World, actor: Account, step: float) -> World:
    """The world in which an actor is believed so far, by the last word on it."""
    network, account = actor
    row = {"network": network, "account": account, "authenticity": step}
    mine = [(old["network"], old["account"]) == actor for old in world["overrides"]]
    others = [old for old, own in zip(world["overrides"], mine, strict=True) if not own]
    last = row | {"why": "asked", "decided_at": midnight(AS_OF).replace(year=2014, month=2)}
    return world | {"overrides": [*others, last]}


def is_by(row: Row, actor: Account) -> bool:
    return (row["network"], row["actor"]) == actor


@given(scenes(), two_steps, standings())
@examples(8)
def test_more_belief_in_an_actor_never_lowers_a_signal_nor_a_score(scene, steps, standing):
    world, actor = scene
    before, after = (signals_of(believed(world, actor, step), standing) for step in steps)
    everybody = people_of(before, after)
    low, high = (matrix(rows_of(everybody, signals), UP) for signals in (before, after))
    assert (high >= low).all()
    assert_never_less(people_of(before), before, after)


@given(scenes(), standings())
@examples(8)
def test_who_is_not_believed_at_all_might_as_well_have_done_nothing(scene, standing):
    world, actor = scene
    rest = [row for row in world["interactions"] if not is_by(row, actor)]
    doubted = believed(world, actor, 0.0)
    found = signals_of(doubted, standing)
    assert_frame_equal(found, signals_of(doubted | {"interactions": rest}, standing))


@given(doubted_worlds(), interactions(SMALL), standings())
@examples(5)
def test_1_one_more_interaction_never_lowers_the_receiver_however_little_its_actor_is_believed(
    world, more, standing
):
    before = signals_of(world, standing)
    after = signals_of(world | {"interactions": [*world["interactions"], more]}, standing)
    assert_never_less(owners(world, more) & people_of(before), before, after)


@given(doubted_worlds(), st.integers(1, 3))
@examples(5)
def test_10_the_order_and_the_partition_of_what_is_believed_change_nothing(world, parts):
    order = random.Random(parts)
    shuffled = {table: order.sample(rows, len(rows)) for table, rows in world.items()}
    assert_frame_equal(signals_of(shuffled, parts=parts), signals_of(world), check_exact=True)
