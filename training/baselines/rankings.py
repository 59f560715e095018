"""Plain figures that anybody could rank people by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import polars as pl

from features.catalogue.catalogue import ANY, HORIZON, Catalogue

DAYS_SHARE = 0.5
"""Of the logarithm of days in `log_linear`, beside that of reactors."""


def followers(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Size of the audience that a person claims: followers, friends and connections, summed.

    Counters of accounts that are not `up` are left out: whom a person follows is no audience.
    Indegree influence (Cha, Haddadi, Benevenuto and Gummadi, Measuring user influence in Twitter:
    the million follower fallacy, ICWSM 2010).
    """
    return _summed(signals, _counters(catalogue, "accounts"))


def listed(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """How many lists others put a person on, summed over networks.

    Lists are the crowd's word on who is who (Sharma, Ghosh, Benevenuto, Ganguly and Gummadi,
    Inferring who-is-who in the Twitter social network, WOSN 2012).
    """
    return _summed(signals, _counters(catalogue, "lists"))


def interactions(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Interactions received in the horizon, over all networks.

    Retweet and mention influence (Cha and others, 2010), for all kinds of reactions together.
    """
    return _summed(signals, _over_all(catalogue, "count"))


def reactors(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Distinct accounts that reacted in the horizon, summed over networks.

    Each person once, however often it reacts: reach, where `interactions` is volume.
    """
    return _summed(signals, _over_all(catalogue, "reactors"))


def log_linear(signals: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """ln(1 + reactors) + ½ ln(1 + days) in the horizon, summed over networks.

    How many people, and how steadily: a formula that anybody can write down and that needs no
    judgements. Of plain figures it followed best, on real logs, who draws more people next.
    """
    parts = [
        pl.col(f"{name}.{ANY}.{measure}.{HORIZON}d").log1p() * share
        for measure, share in (("reactors", 1.0), ("days", DAYS_SHARE))
        for name in _reacting(catalogue)
    ]
    return _summed(signals, parts)


def _counters(catalogue: Catalogue, unit: str) -> list[str]:
    return [
        f"{network.name}.{counter.name}"
        for network in catalogue.networks
        for counter in network.counters
        if counter.unit == unit and counter.sign == "up"
    ]


def _over_all(catalogue: Catalogue, measure: str) -> list[str]:
    return [f"{name}.{ANY}.{measure}.{HORIZON}d" for name in _reacting(catalogue)]


def _reacting(catalogue: Catalogue) -> list[str]:
    return [network.name for network in catalogue.networks if network.reactions]


def _summed(signals: pl.DataFrame, columns: Sequence[str | pl.Expr]) -> pl.Series:
    """Sum some signals of each person; 0 for all where the catalogue has none of them.

    From left to right: `pl.sum_horizontal` adds in an order of its own, which logarithms tell.
    """
    terms = (pl.col(each) if isinstance(each, str) else each for each in columns)
    total = reduce(add, terms, pl.repeat(0.0, pl.len()))
    return signals.select(total.alias("baseline"))["baseline"]
