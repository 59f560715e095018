"""The real logs: where each is, of which network, and how it comes into a lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

import polars as pl

from evaluations.real.formats import Tables, github, messages, reddit
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.sources.ingest import ingest
from features.sources.reader import Options

NETWORKS = Path(__file__).with_name("networks")
"""Declarations of networks that are not built in, as a user would write them."""

TIMED = ("interactions", "contents", "counters")


def catalogue_of(network: str, networks: Path = NETWORKS) -> Catalogue:
    """Take the signals of one network: a log of it says nothing of the others.

    Raises
    ------
    KloutError
        If it is neither built in nor declared in ``networks``.
    """
    declared = {each.name: each for each in load_networks(networks)}
    if network not in declared:
        raise KloutError(f"unknown network {network!r}; there are {sorted(declared)}")
    return Catalogue((declared[network],))


@dataclass(frozen=True)
class Log:
    """A real log.

    Attributes
    ----------
    name, network
        What it is called, and the network it is of.
    file
        A file or folder, from the folder of shared data.
    reader
        A format of `klout ingest`, or a function that makes tables of the file.
    options
        What the format needs beside the path.
    networks
        The folder of declarations beside the built-in ones.
    """

    name: str
    network: str
    file: Path
    reader: str | Callable[[Path], Tables]
    options: Options = field(default_factory=Options)
    networks: Path = NETWORKS

    @property
    def catalogue(self) -> Catalogue:
        """The signals of its network."""
        return catalogue_of(self.network, self.networks)

    def lake(self, shared: Path, root: Path) -> Lake:
        """Read it into a lake at ``root``."""
        file = shared / self.file
        if isinstance(self.reader, str):
            ingest(root, self.reader, file, self.catalogue, self.options)
            return Lake(root)
        return written(self.reader(file), root, self.catalogue)


def written(tables: Tables, root: Path, catalogue: Catalogue) -> Lake:
    """Write tables into a lake at ``root``, by way of what a user would ingest."""
    inbox = root.with_name(f"{root.name}-tables")
    inbox.mkdir(parents=True)
    for name, table in tables.items():
        table.write_parquet(inbox / f"{name}.parquet")
        ingest(root, "tables", inbox / f"{name}.parquet", catalogue)
    return Lake(root)


def later(lake: Lake, by: timedelta, root: Path, catalogue: Catalogue) -> Lake:
    """Copy a lake with all times moved, as if its clocks were set to another zone."""
    tables = {name: lake.scan(name).collect() for name in TIMED}
    moved = {
        name: table.with_columns(pl.col("at") + by) for name, table in tables.items() if len(table)
    }
    return written(moved, root, catalogue)


def to_midnight(moment: datetime) -> timedelta:
    """How far off the next midnight is; 0 at midnight.

    >>> to_midnight(datetime(2015, 1, 1, 0, 20)), to_midnight(datetime(2015, 1, 1))
    (datetime.timedelta(seconds=85200), datetime.timedelta(0))
    """
    today = datetime.combine(moment.date(), time(), moment.tzinfo)
    return (today - moment) % timedelta(1)


LOGS = {
    log.name: log
    for log in (
        Log("higgs", "twitter", Path("higgs-twitter/higgs-activity_time.txt.gz"), "higgs"),
        Log(
            "bicycles.meta",
            "stackexchange",
            Path("stackexchange-bicycles-meta"),
            "stackexchange",
            Options(site="bicycles.meta"),
        ),
        Log("messages", "messages", Path("college-messages/CollegeMsg.txt.gz"), messages),
        Log("github", "github", Path("github/2015-01-01-0.json.gz"), github),
        Log("reddit", "reddit", Path("reddit/RC_2005-12.zst"), reddit),
        Log(
            "klout-tw",
            "twitter",
            Path("klout-reactions/user_timestamp_open_set_tw.tsv"),
            "klout-reactions",
        ),
        Log(
            "klout-fb",
            "facebook",
            Path("klout-reactions/user_timestamp_open_set_fb.tsv"),
            "klout-reactions",
        ),
        Log("wikispeedia", "wikipedia", Path("wikispeedia/links.tsv.gz"), "wikilinks"),
    )
}
