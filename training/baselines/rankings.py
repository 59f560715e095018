"""Plain figures that anybody could rank people by."""

from __future__ import annotations

import polars as pl

from features.catalogue import ANY, HORIZON, Catalogue


def followers(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Size of the audience that a person claims: followers, friends and connections, summed."""
    audience = [
        f"{network.name}.{counter.name}"
        for network in catalogue.networks
        for counter in network.counters
        if counter.unit == "accounts"
    ]
    return _summed(signals, audience)


def interactions(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Interactions received in the horizon, over all networks."""
    return _summed(signals, _over_all(catalogue, "count"))


def reactors(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Distinct accounts that reacted in the horizon, summed over networks."""
    return _summed(signals, _over_all(catalogue, "reactors"))


def _over_all(catalogue: Catalogue, measure: str) -> list[str]:
    reacting = [network.name for network in catalogue.networks if network.reactions]
    return [f"{name}.{ANY}.{measure}.{HORIZON}d" for name in reacting]


def _summed(signals: pl.DataFrame, columns: list[str]) -> pl.Series:
    return signals.select(pl.sum_horizontal(columns).alias("baseline"))["baseline"]
