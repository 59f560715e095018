"""Worlds some of whose reactions were counted without names."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from tests.support.worlds import ACCOUNTS, CONTENTS, SMALL, Row, World, drawn_rows, moments

TALLYING = Catalogue(
    tuple(
        replace(n, tallies=n.reactions) if n.name in ("twitter", "googleplus") else n
        for n in SMALL.networks
    )
)
"""The small catalogue, two of whose networks also count without names."""

VALUES = (0.0, 1.0, 2.0, 3.0, 7.5, 900.0, 12_000.0, 1e300)


def tallies() -> st.SearchStrategy[Row]:
    """One reading, of a content or of an account as a whole."""
    tallied = [(n.name, each.name) for n in TALLYING.networks for each in n.tallies]
    return drawn_rows(
        ("network", "reaction"),
        st.sampled_from(tallied),
        account=st.sampled_from(ACCOUNTS),
        content=st.sampled_from((None, *CONTENTS)),
        value=st.sampled_from(VALUES),
        at=moments(),
    )


def tallied(worlds: st.SearchStrategy[World], most: int = 12) -> st.SearchStrategy[World]:
    """Give a world tallies."""
    both = st.tuples(worlds, st.lists(tallies(), max_size=most) | st.just([]))
    return both.map(lambda drawn: drawn[0] | {"tallies": drawn[1]})
