"""Worlds some of whose interactions have ids, and some of whose rows are taken back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from features.lake import TABLES
from tests.support.worlds import ACCOUNTS, CONTENTS, SMALL, Row, World, moments

IDS = ("x", "y", "z", *CONTENTS)
"""Of interactions; some are those of contents too."""


def retractions(ids: tuple[str, ...] = IDS) -> st.SearchStrategy[Row]:
    """One retraction: of an id, of an account's with an id, or of all of an account."""
    names = st.sampled_from([network.name for network in SMALL.networks])
    of = st.one_of(
        st.tuples(st.sampled_from(ids), st.none() | st.sampled_from(ACCOUNTS)),
        st.tuples(st.sampled_from((None, "")), st.sampled_from(ACCOUNTS)),
    )
    restored = st.sampled_from((None, False, False, True))

    def row(network: str, named: tuple[str | None, str | None], at: Any, back: Any) -> Row:
        return {
            "network": network,
            "id": named[0],
            "actor": named[1],
            "at": at,
            "restored": back,
        }

    return st.builds(row, names, of, moments(), restored)


def retracted(worlds: st.SearchStrategy[World]) -> st.SearchStrategy[World]:
    """Give ids to a world's interactions, and take some of its rows back."""
    one_id, taken = st.sampled_from((None, *IDS)), st.lists(retractions(), max_size=8) | st.just([])

    @st.composite
    def drawn(draw: st.DrawFn) -> World:
        world = draw(worlds)
        named = [row | {"id": draw(one_id)} for row in world["interactions"]]
        return world | {"interactions": without_repeats(named), "retractions": draw(taken)}

    return drawn()


def without_repeats(interactions: list[Row]) -> list[Row]:
    """As the lake keeps them: the first of the same."""
    kept: dict[Any, Row] = {}
    for place, row in enumerate(interactions):
        key = tuple(row[name] for name in TABLES["interactions"].key or ())
        kept.setdefault(key if row["id"] is not None else place, row)
    return list(kept.values())
