"""Topics from day to day: what people received by topic, moved on as signals are.

What is kept is the figures of windows that end at the run, by receiver and topic
(`features.topics.figures`), beside the reactions that they were read from. The next run adds by how
much they differ (`features.topics.figure_change`), for which it looks at what reacts on the day or
leaves a window with it. Receivers of whom anything else is other than it was are *stale*: reactions
that came late or were taken back, owners, how far an actor is believed, what a content or a tag is
about. They are read from the reactions of 90 days as from scratch, by the same function. So each
receiver's figures are those of the lake alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.catalogue.network import Network
from features.incremental.accounts import shards_of
from features.incremental.ownership_diff import Known
from features.incremental.run import Run
from features.incremental.shard_job import folder
from features.incremental.stale_topics import retold, stale_receivers
from features.incremental.state import CountedFrames, FrameStore, ReceivedFrames
from features.incremental.topic_files import ReactionFiles
from features.lake.retractions import Undone
from features.lake.times import day_number
from features.signals.names import together
from features.signals.owners import Owners
from features.signals.tallies import of_receivers
from features.topics.figure_change import figure_change, moving_days
from features.topics.figures import (
    TOPIC,
    About,
    TopicFigures,
    people,
    tallied,
    topic_figures,
)
from features.topics.ontology import Ontology
from features.topics.tag_sets import TagSets

_FRAMES = ("contents", "tags", "about", "names", "figures")
"""What is kept of a network: `TagSets`; ``tag`` and ``topic`` (str); the topics in order of their
numbers; and by receiver and topic (its number) what was received."""


@dataclass(frozen=True)
class NetworkTopics:
    """What a network's people received by topic, and who they are.

    Attributes
    ----------
    owners
        Who owns the network's accounts.
    accounts
        As of `features.signals.names.named`; all receivers are among them.
    names
        The topics (str) that stand for numbers.
    figures
        As of the run's date; a ``topic`` is a number (u32).
    """

    owners: Owners
    accounts: pl.DataFrame
    names: pl.Series
    figures: TopicFigures


@dataclass(frozen=True)
class _Kept:
    """What the run before kept of a network: `_FRAMES`."""

    contents: pl.DataFrame
    tags: pl.DataFrame
    about: pl.DataFrame
    names: pl.DataFrame
    figures: pl.DataFrame

    @staticmethod
    def load(kept: FrameStore, network: Network) -> _Kept | None:
        """Read it; None: there is nothing to move on from."""
        frames = [kept.frame(_name(network, name)) for name in _FRAMES]
        there = [frame for frame in frames if frame is not None]
        return _Kept(*there) if len(there) == len(frames) else None


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
        """Move a network's figures on, and keep them."""
        run, kept = self.run, self.run.cache.kept
        before = _Kept.load(kept, network)
        counted = CountedFrames.load(kept.root / network.name, kept.run)
        was = None if before is None else kept.load(CountedFrames, network.name)
        sets, tags = self._sets(network, before)
        about_tags = self.ontology.topics_of(tags)
        names = _numbered(about_tags, before)
        owners = Owners(network, counted.claimed)
        now = Known(owners, _believed(counted), counted.retractions, Undone.nothing())
        about = About(
            owners=owners,
            authenticity=now.authenticity,
            sets=sets,
            topics=about_tags.join(names, on="topic").select("tag", topic="number"),
            tallies=of_receivers(counted.tallies.lazy(), owners) if network.tallies else None,
            end=day_number(run.inputs.as_of),
        )
        files = ReactionFiles.of(run, network, counted, was)
        if before is None or was is None:
            figures = topic_figures(files.scan(), int(files.now["rows"].sum()), about)
        else:
            others = retold(before.contents, sets, before.about, about_tags)
            figures = self._moved(before, files, about, was.known(now), now, others)
        frames = (sets.contents, sets.tags, about_tags, names, _narrow(figures.received))
        self._keep(network, files, before, dict(zip(_FRAMES, frames, strict=True)))
        return NetworkTopics(owners, self._accounts(network, kept), names["topic"], figures)

    def _moved(
        self,
        before: _Kept,
        files: ReactionFiles,
        about: About,
        was: Known,
        now: Known,
        others: pl.Series,
    ) -> TopicFigures:
        """Add to the figures of the run before; those who are stale are read from scratch."""
        assert self.run.inputs.since is not None
        since = day_number(self.run.inputs.since)
        stale = stale_receivers(files, was, now, others, since, about.end - HORIZON)
        moving = files.both(moving_days(since, about.end))
        parts = [_wide(before.figures), figure_change(moving, files.both(), about, since, stale)]
        is_stale = pl.col("receiver").is_in(stale.implode())
        fresh = [part for part in parts if part is not None]
        received = (
            pl.concat([part.select(before.figures.columns) for part in fresh])
            .lazy()
            .filter(~is_stale)
            .group_by(TOPIC)
            .agg(pl.all().sum())
            .filter(pl.col(people(HORIZON)) > 0)
            .collect()
        )
        if len(stale):
            anew = self._anew(files, about, stale).select(received.columns)
            received = pl.concat([received, anew])
        return TopicFigures(received, tallied(files.scan(), about))

    def _anew(self, files: ReactionFiles, about: About, stale: pl.Series) -> pl.DataFrame:
        """Read the figures of some receivers from scratch."""
        theirs = about.owners.merged.filter(pl.col("one").is_in(stale.implode()))["key"]
        targets = pl.concat([stale, theirs]).unique().to_frame("target").lazy()
        rows = files.scan().join(targets, on="target", how="semi").collect(engine="streaming")
        found = topic_figures(rows.lazy(), len(rows), replace(about, tallies=None))
        return found.received.filter(pl.col("receiver").is_in(stale.implode()))

    def _sets(self, network: Network, before: _Kept | None) -> tuple[TagSets, pl.Series]:
        """Say what contents are about, of what was known and what is new; also all tags."""
        inputs = self.run.inputs
        files = inputs.lake.files("topics", [network.name])
        if before is None:
            sets = TagSets.nothing().told(inputs.lake.scan_files("topics", files))
            return sets, sets.tags["tag"].unique()
        known, tags = TagSets(before.contents, before.tags), before.about["tag"]
        new = [file for file in files if inputs.is_new(file)]
        if not new:
            return known, tags.unique()
        rows = inputs.lake.scan_files("topics", new)
        more = rows.select(tag="topic").unique().collect()["tag"]
        return known.told(rows), pl.concat([tags, more]).unique()

    def _keep(
        self,
        network: Network,
        files: ReactionFiles,
        before: _Kept | None,
        frames: dict[str, pl.DataFrame],
    ) -> None:
        kept = self.run.cache.kept
        for name, frame in frames.items():
            if before is not None and frame.equals(getattr(before, name)):
                kept.carry(_name(network, name))
            else:
                kept.put_frame(_name(network, name), frame)
        self.frames += [_name(network, name) for name in (*frames, "days")]
        self.files += map(Path, files.paths())

    def _accounts(self, network: Network, kept: FrameStore) -> pl.DataFrame:
        shards = shards_of(network, self.run.shards)
        folders = [kept.root / folder(network, shard) for shard in shards]
        return together(
            pl.read_ipc(ReceivedFrames.paths(each, kept.run)[0]).select("key", "account")
            for each in folders
        )


def _name(network: Network, frame: str) -> str:
    return f"{network.name}/topic-{frame}"


def _believed(counted: CountedFrames) -> pl.DataFrame | None:
    return counted.authenticity if len(counted.authenticity) else None


def _numbered(about: pl.DataFrame, before: _Kept | None) -> pl.DataFrame:
    """Number topics, ``topic`` and ``number`` (u32): those that are known keep their numbers."""
    every = about["topic"].unique().sort()
    if before is not None:
        known = before.names["topic"]
        every = pl.concat([known, every.filter(~every.is_in(known.implode()))])
    return every.to_frame("topic").with_row_index("number").select("topic", "number")


def _narrow(figures: pl.DataFrame) -> pl.DataFrame:
    """Most figures are small, and they are written whole each day."""
    return figures.with_columns(
        pl.Series(each.name, each.shrink_dtype()) for each in figures[:, 2:]
    )


def _wide(figures: pl.DataFrame) -> pl.DataFrame:
    return figures.with_columns(pl.exclude(TOPIC).cast(pl.Int64))
