"""A network's reactions to contents, a file a day, folded once.

A file holds a day's `features.topics.figures.REACTIONS`, by accounts as the lake names them. It is
made again only if rows of its day came late, or were taken back or restored.
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

INDEX = {"day": pl.Int32(), "run": pl.Int64(), "rows": pl.Int64(), "files": pl.String()}
"""Of each day: the run that wrote its file, how many rows it has, and what it was folded from."""

_FILE = "topic-day"


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
        new = [
            row
            for chunk in whole_days(sorted(stale, key=lambda file: (str(file.day), file.path)))
            for row in _folded(run, network, chunk, Undone.by(counted.retractions))
        ]
        folded = pl.DataFrame(new, {n: INDEX[n] for n in ("day", "run", "rows")}, orient="row")
        now = pl.concat([same.select(*INDEX), folded.join(wanted, on="day").select(*INDEX)])
        kept.put_frame(name, now)
        return ReactionFiles(network.name, kept, now, before)

    def paths(self) -> list[str]:
        """Name the files of this run."""
        return self._paths(self.now)

    def scan(self) -> pl.LazyFrame:
        """Read the 90 days up to this run."""
        return _scan(self.paths())

    def counted_before(self) -> pl.LazyFrame:
        """Read the 90 days up to the run before, as that read them."""
        return _scan(self._paths(self.before))

    def both(self, days: Collection[int] | None = None) -> pl.LazyFrame:
        """Read all days, or some, that this run or the run before counts."""
        left = self.before.join(self.now, on="day", how="anti")
        every = pl.concat([left, self.now])
        if days is not None:
            every = every.filter(pl.col("day").is_in(list(days)))
        return _scan(self._paths(every))

    def targets_of_others(self, since: int, start: int) -> pl.Series:
        """Name who received what of the days ``[start, since)`` is other than it was (u64)."""
        parts = [
            index.filter(pl.col("day").is_between(start, since, closed="left")).join(
                other, on=["day", "run"], how="anti"
            )
            for index, other in ((self.before, self.now), (self.now, self.before))
        ]
        rows = pl.concat([_scan(self._paths(each)) for each in parts])
        others = rows.collect().unique(keep="none")
        return others["target"].unique()

    def _paths(self, index: pl.DataFrame) -> list[str]:
        """Name files as texts, since paths of hundreds take as long as the files."""
        folder = self.kept.root / self.name
        there = index.filter(pl.col("rows") > 0)
        return [f"{folder}/{_FILE}-{day}-{run}.parquet" for day, run in there["day", "run"].rows()]


def _scan(paths: list[str]) -> pl.LazyFrame:
    return pl.scan_parquet(paths, glob=False) if paths else pl.LazyFrame(schema=REACTIONS)


def _folded(
    run: Run, network: Network, files: list[LakeFile], undone: Undone
) -> Iterator[tuple[int, int, int]]:
    """Fold whole days and keep them: each day, the run, and how many rows there are."""
    kept = run.cache.kept
    rows = undone.left_of("interactions", run.inputs.lake.scan_files("interactions", files))
    found = reactions_of(rows, network)
    for day in sorted({day_of(file) for file in files}):
        of_day = found.filter(pl.col("day") == day)
        if len(of_day):
            kept.put_frame(_name(network.name, day), of_day)
        yield day, kept.run, len(of_day)


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


def _name(network: str, day: int) -> str:
    return f"{network}/{_FILE}-{day}"


def _digest(files: list[LakeFile]) -> str:
    return hashlib.sha256("\0".join(sorted(file.path for file in files)).encode()).hexdigest()
