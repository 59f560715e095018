"""What is looked at to tell people who act for themselves from those who don't: declarations.

A table of behaviours as a matrix, checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.network import Sign
from features.errors import KloutError


@dataclass(frozen=True)
class Behaviour:
    """One number per account of what it did in the 90 days before `as_of`.

    Attributes
    ----------
    name
        The column of `training.integrity.behaviours.measure.behaviours`, Float64.
    meaning
        What the number says, with its unit and its value where nothing is known.
    sign
        ``up``: more never means less authentic; ``down``: more never means more authentic;
        ``free``: either.
    """

    name: str
    meaning: str
    sign: Sign


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("per_day", "interactions given per day with any", "free"),
    Behaviour(
        "burstiness",
        "of the gaps within days: -1 all equal, 0 as chance has it, up to 1 in bursts",
        "free",
    ),
    Behaviour("night_share", "share of what it gives in its 8 quietest hours in a row", "free"),
    Behaviour(
        "publish_night_share", "share of its contents in its 8 quietest hours in a row", "free"
    ),
    Behaviour("targets", "accounts it reacted to", "free"),
    Behaviour("new_targets", "accounts it reacted to per interaction given", "free"),
    Behaviour("same_target", "chance that two interactions given are to one account", "free"),
    Behaviour("top_target", "share of what it gives that goes to one account", "free"),
    Behaviour(
        "haste",
        "doublings by which it reacts sooner after a content than 90 minutes; 0: not known",
        "free",
    ),
    Behaviour(
        "quick_share", "share of its timed reactions within 15 minutes of the content", "free"
    ),
    Behaviour("received", "interactions received", "free"),
    Behaviour("to_persons", "share of what it gives that is to a person and no content", "free"),
    Behaviour("giving", "share of given in given and received", "free"),
    Behaviour("same_reactor", "chance that two interactions received are of one account", "free"),
    Behaviour("top_reactor", "share of what it receives that comes of one account", "free"),
    Behaviour(
        "received_haste",
        "doublings by which others react sooner to its contents than 90 minutes",
        "free",
    ),
    Behaviour("partners", "accounts it reacts to that react to it", "free"),
    Behaviour("reciprocity", "share of those it reacts to who react to it", "free"),
    Behaviour("to_partners", "share of what it gives that goes to those who react to it", "free"),
    Behaviour(
        "from_partners", "share of what it receives that comes of those it reacts to", "free"
    ),
    Behaviour(
        "clique", "share of pairs of its 32 closest partners who are close to one another", "free"
    ),
    Behaviour(
        "in_crowds",
        "if it came with a crowd: share of what it gives on days on which its target was crowded"
        " by accounts that care for one or two",
        "down",
    ),
    Behaviour("contents_per_day", "contents published per day since first seen", "free"),
    Behaviour("silent_share", "share of its contents without any reaction", "free"),
    Behaviour("age", "days since first seen, at most 90", "up"),
    Behaviour(
        "lockstep_group", "accounts it is held together with, one by one, by moments shared", "down"
    ),
    Behaviour("lockstep_shared", "most moments shared with one other account", "down"),
    Behaviour(
        "lockstep_share",
        "moments shared with those it is held together with, per interaction given",
        "down",
    ),
    Behaviour(
        "idle_audience",
        "doublings by which the followers claimed outnumber those who reacted; 0: none claimed",
        "free",
    ),
)


def as_matrix(table: pl.DataFrame, behaviours: Sequence[Behaviour]) -> NDArray[np.float64]:
    """Check behaviours, and put them in the order declared.

    Parameters
    ----------
    table
        A row per account, a number per behaviour; other columns are passed over.
    behaviours
        At least one.

    Returns
    -------
    ndarray of float64, shape (accounts, behaviours)

    Raises
    ------
    KloutError
        If a behaviour is missing or no number, or naming the row of the first value that is null,
        NaN or infinite: LightGBM's monotone constraints don't hold for NaN.
    """
    names = [behaviour.name for behaviour in behaviours]
    if not names:
        raise KloutError("behaviours: none declared; expected at least one")
    absent = [name for name in names if name not in table.columns]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise KloutError(f"behaviours: the column {absent[0]!r} is missing{more}")
    columns = table.select(names)
    for name, dtype in columns.schema.items():
        if not (dtype.is_numeric() or dtype == pl.Boolean):
            raise KloutError(f"behaviours: {name} must be a number, is {dtype}")
    matrix = columns.select(pl.all().cast(pl.Float64)).to_numpy()
    good = np.isfinite(matrix)
    if not good.all():
        row, column = (int(place[0]) for place in np.nonzero(~good))
        value = columns[row, column]
        raise KloutError(
            f"behaviours: {names[column]} of row {row} is {value}; expected a finite number"
        )
    return matrix
