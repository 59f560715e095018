"""Topics from day to day: a network's reactions to contents, a file a day, folded once.

A file holds a day's `features.topics.figures.REACTIONS`, by accounts as the lake names them. Whose
they are, how far their actors are believed and what contents are about is looked up when windows
are read, so a file is made again only if rows of its day came late, or were taken back or restored.
Every figure is then read from the files of 90 days, by the same function as from scratch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.catalogue.network import Network
from features.incremental.accounts import shards_of
from features.incremental.run import Run
from features.incremental.shard_job import folder
from features.incremental.state import CountedFrames, FrameStore, ReceivedFrames
from features.lake.ledger import LakeFile, day_of, whole_days
from features.lake.retractions import Undone
from features.lake.times import day_number
from features.signals.names import together
from features.signals.owners import Owners
from features.signals.tallies import of_receivers
from features.topics.figures import REACTIONS, About, TopicFigures, reactions_of, topic_figures
from features.topics.ontology import Ontology
from features.topics.tag_sets import TagSets

_INDEX = {"day": pl.Int32(), "run": pl.Int64(), "rows": pl.Int64(), "files": pl.String()}
"""Of each day: the run that wrote its file, how many rows it has, and what it was folded from."""


@dataclass(frozen=True)
class NetworkTopics:
    """What a network's people received by topic, and who they are.

    Attributes
    ----------
    owners
        Who owns the network's accounts.
    accounts
        As of `features.signals.names.named`; all receivers are among them.
    figures
        As of the run's date.
    """

    owners: Owners
    accounts: pl.DataFrame
    figures: TopicFigures


@dataclass
class TopicDays:
    """The topics of a run, after all its networks were moved on.

    Attributes
    ----------
    run
        What is read beside it: who is who, as it found out.
    ontology
        From tags to topics.
    frames, files
        What was kept for the next run: names of frames, and files.
    """

    run: Run
    ontology: Ontology
    frames: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def of(self, network: Network) -> NetworkTopics:
        """Read a network's figures, and keep what they were read from."""
        run, kept = self.run, self.run.cache.kept
        end = day_number(run.inputs.as_of)
        counted = CountedFrames.load(kept.root / network.name, kept.run)
        owners = Owners(network, counted.claimed)
        sets = self._sets(network, kept)
        days = self._days(network, kept, counted)
        about = About(
            owners=owners,
            authenticity=counted.authenticity if len(counted.authenticity) else None,
            contents=sets.contents,
            topics=sets.topics(self.ontology),
            tallies=of_receivers(counted.tallies.lazy(), owners) if network.tallies else None,
            end=end,
        )
        paths = list(_paths(network, days, kept))
        self.files += paths
        rows = pl.scan_parquet(paths, glob=False) if paths else pl.LazyFrame(schema=REACTIONS)
        figures = topic_figures(rows, int(days["rows"].sum()), about)
        return NetworkTopics(owners, self._accounts(network, kept), figures)

    def _sets(self, network: Network, kept: FrameStore) -> TagSets:
        """Say what contents are about, of what was known and what is new."""
        names = [f"{network.name}/topic-{each}" for each in ("contents", "tags")]
        known = [kept.frame(name) for name in names]
        contents, tags = known
        files = self.run.inputs.lake.files("topics", [network.name])
        if contents is None or tags is None:
            before = TagSets.nothing()
        else:
            before = TagSets(contents, tags)
            files = [file for file in files if self.run.inputs.is_new(file)]
        now = before.told(self.run.inputs.lake.scan_files("topics", files))
        for name, frame in zip(names, (now.contents, now.tags), strict=True):
            kept.put_frame(name, frame)
        self.frames += names
        return now

    def _days(self, network: Network, kept: FrameStore, counted: CountedFrames) -> pl.DataFrame:
        """Fold the days that are new or others than they were: `_INDEX` of all."""
        inputs, name = self.run.inputs, f"{network.name}/topic-days"
        files = inputs.files_by_day(network.name)
        wanted = pl.DataFrame(
            [(day, _digest(of_day)) for day, of_day in sorted(files.items())],
            {"day": pl.Int32(), "files": pl.String()},
            orient="row",
        )
        known = pl.DataFrame(schema=_INDEX)
        if (before := kept.frame(name)) is not None:
            changed = pl.col("day").is_in(self._changed(network, kept, counted))
            known = before.join(wanted, on=["day", "files"], how="semi").filter(~changed)
        undone = Undone.by(counted.retractions)
        stale = [file for day, of in files.items() if day not in known["day"] for file in of]
        new = [
            row
            for chunk in whole_days(sorted(stale, key=lambda file: (str(file.day), file.path)))
            for row in self._folded(network, chunk, undone, kept)
        ]
        folded = pl.DataFrame(new, {n: _INDEX[n] for n in ("day", "run", "rows")}, orient="row")
        now = pl.concat([known.select(*_INDEX), folded.join(wanted, on="day").select(*_INDEX)])
        kept.put_frame(name, now)
        self.frames.append(name)
        return now

    def _folded(
        self, network: Network, files: list[LakeFile], undone: Undone, kept: FrameStore
    ) -> Iterator[tuple[int, int, int]]:
        """Fold whole days and keep them: each day, the run, and how many rows there are."""
        rows = undone.left_of(
            "interactions", self.run.inputs.lake.scan_files("interactions", files)
        )
        found = reactions_of(rows, network)
        for day in sorted({day_of(file) for file in files}):
            of_day = found.filter(pl.col("day") == day)
            if len(of_day):
                kept.put_frame(_name(network, day), of_day)
            yield day, kept.run, len(of_day)

    def _changed(self, network: Network, kept: FrameStore, counted: CountedFrames) -> list[int]:
        """Name the days of which something was taken back, or restored, since the run before."""
        assert kept.before is not None
        before = CountedFrames.load(kept.root / network.name, kept.before).retractions
        if before.equals(counted.retractions):
            return []
        other = Undone.by(counted.retractions).difference(Undone.by(before))
        inputs = self.run.inputs
        rows = inputs.lake.scan("interactions", [network.name], inputs.start, inputs.as_of)
        days = other.taken_from("interactions", rows).select(
            pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day")
        )
        return days.unique().collect(engine="streaming")["day"].to_list()

    def _accounts(self, network: Network, kept: FrameStore) -> pl.DataFrame:
        shards = shards_of(network, self.run.shards)
        folders = [kept.root / folder(network, shard) for shard in shards]
        return together(
            pl.read_ipc(ReceivedFrames.paths(each, kept.run)[0]).select("key", "account")
            for each in folders
        )


def _paths(network: Network, days: pl.DataFrame, kept: FrameStore) -> Iterator[Path]:
    for day, run in days.filter(pl.col("rows") > 0).select("day", "run").iter_rows():
        yield kept.path(_name(network, day), run)


def _name(network: Network, day: int) -> str:
    return f"{network.name}/topic-day-{day}"


def _digest(files: list[LakeFile]) -> str:
    return hashlib.sha256("\0".join(sorted(file.path for file in files)).encode()).hexdigest()
