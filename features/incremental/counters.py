"""What is counted of a network's people without tiles, moved on from the run before to this one.

Contents published in each window, by account, moved on from one date to a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.declaration import Network
from features.incremental.accounts import DAY
from features.incremental.executor import Later
from features.incremental.inputs import Inputs
from features.incremental.ownership_diff import Known, Learned, ownership_diff
from features.incremental.readings import needed, standings, standings_with_new, with_new
from features.incremental.state import CountedFrames, FrameStore
from features.lake.retractions import STATE, Undone, latest, state_of
from features.lake.times import day_number, midnight
from features.signals.audience import last_of_days
from features.signals.authenticity import authenticity_by_account
from features.signals.names import named
from features.signals.owners import Owners, account_key
from features.signals.page_graph import page_figures
from features.signals.person_table import contents_by_account
from features.signals.tallies import READINGS
from features.signals.tallies import needed as needed_tallies

_NAMES = ["id", "actor"]
_CONTENTS = {"key": pl.UInt64(), "day": pl.Int32()}


def published_at(contents: pl.LazyFrame, network: Network, as_of: date) -> pl.DataFrame:
    """Count from the beginning: `contents_by_account`, by ``key`` and ``account``, all i64."""
    within = contents.filter(pl.col("at") >= midnight(as_of - timedelta(HORIZON)))
    counted = contents_by_account(within, network, as_of)
    return _keyed(counted, pl.exclude("account").cast(pl.Int64))


def update_published(
    before: pl.DataFrame,
    left: dict[int, pl.LazyFrame],
    new: list[pl.LazyFrame],
    undone: list[pl.LazyFrame],
    network: Network,
    as_of: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count what was published, of what was known of an earlier date.

    Parameters
    ----------
    before
        Of the earlier date, by ``key``.
    left
        For each window, contents that were in it then and have left it by `as_of`.
    new
        Contents that were not counted then.
    undone
        Contents that were counted then and are undone by `as_of`.

    Returns
    -------
    tuple
        The counts by ``key``, and ``key`` and ``account`` of whom they may be others.
    """
    changes = [published_at(rows, network, as_of) for rows in new]
    gone = [published_at(rows, network, as_of) for rows in undone]
    changes += [rows.with_columns(-pl.exclude("key", "account")) for rows in gone]
    for window, rows in left.items():
        counted = contents_by_account(rows, network, date.min + timedelta(HORIZON))
        less = [(-pl.col(c).cast(pl.Int64)).alias(c) for c in _of_window(network, window)]
        changes.append(_keyed(counted, *less))
    together = pl.concat([before, *(change.drop("account") for change in changes)], how="diagonal")
    counts = together.group_by("key").agg(pl.all().sum())
    touched = pl.concat(change.select("key", "account") for change in changes).unique("key")
    return counts.filter(pl.col(f"published.{HORIZON}d") > 0), touched


def _keyed(counted: pl.LazyFrame, *columns: pl.Expr) -> pl.DataFrame:
    key = account_key("account").alias("key")
    return counted.select(key, "account", *columns).collect(engine="streaming")


def _of_window(network: Network, window: int) -> list[str]:
    kinds = [kind.signal for kind in network.contents] if window == max(WINDOWS) else []
    return [*kinds, f"published.{window}d"]


@dataclass(frozen=True)
class NetworkContext:
    """What all shards of a network need to know.

    Attributes
    ----------
    counted
        As of this run.
    learned
        Since the run before; None: there was none.
    accounts
        Of whose contents, counters or owners are others than at the run before, at first all; as of
        `features.signals.names.named`.
    persons
        Whose page figures are.
    """

    counted: CountedFrames
    learned: Learned | None
    accounts: pl.DataFrame
    persons: pl.Series


def known_of(
    inputs: Later[Inputs], network: Network, claimed: Later[pl.DataFrame | None], kept: FrameStore
) -> Known:
    """Say who owns a network's accounts, how far they are believed, and what is undone: a job."""
    now, claims = inputs.get(), claimed.get()
    believed = authenticity_by_account(now.lake, now.as_of, None, network.name)
    before = None if now.since is None else kept.load(CountedFrames, network.name)
    if claims is None:  # as at the run before
        assert before is not None
        owners = Owners(network, before.claimed)
    else:
        owners = Owners.of(network, claims)
    known = pl.DataFrame(schema=STATE) if before is None else before.retractions
    return Known(owners.resolved(), believed, *_retractions(now, network, known))


def _retractions(
    inputs: Inputs, network: Network, known: pl.DataFrame
) -> tuple[pl.DataFrame, Undone]:
    """Say what the last retraction of each is, and what is undone that was not, or the reverse."""
    new = state_of(inputs.new("retractions", network.name)).collect(engine="streaming")
    if new.is_empty():
        return known, Undone.nothing()
    # Of all that was ever taken back only few rows can be of the same id, or of an account alone.
    may_be = pl.col("id").is_null() | pl.col("id").is_in(new["id"].implode())
    like_new, unlike = known.filter(may_be), known.filter(~may_be)
    of_new = like_new.join(new, on=_NAMES, how="semi", nulls_equal=True)
    others = unlike.vstack(like_new.join(new, on=_NAMES, how="anti", nulls_equal=True))
    now = latest(pl.concat([of_new, new]).lazy()).collect()
    return pl.concat([others, now]), Undone.by(now).difference(Undone.by(of_new))


def count(inputs: Later[Inputs], known: Later[Known], kept: FrameStore) -> NetworkContext:
    """Count what a network's people published, and what their counters and pages say: a job."""
    now, name = known.get(), known.get().owners.network.name
    if inputs.get().since is None:
        done = _begun(inputs.get(), now)
    else:
        done = _moved_on(inputs.get(), kept.load(CountedFrames, name), now)
    kept.save(done.counted, name)
    return done


def _begun(inputs: Inputs, now: Known) -> NetworkContext:
    network = now.owners.network
    contents = inputs.lake.scan("contents", [network.name], inputs.start, inputs.as_of)
    contents = now.undone.left_of("contents", contents)
    history = inputs.lake.scan("counters", [network.name], until=inputs.as_of)
    readings = needed(last_of_days(history))
    published = published_at(contents, network, inputs.as_of)
    tallies = _tallies(inputs, network, pl.DataFrame(schema=READINGS))
    counted = CountedFrames(
        published.drop("account"),
        readings,
        standings(readings, network),
        _pages(inputs, now.owners),
        now.owners.claimed,
        _believed(now),
        now.retractions,
        tallies,
        _contents(inputs, None, now),
    )
    claimed = now.owners.claimed["account"]
    accounts = [published["account"], readings["account"], tallies["account"], claimed]
    return NetworkContext(counted, None, _named(accounts), pl.Series(dtype=pl.String))


def _moved_on(inputs: Inputs, before: CountedFrames, now: Known) -> NetworkContext:
    network = now.owners.network
    assert inputs.since is not None
    was = before.known(now)
    learned = Learned(was, now, ownership_diff(was, now))
    contents = _contents(inputs, before, learned.now)
    known = contents if before.contents.is_empty() else before.contents.vstack(contents)
    published, authored = _published(inputs, before.published, known, learned)
    history = inputs.lake.scan("counters", [network.name], until=inputs.as_of)
    readings, read = with_new(
        before.readings, inputs.new("counters", network.name), history, midnight(inputs.since)
    )
    tallies = _tallies(inputs, network, before.tallies)
    counted = CountedFrames(
        published,
        readings,
        standings_with_new(before.counters, readings, read, network),
        _pages(inputs, now.owners),
        now.owners.claimed,
        _believed(now),
        now.retractions,
        tallies,
        contents,
    )
    # Figures of tallies are compared by shard; who has one for the first time is named.
    new = tallies.join(before.tallies, on="account", how="anti")["account"]
    accounts = _named([authored["account"], read, new, learned.moved.claims])
    return NetworkContext(
        counted, learned, accounts, differing(before.pages, counted.pages, "person")
    )


def _tallies(inputs: Inputs, network: Network, before: pl.DataFrame) -> pl.DataFrame:
    """Add readings of tallies, late ones too: of each day the last counts, in whatever order."""
    if not network.tallies:
        return pl.DataFrame(schema=READINGS)
    new = inputs.new("tallies", network.name).select(*READINGS)
    return needed_tallies(pl.concat([before.lazy(), new]), day_number(inputs.start))


def _contents(inputs: Inputs, before: CountedFrames | None, now: Known) -> pl.DataFrame:
    """Tell on which days what was published: so that what is undone of it is found."""
    network, start = now.owners.network.name, day_number(inputs.start)
    if now.retractions.is_empty():
        return pl.DataFrame(schema=_CONTENTS)
    if before is None or before.retractions.is_empty():
        known = pl.DataFrame(schema=_CONTENTS)
        rows = inputs.lake.scan("contents", [network], inputs.start, inputs.as_of)
    else:
        known = before.contents.filter(pl.col("day") >= start)
        rows = inputs.new("contents", network, inputs.start)
    new = rows.select(DAY, key=account_key("content")).select(*_CONTENTS).unique()
    return known.vstack(new.collect(engine="streaming"))


def _published(
    inputs: Inputs, before: pl.DataFrame, contents: pl.DataFrame, learned: Learned
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Move what was published on: what left and what came, and what is undone or no longer so."""
    network = learned.now.owners.network
    was, now = (each.undone.among(contents["key"]) for each in (learned.was, learned.now))
    undone = learned.moved.undone
    left = {
        window: was.left_of("contents", inputs.left("contents", network.name, window))
        for window in WINDOWS
    }
    new = [now.left_of("contents", inputs.new("contents", network.name, inputs.start))]
    less = []
    if len(undone.targets):
        theirs = pl.col("key").is_in(undone.targets["id"].implode())
        days = None if len(undone.accounts) else set(contents.filter(theirs)["day"].unique())
        before_and_now = inputs.counted_before("contents", network.name, days)
        rows = undone.taken_from("contents", before_and_now).collect(engine="streaming").lazy()
        new.append(now.left_of("contents", rows))
        less.append(was.left_of("contents", rows))
    return update_published(before, left, new, less, network, inputs.as_of)


def _named(accounts: list[pl.Series]) -> pl.DataFrame:
    return named(pl.LazyFrame({"account": pl.concat(accounts)}))


def differing(before: pl.DataFrame, after: pl.DataFrame, name: str) -> pl.Series:
    """Name, by a column, whoever has other rows."""
    parts = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True)
        for one, other in ((before, after), (after, before))
    ]
    return pl.concat(part.select(name) for part in parts)[name]


def _pages(inputs: Inputs, owners: Owners) -> pl.DataFrame:
    if not owners.network.page_graph:
        return pl.DataFrame(schema={"person": pl.String})
    links = inputs.lake.scan("links", [owners.network.name])
    figures = page_figures(links, owners).collect()
    return figures.with_columns(pl.exclude("person").cast(pl.Float64))


def _believed(known: Known) -> pl.DataFrame:
    if known.authenticity is None:
        schema = {"actor": pl.UInt64, "account": pl.String, "quarters": pl.UInt8}
        return pl.DataFrame(schema=schema)
    return known.authenticity
