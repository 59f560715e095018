"""Worlds some of whose reactions were counted without names."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from tests.support.worlds import ACCOUNTS, CONTENTS, SMALL, Row, World, moments

TALLYING = Catalogue(
    tuple(
        replace(n, tallies=n.reactions) if n.name in ("twitter", "googleplus") else n
        for n in SMALL.networks
    )
)
"""The small catalogue, two of whose networks also count without names."""

VALUES = (0.0, 1.0, 2.0, 3.0, 7.5, 900.0, 12_000.0, 1e300)


@st.composite
def tallies(draw: st.DrawFn) -> Row:
    """One reading, of a content or of an account as a whole."""
    tallied = [(n.name, each.name) for n in TALLYING.networks for each in n.tallies]
    network, reaction = draw(st.sampled_from(tallied))
    return {
        "network": network,
        "account": draw(st.sampled_from(ACCOUNTS)),
        "content": draw(st.sampled_from((None, *CONTENTS))),
        "reaction": reaction,
        "value": draw(st.sampled_from(VALUES)),
        "at": draw(moments()),
    }


@st.composite
def tallied(draw: st.DrawFn, worlds: st.SearchStrategy[World], most: int = 12) -> World:
    """Give a world tallies."""
    return draw(worlds) | {"tallies": draw(st.lists(tallies(), max_size=most) | st.just([]))}
