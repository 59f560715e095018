"""Reactions that were counted and not named: what a tally says beside the interactions.

A tally says how many reactions of a kind a content, or a whole account, has had so far. Of a
content *c*, a reaction *r* and a window

- ``counted`` is what its tally grew by in the window. What it grew by from one reading to the next
  was received in between, evenly, a day at a time, rounded down; a first reading was received on
  its day. A tally may also fall.
- ``named`` are its interactions of kind *r* in the window, of actors believed by half.
- ``cell = min(max(counted, named), named + plausible)``: names where they are there, the tally for
  the rest, and of the rest no more than is plausible.

``tallied`` is the sum of the cells, or what tallies of the account as a whole say, if that is more.
``tallied_peak`` is the largest cell. `any` sums the reactions. Contents without a tally have no
cells: people of whom nothing is tallied have 0.

**Plausible** is what growth makes so, as for audiences (`features.signals.audience`), since nobody
can be asked: of what tallies of an account, by reaction, grew to in the horizon, by the end of the
days d_1 .. d_k on which they grew, c_1 .. c_k, with c_0 = 0 on the day before d_1::

    p_0 = 0,    p_i = min(c_i, (p_{i-1} + SEED) GROWTH ** (d_i - d_{i-1}) - SEED)

which is a minimum over all days, each grown to the last, so no loop is needed.

**Monotone.** One more interaction raises ``named`` and nothing else, so no cell falls. One more
reaction counted, in all readings from its day on, raises one ``counted`` and each c_i from then on,
hence ``plausible``. Neither lowers `reached`.
"""

from __future__ import annotations

import polars as pl

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.catalogue.declaration import Network
from features.catalogue.measures import TALLIED, TALLIED_PEAK
from features.lake.contracts import TIME
from features.signals.owners import Owners, account_key

GROWTH = 1.1
"""In a day: what tallies grew to doubles in 7 days."""

SEED = 10_000.0
"""Stands for those who may come from elsewhere: a tenth of it, 1,000, is believed of a first day,
and so of an export that somebody has only one of."""

UNNAMED = 0.25
"""What a reaction that nobody's name is known of counts beside a distinct person: as much as one of
an actor who is hardly believed."""

MOST = 10**15
"""Of a tally; more is no count."""

READINGS = {
    "account": pl.String(),
    "content": pl.String(),
    "reaction": pl.String(),
    "at": TIME,
    "value": pl.Float64(),
}
_TALLY = ["account", "content", "reaction"]
_CELL = ["receiver", "content"]
_FACTORS = pl.Series([GROWTH**days for days in range(HORIZON + 2)])


def reached(reactors: pl.Expr, tallied: pl.Expr) -> pl.Expr:
    """Count distinct people, and a part of the reactions beyond them that were only counted.

    As many reactions with names are worth more: each is at most one more distinct person. It grows
    with both, since `UNNAMED` is below 1; it never is `reactors` alone where named reactions of the
    same people repeat, since an unnamed one that gets a known name may not lower it.
    """
    return reactors + UNNAMED * (tallied - reactors).clip(lower_bound=0)


def last_of_days(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the last reading of each tally and day; of the same instant, the largest: `READINGS`."""
    last = [pl.col("at").max(), pl.col("value").sort_by("at", "value").last()]
    by_day = rows.group_by(*_TALLY, day=pl.col("at").dt.date()).agg(last)
    return by_day.select(*READINGS)


def needed(rows: pl.LazyFrame, start: int) -> pl.DataFrame:
    """Drop what says nothing of the days from `start` on (since 1970), or of any after it.

    Parameters
    ----------
    rows
        Readings, `READINGS`, of which several may be of one day.

    Returns
    -------
    DataFrame
        The last readings of days, as of `last_of_days`: of days before `start` only the latest.
    """
    days = last_of_days(rows).with_columns(before=_day() < start)
    latest = pl.col("at").max().over(*_TALLY, "before")
    return days.filter(~pl.col("before") | (pl.col("at") == latest)).select(*READINGS).collect()


def of_receivers(readings: pl.LazyFrame, owners: Owners) -> pl.DataFrame:
    """Say whose tallies are: ``receiver`` (u64), as in tiles, and ``person``.

    Beside ``reaction``, ``content`` (u64, as in tiles; null: of the whole account), ``account``
    (u64) and its ``name``, ``day`` (since 1970) and ``value`` (i64). What belongs to nobody is
    dropped.
    """
    keyed = owners.with_person(readings, "account").with_columns(key=account_key("account"))
    return (
        keyed.join(owners.merged.lazy(), on="key", how="left")
        .select(
            "person",
            "reaction",
            receiver=pl.coalesce("one", "key"),
            account="key",
            name="account",
            content=account_key("content") ^ account_key("account"),
            day=_day(),
            value=pl.col("value").clip(upper_bound=MOST).cast(pl.Int64),
        )
        .collect()
    )


def tallied_figures(
    tallies: pl.DataFrame, contents: pl.LazyFrame | None, end: int, network: Network
) -> pl.DataFrame:
    """Read all windows that end at a day.

    Parameters
    ----------
    tallies
        From `of_receivers`; all of `needed` before the day.
    contents
        The tile ``contents`` of `features.signals.tiles`, of the horizon; None: there is nothing.
    end
        The end of every window, exclusive, in days since 1970.

    Returns
    -------
    DataFrame
        ``receiver`` and, for each reaction that is tallied and `any`, ``REACTION.tallied.WINDOWd``
        and ``REACTION.tallied_peak.WINDOWd`` (i64).
    """
    names = [each.name for each in network.tallies]
    every = cells(tallies, contents, end, network)
    is_whole = pl.col("content").is_null()
    figures = [
        figure
        for name in names
        for w in WINDOWS
        for figure in (
            pl.max_horizontal(
                pl.col(f"{name}.{w}").filter(~is_whole).sum(),
                pl.col(f"{name}.{w}").filter(is_whole).sum(),
            ).alias(TALLIED.column(name, w)),
        )
    ]
    peaks = [
        pl.col(f"{name}.{w}")
        .filter(~is_whole)
        .max()
        .fill_null(0)
        .alias(TALLIED_PEAK.column(name, w))
        for name in (*names, ANY)
        for w in WINDOWS
    ]
    table = every.group_by("receiver").agg(*figures, *peaks)
    sums = [
        pl.sum_horizontal(TALLIED.column(name, w) for name in names).alias(TALLIED.column(ANY, w))
        for w in WINDOWS
    ]
    return table.with_columns(sums).collect()


def cells(
    tallies: pl.DataFrame, contents: pl.LazyFrame | None, end: int, network: Network
) -> pl.LazyFrame:
    """Read the cells of all windows that end at a day.

    Parameters
    ----------
    tallies, contents, end
        As of `tallied_figures`.

    Returns
    -------
    LazyFrame
        ``receiver``, ``content`` (null: the account as a whole) and, for each reaction that is
        tallied and `any`, ``REACTION.WINDOW``.
    """
    names = [each.name for each in network.tallies]
    grown = _grown(tallies.lazy(), end)
    counted = grown.group_by(*_CELL).agg(
        _of(pl.col(f"grown.{w}"), name).sum().clip(lower_bound=0).alias(f"{name}.{w}")
        for name in names
        for w in WINDOWS
    )
    named = _named(counted, contents, end, names)
    bounds = named.join(_plausible(grown, names), on="receiver", how="left")
    bounded = bounds.with_columns(_cell(name, w) for name in names for w in WINDOWS)
    return bounded.with_columns(
        pl.sum_horizontal(f"{name}.{w}" for name in names).alias(f"{ANY}.{w}") for w in WINDOWS
    )


def _day() -> pl.Expr:
    return pl.col("at").dt.epoch("d").cast(pl.Int32)


def _of(values: pl.Expr, reaction: str) -> pl.Expr:
    return values.filter(pl.col("reaction") == reaction)


def _grown(tallies: pl.LazyFrame, end: int) -> pl.LazyFrame:
    """Say by what each tally grew from reading to reading, and how much of it in each window."""
    tally = ["account", "content", "reaction"]
    before = pl.col("day", "value").shift(1).over(tally, order_by="day").name.suffix(".before")
    rows = tallies.with_columns(before).with_columns(
        days=(pl.col("day") - pl.col("day.before")).fill_null(1).cast(pl.Int64),
        grown=pl.col("value") - pl.col("value.before").fill_null(0),
    )
    inside = {
        w: pl.min_horizontal("days", pl.col("day").cast(pl.Int64) - (end - w) + 1) for w in WINDOWS
    }
    return rows.with_columns(
        (pl.col("grown") * days.clip(lower_bound=0) // pl.col("days")).alias(f"grown.{w}")
        for w, days in inside.items()
    )


def _named(
    counted: pl.LazyFrame, contents: pl.LazyFrame | None, end: int, names: list[str]
) -> pl.LazyFrame:
    """Count beside what was counted of each content what is named of it, ``REACTION.named.W``."""
    columns = [f"{name}.named.{w}" for name in names for w in WINDOWS]
    if contents is None:
        return counted.with_columns(pl.lit(0, pl.Int64).alias(column) for column in columns)
    within = (
        contents.join(counted.select(_CELL), on=_CELL, how="semi")
        .group_by(*_CELL)
        .agg(
            pl.col(f"{name}.count")
            .filter(pl.col("day").cast(pl.Int32) >= end - w)
            .cast(pl.Int64)
            .sum()
            .alias(f"{name}.named.{w}")
            for name in names
            for w in WINDOWS
        )
    )
    both = counted.join(within, on=_CELL, how="left")
    return both.with_columns(pl.col(columns).fill_null(0))


def _plausible(grown: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Bound, by ``receiver``, what is believed of each reaction: ``REACTION.plausible``."""
    growth = pl.col(f"grown.{HORIZON}").clip(lower_bound=0).sum()
    by = ["receiver", "reaction"]
    days = grown.group_by(*by, "day").agg(c=growth).filter(pl.col("c") > 0)
    last, first = (pl.col("day").max().over(by), pl.col("day").min().over(by))
    ages = days.with_columns(
        pl.col("c").cum_sum().over(by, order_by="day"), age=last - pl.col("day"), of=last - first
    )
    since = pl.when(pl.col("age") == 0).then("c").otherwise(_until(pl.col("c"), pl.col("age")))
    ended = ages.with_columns(since=since, most=_until(pl.lit(0), pl.col("of") + 1))
    bounds = ended.group_by(by).agg(
        p=pl.min_horizontal(pl.col("since").min(), pl.col("most").min())
    )
    return bounds.group_by("receiver").agg(
        _of(pl.col("p"), name).sum().alias(f"{name}.plausible") for name in names
    )


def _until(counted: pl.Expr, days: pl.Expr) -> pl.Expr:
    """Let a count grow for some days: i64, rounded down."""
    factor = pl.lit(_FACTORS).gather(days.cast(pl.UInt32))
    grown = (counted.cast(pl.Float64) + SEED) * factor - SEED
    return grown.clip(upper_bound=float(MOST) * HORIZON).floor().cast(pl.Int64)


def _cell(name: str, window: int) -> pl.Expr:
    named = pl.col(f"{name}.named.{window}")
    believed = named + pl.col(f"{name}.plausible").fill_null(0)
    more = pl.max_horizontal(pl.col(f"{name}.{window}"), named)
    return pl.min_horizontal(more, believed).alias(f"{name}.{window}")
