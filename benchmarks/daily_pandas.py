"""The main signals in pandas, as one writes them down: a grouping for each window.

For each reaction and window ``count``, ``reactors``, ``attention`` and ``days``; no standing, no
contents, no counters, nobody doubted.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS, Catalogue
from features.catalogue.declaration import Network
from features.lake import Lake
from features.lake.times import midnight

MICRO = 1_000_000


def by_pandas(lake: Lake, as_of: date, catalogue: Catalogue, out: Path) -> None:
    """Write the signals to a Parquet file: ``person``, then a column (f64) for each."""
    claims = _claims(lake, as_of)
    tables = []
    for network in catalogue.networks:
        rows = _interactions(lake, as_of, network)
        if len(rows):
            tables.append(_signals(rows, claims[claims["network"] == network.name], network))
    table = pd.concat(tables, axis=1).fillna(0.0).astype("float64")
    table.rename_axis("person").reset_index().to_parquet(out)


def _claims(lake: Lake, as_of: date) -> pd.DataFrame:
    """Say who owns an account, if it is ``active``: the last to connect."""
    paths = [lake.root / file.path for file in lake.files("identities")]
    rows = pd.concat([pd.read_parquet(path, partitioning=None) for path in paths])
    now = pd.Timestamp(midnight(as_of))
    rows = rows[rows["connected_at"] < now]
    ends = rows["disconnected_at"]
    rows = rows.assign(active=ends.isna() | (ends >= now))
    order = ["active", "connected_at", "person"]
    return rows.sort_values(order, ascending=[False, False, True]).drop_duplicates(
        ["network", "account"]
    )


def _interactions(lake: Lake, as_of: date, network: Network) -> pd.DataFrame:
    files = lake.files("interactions", [network.name], as_of - timedelta(HORIZON), as_of)
    columns = ["actor", "target", "reaction", "at"]
    frames = [
        pd.read_parquet(lake.root / file.path, columns=columns, partitioning=None) for file in files
    ]
    if not frames:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(frames, ignore_index=True)
    end = pd.Timestamp(midnight(as_of))
    rows["age"] = ((end - rows.pop("at").dt.floor("D")) // pd.Timedelta(days=1)).astype("int16")
    return rows.astype({"actor": "category", "target": "category", "reaction": "category"})


def _signals(rows: pd.DataFrame, claims: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Give the signals of one network, by person."""
    events = _without_own(rows, claims, network)
    pairs = pd.concat([_pairs(events), _pairs(events.assign(reaction=ANY))])
    tables = []
    for window in WINDOWS:
        table = _window(pairs[pairs["age"] <= window]).unstack("reaction")
        table.columns = [f"{network.name}.{kind}.{what}.{window}d" for what, kind in table.columns]
        tables.append(table)
    return pd.concat(tables, axis=1)


def _without_own(rows: pd.DataFrame, claims: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Leave out what people do to themselves; ``person`` is null for who receives nothing."""
    active = claims[claims["active"]]
    owner = dict(zip(active["account"], active["person"], strict=True))
    silent = set(claims.loc[~claims["active"], "account"])
    if network.personal_only:
        silent |= set(active.loc[active["kind"] == "page", "account"])

    def owners(column: str) -> pd.Series:
        accounts = rows[column].cat.categories
        named = [owner.get(account, f"{network.name}:{account}") for account in accounts]
        return pd.Series(pd.Index(named).take(rows[column].cat.codes), rows.index)

    to, of = owners("target"), owners("actor")
    received = ~rows["target"].isin(silent)
    events = rows.assign(person=to.where(received).astype("category"))
    return events[to != of].drop(columns="target")


def _pairs(events: pd.DataFrame) -> pd.DataFrame:
    """Count by person, actor, day and reaction, and say how much attention each count is."""
    made = events.groupby(["actor", "age", "reaction"], observed=True).size().rename("made")
    keys = ["person", "actor", "age", "reaction"]
    pairs = events.groupby(keys, observed=True).size().rename("count").reset_index()
    pairs = pairs.merge(made.reset_index(), on=["actor", "age", "reaction"])
    pairs["attention"] = pairs["count"] * MICRO // pairs.pop("made")
    return pairs.astype({"reaction": "object"})


def _window(pairs: pd.DataFrame) -> pd.DataFrame:
    groups = pairs.groupby(["person", "reaction"], observed=True)
    return pd.DataFrame(
        {
            "count": groups["count"].sum(),
            "reactors": groups["actor"].nunique(),
            "attention": groups["attention"].sum() / MICRO,
            "days": groups["age"].nunique(),
        }
    )
