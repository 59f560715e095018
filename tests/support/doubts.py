"""Worlds some of whose actors may not be what they seem, and authenticity as it may be given."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.lake.contracts import STEPS
from tests.support.worlds import ACCOUNTS, SMALL, World, moments, worlds

Account = tuple[str, str]
"""Network and account."""
Beliefs = dict[Account, float]
"""Account to authenticity."""


def doubts(catalogue: Catalogue = SMALL) -> st.SearchStrategy[World]:
    """Draw the tables of what accounts are believed to be; often one of them is empty."""
    reacting = [network.name for network in catalogue.networks if network.reactions]
    belief = {
        "network": st.sampled_from(reacting),
        "account": st.sampled_from(ACCOUNTS),
        "authenticity": st.sampled_from(STEPS),
    }
    reasons = {"reasons": st.sampled_from((None, "", "regular as a clock"))}
    computed = st.fixed_dictionaries(belief | reasons | {"as_of": moments()})
    decided = st.fixed_dictionaries(belief | {"why": st.just("asked"), "decided_at": moments()})
    tables = {
        "authenticity": st.lists(computed, max_size=10) | st.just([]),
        "overrides": st.lists(decided, max_size=4),
    }
    return st.fixed_dictionaries(tables)


def doubted_worlds(catalogue: Catalogue = SMALL, most: int = 25) -> st.SearchStrategy[World]:
    """Worlds some of whose actors may not be what they seem."""
    both = st.tuples(worlds(catalogue, most), doubts(catalogue))
    return both.map(lambda pair: pair[0] | pair[1])


def beliefs() -> st.SearchStrategy[Beliefs | None]:
    """Authenticity as it may be given where the lake has no history of it."""
    reacting = [network.name for network in SMALL.networks if network.reactions]
    who = st.tuples(st.sampled_from(reacting), st.sampled_from(ACCOUNTS))
    return st.none() | st.dictionaries(who, st.sampled_from(STEPS))


def belief_frame(given: Beliefs | None) -> pl.DataFrame | None:
    """Given authenticity as the engine takes it."""
    if given is None:
        return None
    rows = [(*account, value) for account, value in given.items()]
    columns = {"network": pl.String, "account": pl.String, "authenticity": pl.Float64}
    return pl.DataFrame(rows, schema=columns, orient="row")
