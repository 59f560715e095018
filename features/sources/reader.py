"""What every reader is: a name, the files it reads, and a function from a path to pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network, load_network
from features.errors import KloutError
from features.lake import Piece
from features.sources.glance import Glance, Known
from features.sources.labels import Label

NETWORKS = Path(__file__).with_name("networks")
"""Declarations that come with readers: they are in force in lakes that such rows are in, not in
all, so that a network that hardly anybody has does not add its signals to everybody's."""

_NO_NETWORKS = Catalogue(())


class Chunk(NamedTuple):
    """Some rows of a file.

    Attributes
    ----------
    rows
        Their numbers in the file, u64.
    frame
        Their columns, as texts or typed values.
    damaged
        Why a row could not be read, null where it could; None: all could.
    """

    rows: pl.Series
    frame: pl.DataFrame
    damaged: pl.Series | None = None


@dataclass(frozen=True)
class Options:
    """What a reader may need to know beside the path.

    Attributes
    ----------
    site
        The name of the Stack Exchange site a dump is of, as ``bicycles.meta``.
    network, day
        The network that a table of pairs is of, and the day its figures and judgements are of.
    name
        By which a pipe or file is read, where its own does not say what it is.
    columns
        What the columns of an edge list are, in order, as ``actor,target,at``.
    reaction
        The reaction that all edges of a list are.
    catalogue
        The networks in force.
    dictionary
        The zst dictionary that a log was packed with.
    """

    site: str | None = None
    network: str | None = None
    day: date | None = None
    name: str | None = None
    columns: str | None = None
    reaction: str | None = None
    catalogue: Catalogue = _NO_NETWORKS
    dictionary: Path | None = None

    def identity(self) -> tuple[object, ...]:
        """Give what the same bytes are another source by; the declarations are none of it.

        Nor is the dictionary, without which they can't be read. What is not given is left out, so
        that older lakes know their sources again.
        """
        more = (self.network, self.day, self.columns, self.reaction)
        return (self.site, *(given for given in more if given is not None))


@dataclass(frozen=True)
class Reader:
    """One format that `klout ingest` reads.

    Attributes
    ----------
    name, about
        The format's name, and a line on what is read and what comes of it.
    files
        The files a path stands for: their bytes identify the source. KloutError if the path is
        not of the kind the format wants.
    read
        Yields the rows piece by piece. KloutError names the file and the place if it is damaged.
    named
        Whether a file's name says what it holds. If not, a copy by another name is the same source.
    networks
        Networks that its rows are of, and that a lake is told of with them: names of declarations
        in `NETWORKS`. Those that are built in, and need nothing more, are not among them.
    remarks
        Gives what people should know of a path before its rows are read.
    declared_by
        Declares what else the rows of a path are of, as far as they show it.
    labels
        Reads what a path says people's influence is; None: the format says nothing of it.
    knows
        Says what a path is, if it looks as the format does; None if not.
    """

    name: str
    about: str
    files: Callable[[Path], list[Path]]
    read: Callable[[Path, Options], Iterator[Piece]]
    named: bool = True
    networks: tuple[str, ...] = ()
    remarks: Callable[[Path], list[str]] = lambda _path: []
    declared_by: Callable[[Path, Options], list[Network]] = lambda _path, _options: []
    labels: Callable[[Path], Iterator[Label]] | None = None
    knows: Callable[[Glance], Known | None] = lambda _seen: None

    def declares(self) -> Iterator[Network]:
        """Read the declarations of `networks`."""
        for name in self.networks:
            yield load_network(NETWORKS / f"{name}.toml")


def one_file(path: Path) -> list[Path]:
    """Take a path that must be a file with something in it."""
    if not path.exists():
        raise KloutError(f"{path}: no such file")
    if path.is_dir():
        raise KloutError(f"{path}: a folder where a file was expected")
    if path.stat().st_size == 0:
        raise KloutError(f"{path}: the file is empty")
    return [path]
