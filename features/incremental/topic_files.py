"""A network's reactions to contents, each day folded once and kept, ten days a file.

A file holds `features.topics.figures.REACTIONS` of its days, by accounts as the lake names them. A
day is folded again only if rows of it came late, or were taken back or restored. To open a file of
one day takes several times as long as to read it, so days share one, and the latest is made again
with each day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from features.catalogue.network import Network
from features.incremental.run import Run
from features.incremental.state import CountedFrames, FrameStore
from features.lake.ledger import LakeFile, day_of, whole_days
from features.lake.retractions import Undone
from features.topics.figures import REACTIONS, reactions_of

SPAN = 10
"""Days of a file: from a day since 1970 that is a multiple of it."""

INDEX = {
    "day": pl.Int32(),
    "run": pl.Int64(),
    "written": pl.Int64(),
    "rows": pl.Int64(),
    "files": pl.String(),
}
"""Of each day: the run that folded it, the run that wrote the file it is in, how many rows it has,
and the lake's files that it was folded from."""

_SPAN = pl.col("day") // SPAN
_FILE = "topic-reactions"


@dataclass(frozen=True)
class ReactionFiles:
    """The files of a network that a run reads, and those that the run before did.

    Attributes
    ----------
    name
        Of the network.
    kept
        Where they are.
    now, before
        `INDEX`, of the 90 days up to the run, and up to the run before.
    """

    name: str
    kept: FrameStore
    now: pl.DataFrame
    before: pl.DataFrame

    @staticmethod
    def of(
        run: Run, network: Network, counted: CountedFrames, was: CountedFrames | None
    ) -> ReactionFiles:
        """Fold the days that are new, or others than they were at the run before (`was`)."""
        inputs, kept, name = run.inputs, run.cache.kept, f"{network.name}/topic-days"
        files = inputs.files_by_day(network.name)
        wanted = pl.DataFrame(
            [(day, _digest(of_day)) for day, of_day in sorted(files.items())],
            {"day": pl.Int32(), "files": pl.String()},
            orient="row",
        )
        there = kept.frame(name) if was is not None else None
        before = pl.DataFrame(schema=INDEX) if there is None else there
        changed = [] if was is None else _changed(run, network, counted, was)
        same = before.join(wanted, on=["day", "files"], how="semi")
        same = same.filter(~pl.col("day").is_in(changed))
        old = set(same["day"])
        stale = [file for day, of in files.items() if day not in old for file in of]
        spans, new = [], []
        for span, days, rows in _folded(run, network, stale, Undone.by(counted.retractions)):
            beside = _scan(kept, network.name, same.filter(span == _SPAN)).collect()
            whole = pl.concat([beside, rows])
            if len(whole):
                kept.put_frame(_name(network.name, span), whole)
            spans.append(span)
            new += [(day, kept.run, kept.run, int((rows["day"] == day).sum())) for day in days]
        folded = pl.DataFrame(new, {n: INDEX[n] for n in [*INDEX][:-1]}, orient="row")
        written = pl.when(_SPAN.is_in(spans)).then(kept.run).otherwise("written").alias("written")
        parts = [same.with_columns(written.cast(pl.Int64)), folded.join(wanted, on="day")]
        now = pl.concat(part.select(*INDEX) for part in parts)
        kept.put_frame(name, now)
        return ReactionFiles(network.name, kept, now, before)

    def paths(self) -> list[str]:
        """Name the files of this run."""
        return _paths(self.kept, self.name, self.now)

    def scan(self) -> pl.LazyFrame:
        """Read the 90 days up to this run."""
        return _scan(self.kept, self.name, self.now)

    def counted_before(self) -> pl.LazyFrame:
        """Read the 90 days up to the run before, as that read them."""
        return _scan(self.kept, self.name, self.before)

    def both(self, days: Collection[int] | None = None) -> pl.LazyFrame:
        """Read all days, or some, that this run or the run before counts."""
        left = self.before.join(self.now, on="day", how="anti")
        some = pl.lit(value=True) if days is None else pl.col("day").is_in(list(days))
        parts = (_scan(self.kept, self.name, each.filter(some)) for each in (left, self.now))
        return pl.concat(parts)

    def targets_of_others(self, since: int, start: int) -> pl.Series:
        """Name who received what of the days ``[start, since)`` is other than it was (u64)."""
        parts = [
            index.filter(pl.col("day").is_between(start, since, closed="left")).join(
                other, on=["day", "run"], how="anti"
            )
            for index, other in ((self.before, self.now), (self.now, self.before))
        ]
        if all(part.is_empty() for part in parts):
            return pl.Series("target", dtype=pl.UInt64())
        rows = pl.concat([_scan(self.kept, self.name, each) for each in parts])
        return rows.collect().unique(keep="none")["target"].unique()


def _paths(kept: FrameStore, network: str, index: pl.DataFrame) -> list[str]:
    """Name the files that days are in: as texts, since paths of many take as long as the files."""
    there = index.filter(pl.col("rows") > 0).select(span=_SPAN, run="written").unique().sort("span")
    return [f"{kept.root / network}/{_FILE}-{span}-{run}.parquet" for span, run in there.rows()]


def _scan(kept: FrameStore, network: str, index: pl.DataFrame) -> pl.LazyFrame:
    """Read days, each from the file that it is in."""
    paths = _paths(kept, network, index)
    if not paths:
        return pl.LazyFrame(schema=REACTIONS)
    rows = pl.scan_parquet(paths, glob=False)
    return rows.filter(pl.col("day").is_in(index["day"].implode()))


def _folded(
    run: Run, network: Network, files: list[LakeFile], undone: Undone
) -> Iterator[tuple[int, list[int], pl.DataFrame]]:
    """Fold whole days: by the number of a file, its days that are folded, and their reactions."""
    parts: dict[int, list[pl.DataFrame]] = {}
    days: dict[int, list[int]] = {}
    for chunk in whole_days(sorted(files, key=lambda file: (str(file.day), file.path))):
        rows = undone.left_of("interactions", run.inputs.lake.scan_files("interactions", chunk))
        found = reactions_of(rows, network)
        of_chunk = sorted({day_of(file) for file in chunk})
        for day in of_chunk:
            days.setdefault(day // SPAN, []).append(day)
            parts.setdefault(day // SPAN, []).append(found.filter(pl.col("day") == day))
        for span in [each for each in parts if each < of_chunk[-1] // SPAN]:
            yield span, days.pop(span), pl.concat(parts.pop(span))
    for span, found_of in parts.items():
        yield span, days[span], pl.concat(found_of)


def _changed(run: Run, network: Network, counted: CountedFrames, was: CountedFrames) -> list[int]:
    """Name the days of which something was taken back, or restored, since the run before."""
    if was.retractions.equals(counted.retractions):
        return []
    other = Undone.by(counted.retractions).difference(Undone.by(was.retractions))
    inputs = run.inputs
    rows = inputs.lake.scan("interactions", [network.name], inputs.start, inputs.as_of)
    days = other.taken_from("interactions", rows).select(
        pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day")
    )
    return days.unique().collect(engine="streaming")["day"].to_list()


def _name(network: str, span: int) -> str:
    return f"{network}/{_FILE}-{span}"


def _digest(files: list[LakeFile]) -> str:
    return hashlib.sha256("\0".join(sorted(file.path for file in files)).encode()).hexdigest()
