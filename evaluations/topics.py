"""Experts of a Stack Exchange site's tags: ``make eval-topics DUMP=… SITE=… SPLIT=…``.

For each of the tags with the most people, everybody who asked or answered on it before a day is
ranked by what was known then, and compared with what its answers on the tag earned that were
written after: their score, and 1½ for each that was accepted, as 15 points of reputation are to 10.
These methods:

- ``topics``: influence about the tag (`training.influence.topics`), of 90 days;
- ``topics_and_score``: that and the influence without topics, added;
- ``score``: the influence without topics, by evidence, as of any network that no tree knows;
- ``answers``, ``reactors``, ``earned``: plain counts by tag of all time before the day: answers,
  distinct people who reacted by name, and votes for answers (less those against, and 1½ an accept);
- ``reputation``: as the dump says it, hence also of what came after the day.

By tag, Spearman's rank correlation, and the precision at 5: of the five ranked first, the share
that is among the five who earned most (of equals, what is to be expected). Both are means over tags
(of several days, over the tags of all); intervals (95%) draw persons with replacement, and the gap
to ``topics`` is paired. The last line is JSON.

    python -m evaluations.topics --dump DIR --site bicycles.meta --split 2014-01-01 2016-01-01
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from evaluations.command import code_of, described
from evaluations.outcomes import Moment
from evaluations.real.logs import catalogue_of
from evaluations.stackexchange import NETWORK, reputation
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.times import midnight
from features.sources.ingest import ingest
from features.sources.reader import Options
from features.sources.xml_rows import read_rows
from features.topics.ontology import Ontology
from training.influence.evidence import WEIGHT, Evidence
from training.influence.topics import topics_of

Vector = NDArray[np.float64]

METHODS = (
    "topics",
    "topics_and_score",
    "score",
    "answers",
    "reactors",
    "earned",
    "reputation",
)
FIRST = 5
"""Of the precision, and the fewest people that a tag may have."""
TAGS = 50
ROUNDS, SEED = 200, 20141001
ACCEPTED = 1.5
_VOTES = {"1": ACCEPTED, "2": 1.0, "3": -1.0}
_KEY = ["person", "topic"]


@dataclass(frozen=True)
class Site:
    """A dump: its lake, and what of its posts no lake has.

    Attributes
    ----------
    posts
        ``content``, ``person``, ``at``, ``answer`` (bool) and ``earned`` by the day of the dump,
        of all posts with an owner.
    votes
        ``content``, ``at`` and ``points`` of each vote.
    topics
        ``content`` and ``topic``.
    """

    lake: Lake
    catalogue: Catalogue
    posts: pl.DataFrame
    votes: pl.DataFrame
    topics: pl.DataFrame
    reputation: pl.DataFrame

    @staticmethod
    def of(dump: Path, site: str, root: Path) -> Site:
        """Read a dump into a lake."""
        catalogue = catalogue_of(NETWORK)
        ingest(root, NETWORK, dump, catalogue, Options(site=site))
        lake = Lake(root)
        told = lake.scan("topics").select("content", tag="topic").collect()
        if told.is_empty():
            raise KloutError(f"{dump}: no post has a tag")
        topics = told.join(Ontology.of(lake).topics_of(told["tag"].unique()), on="tag")
        topics = topics.select("content", "topic").unique()
        votes = _rows(dump, "Votes", ["PostId", "VoteTypeId", "CreationDate"])
        of_answers = votes.filter(pl.col("VoteTypeId").is_in([*_VOTES])).select(
            "at",
            content=_named(site, "PostId"),
            points=pl.col("VoteTypeId").replace_strict(_VOTES, return_dtype=pl.Float64),
        )
        return Site(lake, catalogue, _posts(dump, site), of_answers, topics, reputation(dump, site))


def _rows(dump: Path, name: str, columns: list[str]) -> pl.DataFrame:
    found = [file for end in (".xml", ".xml.gz") if (file := dump / f"{name}{end}").exists()]
    if not found:
        raise KloutError(f"{dump}: needs {name}.xml or {name}.xml.gz")
    rows = pl.concat(read_rows(found[0], name.lower(), columns)).cast(pl.String)
    return rows.with_columns(at=pl.col("CreationDate").str.to_datetime(time_zone="UTC"))


def _named(site: str, column: str) -> pl.Expr:
    return pl.format("{}:{}", pl.lit(site), column)


def _posts(dump: Path, site: str) -> pl.DataFrame:
    names = ["Id", "PostTypeId", "OwnerUserId", "AcceptedAnswerId", "Score", "CreationDate"]
    posts = _rows(dump, "Posts", names)
    accepted = pl.col("Id").is_in(posts["AcceptedAnswerId"].drop_nulls().implode())
    return posts.drop_nulls("OwnerUserId").select(
        "at",
        content=_named(site, "Id"),
        person=pl.format("{}:{}", pl.lit(NETWORK), _named(site, "OwnerUserId")),
        answer=pl.col("PostTypeId") == "2",
        earned=pl.col("Score").cast(pl.Float64) + ACCEPTED * accepted,
    )


def table(site: Site, split: date) -> pl.DataFrame:
    """Say of everybody who asked or answered on a tag what was known of it, and what it earned.

    Returns
    -------
    DataFrame
        ``person``, ``topic``, a column for each of `METHODS`, and ``outcome``.
    """
    moment = midnight(split)
    about = site.posts.join(site.topics, on="content")
    before, after = about.filter(pl.col("at") < moment), about.filter(pl.col("at") >= moment)
    answers = before.filter("answer")
    votes = site.votes.filter(pl.col("at") < moment).select("content", "points")
    reactions = site.lake.scan("interactions").filter(
        pl.col("at") < moment, pl.col("actor") != pl.col("target")
    )
    drew = reactions.collect().join(site.topics, on="content")
    parts = [
        topics_of(site.lake, split, site.catalogue).select(*_KEY, topics="influence"),
        answers.group_by(_KEY).agg(answers=pl.len()),
        answers.join(votes, on="content").group_by(_KEY).agg(earned=pl.col("points").sum()),
        drew.group_by(person=pl.format("{}:{}", pl.lit(NETWORK), "target"), topic="topic").agg(
            reactors=pl.col("actor").n_unique()
        ),
        after.filter("answer").group_by(_KEY).agg(outcome=pl.col("earned").sum()),
    ]
    found = before.select(_KEY).unique()
    for part in parts:
        found = found.join(part, on=_KEY, how="left")
    found = found.join(_overall(site, split), on="person", how="left")
    found = found.join(site.reputation, on="person", how="left").fill_null(0)
    both = pl.col("topics") + pl.col("score")
    return found.with_columns(topics_and_score=both).select(*_KEY, *METHODS, "outcome").sort(_KEY)


def _overall(site: Site, split: date) -> pl.DataFrame:
    signals = Moment.signals_of(site.lake, split, site.catalogue)
    matrix = signals.select(site.catalogue.names).to_numpy()
    influence = Evidence(WEIGHT).influence(matrix, site.catalogue)
    return signals.select("person").with_columns(score=pl.Series(influence))


def tags_of(found: pl.DataFrame, most: int = TAGS) -> Iterator[pl.DataFrame]:
    """Take a table apart by tag: those with the most people, of whom some earned more."""
    by_tag = found.group_by("topic").agg(pl.len(), pl.col("outcome").n_unique())
    asked = by_tag.filter(pl.col("len") >= FIRST, pl.col("outcome") > 1)
    for topic in asked.sort("len", "topic", descending=[True, False]).head(most)["topic"]:
        yield found.filter(topic=topic)


def spearman(figure: Vector, outcome: Vector) -> float:
    """Correlate ranks; of a figure that is the same for all, 0.

    >>> spearman(np.array([1.0, 2, 3]), np.array([2.0, 4, 9]))
    1.0
    """
    ranks = [rankdata(each) - (len(each) + 1) / 2 for each in (figure, outcome)]
    size = float(np.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1])))
    return float(ranks[0] @ ranks[1]) / size if size else 0.0


def precision(figure: Vector, outcome: Vector, first: int = FIRST) -> float:
    """Give the share of the first by a figure that are among the first by outcome, and earned any.

    Of equals at the edge of the first by the figure each is among them alike; by outcome all are.

    >>> precision(np.array([3.0, 1, 1]), np.array([5.0, 2, 0]), first=2)
    0.75
    """
    first = min(first, len(figure))
    good = (outcome > 0) & (outcome >= np.sort(outcome)[-first])
    edge = np.sort(figure)[-first]
    sure, equal = figure > edge, figure == edge
    return float(good[sure].sum() + good[equal].mean() * (first - sure.sum())) / first


def figures_of(tags: list[dict[str, Vector]], rows: list[NDArray[np.int64]]) -> Vector:
    """Compute means over tags, shape (2, methods), of some rows of each; rows may repeat."""
    each = []
    for tag, some in zip(tags, rows, strict=True):
        outcome = tag["outcome"][some]
        if len(some) < FIRST or (outcome == outcome[0]).all():
            continue
        each.append(
            [[of(tag[name][some], outcome) for name in METHODS] for of in (spearman, precision)]
        )
    return np.mean(each, axis=0) if each else np.full((2, len(METHODS)), np.nan)


def resampled(tags: list[pl.DataFrame], rounds: int = ROUNDS) -> tuple[Vector, Vector]:
    """Compute the figures, shape (2, methods), and those of each round, (rounds, 2, methods)."""
    persons = pl.concat(tag.select("person") for tag in tags)["person"].unique().sort()
    number = pl.DataFrame({"person": persons}).with_row_index("number")
    values = [
        {name: tag[name].cast(pl.Float64).to_numpy() for name in (*METHODS, "outcome")}
        for tag in tags
    ]
    whose = [
        tag.join(number, on="person", maintain_order="left")["number"].to_numpy() for tag in tags
    ]
    rng, drawn = np.random.default_rng(SEED), []
    for _ in range(rounds):
        times = np.bincount(rng.integers(len(persons), size=len(persons)), minlength=len(persons))
        rows = [np.repeat(np.arange(len(each)), times[each]) for each in whose]
        drawn.append(figures_of(values, rows))
    return figures_of(values, [np.arange(len(each)) for each in whose]), np.array(drawn)


def show(value: Vector, drawn: Vector) -> dict[str, float]:
    """Print the figures with their intervals; give them by name."""
    found = {}
    for place, what in enumerate(("rho", "precision_at_5")):
        print(f"{what:>24}  value  [95%]            less that of topics")
        for number, name in enumerate(METHODS):
            mean, rounds = value[place, number], drawn[:, place, number]
            gap = rounds - drawn[:, place, 0]
            ends = [*np.nanquantile(rounds, [0.025, 0.975]), *np.nanquantile(gap, [0.025, 0.975])]
            print(
                f"{name:>24}  {mean:5.3f}  [{ends[0]:5.3f}, {ends[1]:5.3f}]  "
                f"{mean - value[place, 0]:+.3f} [{ends[2]:+.3f}, {ends[3]:+.3f}]"
            )
            found[f"{what}_{name}"] = round(float(mean), 4)
    return found


def run(arguments: argparse.Namespace) -> None:
    """Evaluate, and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site.of(arguments.dump, arguments.site, Path(folder) / "lake")
        tables = [table(site, split) for split in arguments.split]
    tags = [tag for found in tables for tag in tags_of(found, arguments.tags)]
    if not tags:
        raise KloutError(
            f"{arguments.dump}: no tag has {FIRST} people of whom some earned more after "
            f"{', '.join(map(str, arguments.split))}; name an earlier day with --split"
        )
    rows = pl.concat(tags)
    people, having = rows["person"].n_unique(), rows.filter(pl.col("topics") > 0)
    print(f"{len(tags)} tags, {len(rows):,} times a person, {people:,} persons")
    print(f"{len(having):,} times one drew anything about the tag in the 90 days before")
    print(json.dumps({"tags": len(tags), "persons": people} | show(*resampled(tags))))


def main() -> int:
    """Run from the command line; give the exit code."""
    parser = described("evaluations.topics", __doc__)
    add = parser.add_argument
    add("--dump", type=Path, required=True, help="the dump's folder")
    add("--site", required=True, help="as bicycles.meta")
    add("--split", type=date.fromisoformat, nargs="+", required=True, help="the day, or days")
    add("--tags", type=int, default=TAGS, help="how many tags of a day are asked about")
    return code_of(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
