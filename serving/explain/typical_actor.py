"""What new people would be like, and what they would react to: as those of today do."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from features.catalogue.figures import MICRO
from features.signals.owners import account_key
from features.signals.standing import DOUBLING
from serving.explain.person_fold import standing_on
from serving.explain.person_tiles import Ints, Keys
from serving.explain.received import keys_of
from serving.explain.requests import ReactorKind
from serving.explain.scenario_inputs import ScenarioInputs

LATEST = 10
"""Contents to which new people react in turn, newest first."""


def typical_actor(life: ScenarioInputs, reaction: str) -> ReactorKind:
    """Say what those are like who react in one way, or in any if nobody does in this."""
    rows = life.rows
    alike = rows.is_received & (rows.reaction == _place(life, reaction))
    which = alike if alike.any() else rows.is_received
    if not which.any():
        return ReactorKind()
    who, actor = np.unique(rows.actor, return_inverse=True)
    made = (actor * len(life.days) + rows.day) * len(life.records.network.reactions) + rows.reaction
    theirs, counts = np.unique(made[np.isin(made, made[which])], return_counts=True)
    busy = pl.Series([pl.Series(counts).cast(pl.Float64).median()], dtype=pl.Float64).round()
    actors = np.unique(theirs // (len(life.days) * len(life.records.network.reactions)))
    return ReactorKind(_score(life, who, actors), int(busy[0]))


def _place(life: ScenarioInputs, reaction: str) -> int:
    return [each.name for each in life.records.network.reactions].index(reaction)


def _score(life: ScenarioInputs, who: Keys, actors: Ints) -> float | None:
    """Say what score has the standing that half of some actors have at least; None: not known."""
    standing = life.standing(networks=True, actors=True)
    latest = standing_on(standing, who, actors, np.full(len(actors), life.days.stop))
    if latest is None:
        return None
    return round(DOUBLING * math.log2(float(np.median(latest)) / MICRO), 1)


def contents_of(life: ScenarioInputs, reaction: str) -> list[str]:
    """Name the contents to which new people react: none, if those of today react to none."""
    rows = life.rows
    account = keys_of([life.account]).to_numpy()[0]
    alike = (rows.target == account) & (rows.reaction == _place(life, reaction))
    if np.count_nonzero(alike & ~rows.has_content) * 2 > np.count_nonzero(alike):
        return []
    return newest_of(life)


def newest_of(life: ScenarioInputs) -> list[str]:
    """Name the contents of the account to which new people react, newest first."""
    return life.posts[:LATEST]


def silent(life: ScenarioInputs) -> pl.DataFrame:
    """List what the person published: ``kind``, ``at``, and ``place``, the newest silent one 0.

    ``place`` is null of what drew something.
    """
    r = life.records
    rows = r.contents.lazy()
    if life.counting(networks=True) != list(r.accounts):
        rows = rows.filter(pl.col("author").is_in(life.counting(networks=True)))
    drew = r.interactions.lazy().select("content", "target").drop_nulls().unique()
    by = [account_key("content"), account_key("author")]
    quiet = rows.join(drew, left_on=by, right_on=["content", "target"], how="anti")
    places = quiet.sort("at", "author", "content", descending=True).with_row_index("place")
    keys = ["author", "content"]
    told = rows.join(places.select(*keys, "place"), on=keys, how="left")
    return told.select("kind", "at", "place").collect()
