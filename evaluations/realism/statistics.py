"""What logs of people have in common and made-up worlds may lack: each a number, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluations.real.ranks import Ranked, pairs_right
from evaluations.realism.activity import Activity

Vector = NDArray[np.float64]

TAIL, FEWEST = 0.05, 20
"""The tail is the top 5%, if that is at least so many people."""

OFTEN = 5
"""Reactions from which on the times between a person's can be looked at."""

FAMOUS = 10
"""Reactors from which on a person's fame can be of one day."""

FEW_DAYS = 3
"""A log of fewer tells nothing of days: one that spans midnight is of a day still."""

DAYS = 30
"""Last days that ranks are compared from day to day on."""


@dataclass(frozen=True)
class Statistic:
    """A figure of a log.

    Attributes
    ----------
    name, meaning
        As printed, and in a sentence.
    of
        Computes it; NaN where the log has nothing to tell of it.
    """

    name: str
    meaning: str
    of: Callable[[Activity], float]


def _one_reaction(log: Activity) -> float:
    return _share(log.received["count"] == 1)


def _one_reactor(log: Activity) -> float:
    return _share(log.received["reactors"] == 1)


def _reactors_per_reaction(log: Activity) -> float:
    return len(log.pairs) / max(1, len(log.reactions))


def _tail_received(log: Activity) -> float:
    return hill(log.received["reactors"].to_numpy())


def _tail_given(log: Activity) -> float:
    return hill(log.reactions.group_by("actor").len()["len"].to_numpy())


def _top_share(log: Activity) -> float:
    counts = np.sort(log.received["count"].to_numpy())[::-1]
    return float(counts[: max(1, len(counts) // 100)].sum() / max(1, counts.sum()))


def _reciprocity(log: Activity) -> float:
    back = log.pairs.select(actor="target", target="actor")
    return len(log.pairs.join(back, on=["actor", "target"])) / max(1, len(log.pairs))


def _receivers_who_act(log: Activity) -> float:
    actors = log.pairs.select(target="actor").unique()
    return len(log.received.join(actors, on="target", how="semi")) / max(1, len(log.received))


def _busiest_day(log: Activity) -> float:
    days = log.reactions.group_by("day").len()["len"]
    return _nan() if len(days) < FEW_DAYS else float(days.to_numpy().max() / len(log.reactions))


def _burstiness(log: Activity) -> float:
    gaps = log.reactions.sort("target", "at").select(
        "target", gap=pl.col("at").diff().over("target").dt.total_seconds().cast(pl.Float64)
    )
    often = (
        gaps.drop_nulls()
        .group_by("target")
        .agg(mean=pl.col("gap").mean(), spread=pl.col("gap").std(), times=pl.len())
    )
    often = often.filter(pl.col("times") >= OFTEN, pl.col("mean") + pl.col("spread") > 0)
    spread, mean = pl.col("spread"), pl.col("mean")
    return _number(often.select(((spread - mean) / (spread + mean)).median()))


def _persistence(log: Activity) -> float:
    """Compare a day's reactors with the next day's, over all who had any on the first."""
    by_day = log.reactions.group_by("target", "day").agg(today=pl.col("actor").n_unique())
    days = by_day["day"].unique().sort()
    if len(days) < FEW_DAYS:
        return _nan()
    first = by_day.filter(pl.col("day").is_in(days[-1 - DAYS : -1].implode()))
    after = by_day.select("target", pl.col("day").dt.offset_by("-1d"), tomorrow="today")
    both = first.join(after, on=["target", "day"], how="left").fill_null(0)
    ranked = both.with_columns(pl.col("today", "tomorrow").rank().over("day"))
    rhos = ranked.group_by("day").agg(rho=pl.corr("today", "tomorrow"), people=pl.len())
    enough = rhos.filter(pl.col("people") >= FEWEST, pl.col("rho").is_finite())
    return _number(enough.select(pl.col("rho").mean()))


def _past_and_future(log: Activity) -> float:
    return _rho(log, "reactors")


def _nothing_next(log: Activity) -> float:
    return _share(log.halves["next"] == 0)


def _contents_and_reactors(log: Activity) -> float:
    """Compare contents published with reactors, over receivers of whom there are any."""
    if log.contents.is_empty():
        return _nan()
    published = log.contents.group_by(target="author").agg(published=pl.len())
    both = log.received.join(published, on="target", how="left").fill_null(0)
    return Ranked(_vector(both["reactors"])).rho(_vector(both["published"]))


def _one_day_fame(log: Activity) -> float:
    """Share of people with ten reactors or more who drew half of their reactions in one day."""
    if log.reactions["day"].n_unique() < FEW_DAYS:
        return _nan()
    famous = log.received.filter(pl.col("reactors") >= FAMOUS)
    by_day = (
        log.reactions.group_by("target", "day").len().group_by("target").agg(pl.col("len").max())
    )
    both = famous.join(by_day, on="target")
    return _share(both["len"] * 2 >= both["count"])


def _by_count(log: Activity) -> float:
    return among_equals(log, log.halves["count"])


def _by_attention(log: Activity) -> float:
    return among_equals(log, log.halves["attention"])


def _by_recency(log: Activity) -> float:
    return among_equals(log, log.halves["last"].dt.timestamp("us"))


def among_equals(log: Activity, figure: pl.Series) -> float:
    """Share of pairs of equal reactors so far that a figure orders as what came next."""
    table = log.halves.select("reactors", "next").with_columns(figure.alias("figure"))
    right = pairs = 0.0
    for (_,), group in table.group_by("reactors"):
        came = _vector(group["next"])
        sizes = np.unique(came, return_counts=True)[1].astype(np.float64)
        differing = (sizes.sum() ** 2 - (sizes**2).sum()) / 2
        if differing:
            right += differing * pairs_right(came, _vector(group["figure"]))
            pairs += differing
    return right / pairs if pairs else _nan()


def hill(values: NDArray[np.int64]) -> float:
    """Estimate the exponent of a power law's density from its tail, as Hill (1975).

    ½ less than the least value of the tail stands for it, as values are whole (Clauset, Shalizi and
    Newman, Power-law distributions in empirical data, 2009).
    """
    ordered = np.sort(values)[::-1]
    size = max(FEWEST, int(TAIL * len(ordered)))
    if len(ordered) < size or ordered[size - 1] == ordered[0]:
        return _nan()
    tail = ordered[ordered >= ordered[size - 1]]
    return float(1 + len(tail) / np.log(tail / (tail[-1] - 0.5)).sum())


STATISTICS = (
    Statistic("one reaction", "receivers with one reaction", _one_reaction),
    Statistic("one reactor", "receivers with one reactor", _one_reactor),
    Statistic("reactors per reaction", "distinct pairs per reaction", _reactors_per_reaction),
    Statistic("tail, received", "exponent of reactors per receiver", _tail_received),
    Statistic("tail, given", "exponent of reactions per actor", _tail_given),
    Statistic("top 1%", "share of reactions that the top hundredth receives", _top_share),
    Statistic("reciprocity", "pairs of whom the other reacts as well", _reciprocity),
    Statistic("receivers who act", "receivers who react to somebody", _receivers_who_act),
    Statistic("busiest day", "share of reactions on the busiest day", _busiest_day),
    Statistic("burstiness", "of times between a person's reactions: 0 by chance", _burstiness),
    Statistic("one-day fame", "famous people, half of it in one day", _one_day_fame),
    Statistic("day to day", "rank correlation of reactors with the next day's", _persistence),
    Statistic(
        "past and future", "rank correlation with the next half's reactors", _past_and_future
    ),
    Statistic("nothing next", "receivers of the first half with none in the next", _nothing_next),
    Statistic("contents", "rank correlation of contents with reactors", _contents_and_reactors),
    Statistic("equals by count", "pairs right of equal reactors", _by_count),
    Statistic("equals by attention", "pairs right of equal reactors", _by_attention),
    Statistic("equals by recency", "pairs right of equal reactors", _by_recency),
)


def _rho(log: Activity, figure: str) -> float:
    return Ranked(_vector(log.halves["next"])).rho(_vector(log.halves[figure]))


def _vector(values: pl.Series) -> Vector:
    return values.cast(pl.Float64).to_numpy()


def _share(which: pl.Series) -> float:
    return _nan() if which.is_empty() else float(which.sum() / len(which))


def _number(one: pl.DataFrame) -> float:
    value = one.item()
    return _nan() if value is None else float(value)


def _nan() -> float:
    return float("nan")
