"""One person's signals at one date, as `klout materialize` gives them."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake import Lake
from serving.explain.records import Given, Records, read
from serving.explain.scenario_inputs import Life
from serving.explain.scenario_signals import signals
from serving.explain.scenarios import every_world, side_by_side


def signals_of(
    lake: Lake, as_of: date, person: str, catalogue: Catalogue, given: Given | None = None
) -> pl.DataFrame:
    """Compute a person's signals without looking at anybody else's.

    Parameters
    ----------
    person
        From `serving.explain.person.person_of`.
    given
        As `features.signals.materialize.materialize` is given for a lake without a history.

    Returns
    -------
    DataFrame
        A row with a Float64 column per signal, in the catalogue's order: to the last bit that of
        `materialize`, or 0 where it has none for this person.
    """
    records = read(lake, as_of, as_of, person, catalogue.networks, given)
    return one_row(records, catalogue)


def one_row(records: list[Records], catalogue: Catalogue) -> pl.DataFrame:
    """Compute the signals of the second date."""
    nothing = pl.DataFrame([dict.fromkeys(catalogue.names, 0.0)])
    found = [side_by_side(life, every_world(())) for life in map(Life, records)]
    known = pl.concat([nothing.select(), *map(signals, found)], how="horizontal")
    return nothing.with_columns(known) if known.width else nothing
