"""The day's report: who is doubted, of what, whom it costs, and what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.figures import QUARTERS
from features.catalogue.network import Network
from features.lake import Lake
from features.lake.contracts import STEPS
from features.signals.authenticity import ACCOUNT, checked, overrides_in_force, steps_in_force
from features.signals.owners import Owners, claims
from training.integrity.behaviours.measure import seen
from training.integrity.report.attack_names import attack
from training.integrity.report.ring import DOUBTED, rings

MOST_DISCOUNTS = 20
MOST_CHANGES = 50
MOST_RINGS = 6
"""What one reads in a sitting; the counts beside the lists are of all."""


def report(
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    given: pl.DataFrame | None = None,
    on_network: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Sum up what is known of the accounts' authenticity.

    Parameters
    ----------
    lake
        What happened, and what was said of the accounts.
    as_of
        The date of the run.
    catalogue
        Its networks with reactions are looked at.
    given
        ``network``, ``account``, ``authenticity`` and perhaps ``as_of`` and ``reasons``, instead
        of the lake's history; the lake's overrides stand above both.
    on_network
        Called with 1 for each network, for a progress bar.

    Returns
    -------
    dict
        Of JSON's types:

        - ``as_of``;
        - ``accounts``: per network, those ``seen`` in the 90 days, and how many on each of
          ``steps``;
        - ``attacks``: of those seen and believed less than wholly, how many ``accounts``, and on
          which ``networks``, the first reason points to what;
        - ``discounts``: the persons who lose most reactions by their actors' authenticity:
          ``received``, ``counted``, and the ``share`` lost;
        - ``changes``: the ``accounts`` whose step is another than the day before; ``moves``, how
          many from which step to which; ``largest``, the accounts themselves, those falling
          deepest first;
        - ``overrides`` in force;
        - ``rings``: see `training.integrity.report.ring.Ring`.

    Raises
    ------
    KloutError
        If a column is missing in what is given, or a value is none of the five.
    """
    rows = None if given is None else checked(given, as_of)
    steps = steps_in_force(lake, as_of, rows)
    claimed, active, received, found = claims(lake, as_of), [], [], []
    networks = [network for network in catalogue.networks if network.reactions]
    for network in networks:
        mine = steps.filter(pl.col("network") == network.name).drop("network")
        owners = Owners.of(network, claimed)
        active.append(_seen(lake, as_of, network, mine))
        received.append(_received(lake, as_of, owners, mine))
        found += rings(lake, as_of, owners, mine.filter(pl.col("authenticity") < DOUBTED))
        on_network(1)
    accounts = pl.concat(active)
    largest = sorted(found, key=lambda ring: (-ring.accounts, ring.network))[:MOST_RINGS]
    return {
        "as_of": as_of.isoformat(),
        "accounts": [_counts(accounts, network.name) for network in networks],
        "attacks": _attacks(accounts),
        "discounts": _discounts(pl.concat(received)),
        "changes": _changes(steps_in_force(lake, as_of - timedelta(1), rows), steps),
        "overrides": overrides_in_force(lake, as_of).cast({"decided_at": pl.String}).to_dicts(),
        "rings": [ring.as_dict() for ring in largest],
    }


def _seen(lake: Lake, as_of: date, network: Network, steps: pl.DataFrame) -> pl.DataFrame:
    """Name who gave, received or published in the 90 days, with what is said of each."""
    return (
        seen(lake, as_of, network)
        .join(steps.lazy(), on="account", how="left")
        .with_columns(pl.col("authenticity").fill_null(1.0), network=pl.lit(network.name))
        .collect(engine="streaming")
    )


def _counts(accounts: pl.DataFrame, network: str) -> dict[str, Any]:
    mine = accounts.filter(pl.col("network") == network)["authenticity"]
    steps = {f"{step:g}": int((mine == step).sum()) for step in STEPS}
    return {"network": network, "seen": len(mine), "steps": steps}


def _attacks(accounts: pl.DataFrame) -> list[dict[str, Any]]:
    below = accounts.filter(pl.col("authenticity") < 1).with_columns(attack=attack())
    counted = below.group_by("attack", "network").len("accounts").sort("attack", "network")
    told = [
        {
            "attack": words,
            "accounts": int(rows["accounts"].sum()),
            "networks": dict(rows.select("network", "accounts").iter_rows()),
        }
        for (words,), rows in counted.group_by("attack", maintain_order=True)
    ]
    return sorted(told, key=lambda row: (-row["accounts"], row["attack"]))


def _received(lake: Lake, as_of: date, owners: Owners, steps: pl.DataFrame) -> pl.DataFrame:
    """Count what persons received: ``person``, ``received`` and ``quarters`` counted (i64).

    As the signal ``any.count.90d``: each interaction is worth its actor's authenticity, and those
    between accounts of one person nothing.
    """
    window = ([owners.network.name], as_of - timedelta(HORIZON), as_of)
    given = lake.scan("interactions", *window).group_by("actor", "target").agg(given=pl.len())
    giver = owners.claimed.drop_nulls("person").select(actor="account", giver="person").lazy()
    worth = steps.lazy().select(
        actor="account", quarters=(pl.col("authenticity") * QUARTERS).cast(pl.Int64)
    )
    others = owners.with_person(given.filter(pl.col("actor") != pl.col("target")), "target")
    return (
        others.join(giver, on="actor", how="left")
        .filter((pl.col("giver") != pl.col("person")).fill_null(value=True))
        .join(worth, on="actor", how="left")
        .with_columns(pl.col("given").cast(pl.Int64), pl.col("quarters").fill_null(QUARTERS))
        .group_by("person")
        .agg(received=pl.col("given").sum(), quarters=pl.col("given").dot("quarters"))
        .collect(engine="streaming")
    )


def _discounts(received: pl.DataFrame) -> list[dict[str, Any]]:
    counted = pl.col("quarters") / QUARTERS
    return (
        received.group_by("person")
        .sum()
        .select("person", "received", counted=counted, share=1 - counted / pl.col("received"))
        .filter(pl.col("share") > 0)
        .sort(pl.col("counted") - pl.col("received"), "person")
        .head(MOST_DISCOUNTS)
        .to_dicts()
    )


def _changes(before: pl.DataFrame, now: pl.DataFrame) -> dict[str, Any]:
    """Set the steps in force beside those of the day before; who was never spoken of had 1."""
    was = before.select(*ACCOUNT, was="authenticity")
    both = now.join(was, on=ACCOUNT, how="left").with_columns(pl.col("was").fill_null(1.0))
    changed = both.filter(pl.col("authenticity") != pl.col("was")).select(
        *ACCOUNT, "reasons", **{"from": "was", "to": "authenticity"}
    )
    deepest = changed.sort(pl.col("to") - pl.col("from"), *ACCOUNT).head(MOST_CHANGES)
    moves = changed.group_by("from", "to").len("accounts").sort("from", "to")
    return {
        "accounts": len(changed),
        "moves": moves.to_dicts(),
        "largest": deepest.select(*ACCOUNT, "from", "to", "reasons").to_dicts(),
    }
