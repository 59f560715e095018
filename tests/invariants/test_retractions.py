"""Invariant 12: a reaction taken back never raises its receiver."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.retractions import retracted
from tests.support.steps import (
    EVERYBODY,
    assert_never_less,
    examples,
    owners,
    signals_of,
)
from tests.support.worlds import Row, World, interactions, moments, standings, worlds

OWN = "own"
"""The id of a reaction that nothing else has."""


def undone(world: World, row: Row, at: object, actor: str | None) -> World:
    taken = {"network": row["network"], "id": OWN, "actor": actor, "at": at, "restored": None}
    return world | {"retractions": [*world["retractions"], taken]}


@given(retracted(worlds()), interactions(), standings(), moments(), st.booleans())
@examples(15)
def test_12_one_more_retraction_of_a_reaction_never_raises_the_receiver(
    world, row, standing, at, is_named
):
    row = row | {"id": OWN}
    world = world | {"interactions": [*world["interactions"], row]}
    after = undone(world, row, at, row["actor"] if is_named else None)
    before, later = (signals_of(each, standing) for each in (world, after))
    assert_never_less(owners(world, row), later, before)


@given(retracted(worlds()), interactions(), moments())
@examples(10)
def test_12_and_never_lowers_anybody_else_while_nobodys_standing_moves(world, row, at):
    row = row | {"id": OWN}
    world = world | {"interactions": [*world["interactions"], row]}
    before, later = signals_of(world), signals_of(undone(world, row, at, None))
    others = set(EVERYBODY) - owners(world, row)
    assert_never_less(others, before, later)


@given(retracted(worlds()), interactions(), standings(), moments((2, 7, 30)))
@examples(8)
def test_12_restoring_it_gives_back_what_it_took(world, row, standing, at):
    row = row | {"id": OWN}
    world = world | {"interactions": [*world["interactions"], row]}
    taken = undone(world, row, at, None)
    back = taken["retractions"][-1] | {"restored": True, "at": at + timedelta(hours=1)}
    restored = taken | {"retractions": [*taken["retractions"], back]}
    assert signals_of(world, standing).equals(signals_of(restored, standing))
