"""Attacks on a score, each with what it takes, as rows of the lake; and the honest control.

An attack is on one person. Times are random to the second, after what is reacted to and before the
midnight of ``as_of``, so that nothing is of the future. The figures are of a plausible shop, not
measured ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from features.lake.contracts import TABLES, TIME
from features.lake.times import midnight

Rows = dict[str, pl.DataFrame]
"""Rows to add to the lake, by table, with the columns of its contract."""

DAYS = 30
"""How long an attack goes on, unless it is over in a day."""
SECOND = 1_000_000
HOUR = 3_600 * SECOND
FARM_HOURS = 6
"""A farm likes a content within so many hours."""
FARM_DAILY = 10
"""Contents of the victim that a farm likes in a day, at most."""
POD_HOURS = 24
"""Members of a pod look in once a day."""
POD_DAILY = 3
"""Contents of a member that the others like in a day, at most."""
HANDFUL = 5
"""Contents among which a burst is divided, at most."""
TRAIN_EACH = 3
"""Likes that each of a follow-back train gives the victim, and gets back, in `DAYS` days."""


@dataclass(frozen=True)
class Victim:
    """Who is attacked, and where.

    Attributes
    ----------
    person, network, account
        The person, and its account where it is attacked.
    like
        The network's reaction that costs nothing.
    contents
        ``author``, ``content``, ``kind``, ``at`` of what the account published in the last `DAYS`
        days, by time; at least one.
    audience
        ``network``, ``account``, ``counter``, ``value``: the latest of all its accounts' counters
        of followers.
    as_of
        Nothing happens at or after its midnight.
    """

    person: str
    network: str
    account: str
    like: str
    contents: pl.DataFrame
    audience: pl.DataFrame
    as_of: date


def bought_followers(victim: Victim, number: int = 1000) -> Rows:
    """Let the most followed account read so many more followers on the last day; nobody reacts."""
    most = victim.audience.sort("value", "network", descending=[True, False]).head(1)
    return {"counters": _reading(victim, most, number)}


def hundred_bots(victim: Victim, rng: np.random.Generator, bots: int = 100) -> Rows:
    """Let new accounts like whatever the victim publishes, for `DAYS` days, within hours."""
    liked = _at_most_daily(victim.contents, FARM_DAILY)
    deeds = _named("bot", victim, bots).join(liked, how="cross")
    return {"interactions": _likes(victim, deeds, rng, FARM_HOURS)}


def thousand_once(victim: Victim, rng: np.random.Generator, accounts: int = 1000) -> Rows:
    """Let accounts that were never seen like once: all within a day, all on a few contents."""
    start = _epoch(victim.as_of) - 24 * HOUR
    there = victim.contents.filter(pl.col("at").dt.epoch("us") < start)
    few = there.tail(HANDFUL) if len(there) else victim.contents.head(1)
    which = few[rng.integers(0, len(few), accounts)]
    deeds = _named("throwaway", victim, accounts).hstack(which)
    # All of the last day: the delay is drawn from its first hour on, not from the content.
    opened = pl.max_horizontal(pl.col("at"), pl.lit(start).cast(TIME))
    return {"interactions": _likes(victim, deeds.with_columns(at=opened), rng, 24)}


def pod(victim: Victim, contents: pl.DataFrame, rng: np.random.Generator) -> Rows:
    """Let real accounts, the victim among them, like one another's contents day by day.

    Parameters
    ----------
    contents
        ``author``, ``content``, ``at`` of what the others published in the last `DAYS` days.
    """
    columns = ["author", "content", "at"]
    everything = pl.concat([victim.contents.select(columns), contents.select(columns)])
    liked = _at_most_daily(everything, POD_DAILY)
    members = liked.select(actor="author").unique(maintain_order=True)
    deeds = members.join(liked, how="cross").filter(pl.col("actor") != pl.col("author"))
    return {"interactions": _likes(victim, deeds, rng, POD_HOURS)}


def train(victim: Victim, rng: np.random.Generator, size: int = 500) -> Rows:
    """Let so many new accounts follow, publish and like the victim, who likes them as often."""
    there = _named("train", victim, size).join(
        pl.DataFrame({"number": range(TRAIN_EACH)}), how="cross"
    )
    age = rng.integers(1, DAYS * 24 * HOUR, len(there))
    kind = pl.lit(victim.contents["kind"][0])
    posts = there.select(
        author="actor",
        content=pl.format("{} {}", "actor", "number"),
        kind=kind,
        at=pl.Series(_epoch(victim.as_of) - age).cast(TIME),
    )
    back = posts.select("author", "content", "at", actor=pl.lit(victim.account))
    liked = victim.contents[rng.integers(0, len(victim.contents), len(there))]
    deeds = there.select("actor").hstack(liked).unique(["actor", "content"], maintain_order=True)
    mine = victim.audience.filter(
        pl.col("network") == victim.network, pl.col("account") == victim.account
    )
    both = [_likes(victim, each, rng, FARM_HOURS) for each in (deeds, back)]
    return {
        "interactions": pl.concat(both),
        "contents": _rows("contents", posts.with_columns(network=pl.lit(victim.network))),
        "counters": _reading(victim, mine, size),
    }


def honest(victim: Victim, number: int, habits: pl.DataFrame, rng: np.random.Generator) -> Rows:
    """Let people who react anyway react to the victim's contents, so often in all.

    Parameters
    ----------
    habits
        ``actor``, ``reaction`` and ``delay`` since the content, of what people of the network do:
        who reacts more is drawn more.
    """
    drawn = 4 * number  # some pairs come twice, and some delays end after `as_of`
    deeds = habits[rng.integers(0, len(habits), drawn)].hstack(
        victim.contents[rng.integers(0, len(victim.contents), drawn)]
    )
    late = deeds.with_columns(at=pl.col("at") + pl.col("delay"))
    kept = (
        late.filter(pl.col("at") < midnight(victim.as_of))
        .unique(["actor", "content"], keep="first", maintain_order=True)
        .head(number)
    )
    return {"interactions": _deeds(victim, kept)}


_SPAN = pl.Duration("us")


def _epoch(day: date) -> int:
    return int(midnight(day).timestamp()) * SECOND


def _named(kind: str, victim: Victim, number: int) -> pl.DataFrame:
    """Name accounts that are new to the world."""
    names = [f"{kind}.{victim.person}.{each:04d}" for each in range(number)]
    return pl.DataFrame({"actor": names})


def _at_most_daily(contents: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep an author's first contents of each day."""
    ordered = contents.sort("at", "content")
    return ordered.filter(pl.int_range(pl.len()).over("author", pl.col("at").dt.date()) < most)


def _likes(
    victim: Victim, deeds: pl.DataFrame, rng: np.random.Generator, hours: int
) -> pl.DataFrame:
    """Let each ``actor`` like a ``content`` of its ``author`` within hours of ``at``, evenly."""
    left = _epoch(victim.as_of) - pl.col("at").dt.epoch("us")
    room = pl.min_horizontal(left, pl.lit(hours * HOUR))
    part = pl.Series(rng.random(len(deeds)))
    later = (room * part).floor().cast(pl.Int64).cast(_SPAN)
    return _deeds(victim, deeds.with_columns(reaction=pl.lit(victim.like), at=pl.col("at") + later))


def _deeds(victim: Victim, deeds: pl.DataFrame) -> pl.DataFrame:
    named = deeds.with_columns(
        network=pl.lit(victim.network),
        target="author",
        id=pl.lit(None, pl.String),
    )
    return _rows("interactions", named)


def _reading(victim: Victim, latest: pl.DataFrame, more: int) -> pl.DataFrame:
    """Read counters a second before midnight, so much above the latest."""
    last = midnight(victim.as_of) - timedelta(seconds=1)
    return _rows(
        "counters", latest.with_columns(pl.col("value") + more, at=pl.lit(last, dtype=TIME))
    )


def _rows(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    columns = TABLES[table].columns
    return frame.select(pl.col(name).cast(dtype) for name, dtype in columns.items())
