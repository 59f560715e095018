"""What new people would be like, and what they would react to: as those of today do."""

from __future__ import annotations

import math

import polars as pl

from features.catalogue.figures import MICRO
from features.signals.owners import account_key
from features.signals.standing import DOUBLING, standing_by_account
from serving.explain.received import keys_of
from serving.explain.requests import ReactorKind
from serving.explain.scenario_inputs import ScenarioInputs

LATEST = 10
"""Contents to which new people react in turn, newest first."""


def typical_actor(life: ScenarioInputs, reaction: str) -> ReactorKind:
    """Say what those are like who react in one way, or in any if nobody does in this."""
    r = life.records
    rows = r.interactions
    received = rows.filter(pl.col("target").is_in(keys_of([*r.accounts]).implode()))
    alike = received.filter(reaction=reaction)
    theirs = (alike if len(alike) else received).select("actor", "day", "reaction").unique()
    if theirs.is_empty():
        return ReactorKind()
    made = rows.join(theirs, on=["actor", "day", "reaction"], how="semi")
    each = made.group_by("actor", "day", "reaction").agg(busy=pl.len()).select("actor", "busy")
    busy = each.select(pl.col("busy").cast(pl.Float64).median().round()).item()
    return ReactorKind(_score(life, each), int(busy))


def _score(life: ScenarioInputs, actors: pl.DataFrame) -> float | None:
    """Say what score has the standing that half of some actors have at least; None: not known."""
    owners = life.owners(networks=True, actors=True)
    standing = standing_by_account(life.records.standing[True], owners)
    if standing is None:
        return None
    ordered = standing.sort("day") if "day" in standing.columns else standing
    latest = ordered.unique("actor", keep="last", maintain_order=True)
    named = actors.select("actor").unique()
    known = named.join(latest, on="actor", how="left")["standing"].fill_null(MICRO)
    median = known.cast(pl.Float64).median()
    return round(DOUBLING * math.log2(float(str(median)) / MICRO), 1)


def account_of(life: ScenarioInputs) -> str:
    """Name the account to which new people react."""
    mine = life.owners(networks=True, actors=True).persons.filter(person=life.records.person)
    connected = mine["account"].sort().to_list()
    return str((connected or life.accounts(networks=True))[0])


def contents_of(life: ScenarioInputs, reaction: str) -> list[str]:
    """Name the contents to which new people react: none, if those of today react to none."""
    r, account = life.records, account_of(life)
    alike = r.interactions.filter(pl.col("target") == keys_of([account])[0], reaction=reaction)
    if alike["content"].null_count() * 2 > len(alike):
        return []
    return newest_of(life)


def newest_of(life: ScenarioInputs) -> list[str]:
    """Name the contents of the account to which new people react, newest first."""
    mine = life.records.contents.filter(author=account_of(life))
    return mine.sort("at", "content", descending=True)["content"].head(LATEST).to_list()


def silent(life: ScenarioInputs) -> pl.DataFrame:
    """List what the person published: ``kind``, ``at``, and ``place``, the newest silent one 0.

    ``place`` is null of what drew something.
    """
    r = life.records
    rows = life.of_person(r.contents.lazy(), "author", networks=True).collect()
    drew = r.interactions.select("content", "target").drop_nulls().unique()
    by = [account_key("content"), account_key("author")]
    quiet = rows.join(drew, left_on=by, right_on=drew.columns, how="anti")
    places = quiet.sort("at", "author", "content", descending=True).with_row_index("place")
    keys = ["author", "content"]
    return rows.join(places.select(*keys, "place"), on=keys, how="left").select(
        "kind", "at", "place"
    )
