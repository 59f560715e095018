"""Reading the lake."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.catalogue.network import Network
from features.errors import KloutError
from features.lake.contracts import EVERY_TABLE, KEYS
from features.lake.ledger import (
    FENCE,
    NETWORKS,
    Entry,
    LakeFile,
    aside,
    present,
    read_ledger,
)
from features.storage.folders import LAKE, recognised
from features.storage.paths import exists, location

_NONE = "no lake here; fill one with `klout ingest`"


class Lake:
    """A directory, or prefix of object storage, of Parquet tables, as one ledger names them.

    The ledger is read once: what others commit later is seen by a new `Lake`. After a rewriting
    (`klout compact`, `klout forget`) the files of an older one are gone.

    Parameters
    ----------
    root
        The directory, or ``s3://bucket/prefix``.

    Raises
    ------
    KloutError
        On first use, if there is no lake at ``root``.
    """

    memory: dict[Hashable, Any] | None = None
    """What `features.lake.remembering` keeps of it; None: nothing."""

    def __init__(self, root: Path | str) -> None:
        self.root = location(root)

    @cached_property
    def id(self) -> str:
        """Its identity: 32 hexadecimal digits, which a copy shares.

        Raises
        ------
        KloutError
            If there is no lake.
        """
        marker = recognised(self.root, LAKE)
        if marker is None:
            raise KloutError(f"{self.root}: {_NONE}")
        return marker.id

    @property
    def ledger(self) -> Path:
        """The folder of ledger entries."""
        return self.root / "ledger"

    @cached_property
    def entries(self) -> list[Entry]:
        """What was ingested and rewritten, oldest first."""
        return [entry for entry in self._read if entry.format not in (FENCE, NETWORKS)]

    @cached_property
    def catalogue(self) -> Catalogue:
        """The networks in force: the built-in ones, and those that were declared to the lake."""
        kept: dict[str, Any] = {}
        for entry in self._read:
            kept |= entry.networks
        own = Catalogue.from_dict(kept, f"{self.ledger}: a network kept")
        return Catalogue(load_networks()).over(own.networks)

    @property
    def populated(self) -> tuple[Network, ...]:
        """The networks in force of which it holds anything."""
        held = {file.network for file in self._present}
        return tuple(each for each in self.catalogue.networks if each.name in held)

    @property
    def number(self) -> int:
        """What the next ledger entry has for its number."""
        return len(self._read)

    @cached_property
    def _read(self) -> list[Entry]:
        if not exists(self.ledger):
            raise KloutError(f"{self.root}: {_NONE}")
        return read_ledger(self.ledger)

    @cached_property
    def _present(self) -> list[LakeFile]:
        return present(self.entries)

    @cached_property
    def _by_table(self) -> dict[str, list[LakeFile]]:
        found: dict[str, list[LakeFile]] = {}
        for file in self.every_file():
            found.setdefault(file.table, []).append(file)
        return found

    @cached_property
    def aside(self) -> list[LakeFile]:
        """Files that a compaction took out of the lake, and that are still on the disk."""
        return aside(self.entries)

    def every_file(self) -> Iterable[LakeFile]:
        """Name all files of all tables, without those that a later entry removed."""
        return self._present

    def files(
        self,
        table: str,
        networks: Iterable[str] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[LakeFile]:
        """Name the files that may hold rows of these networks and days ``[since, until)``."""
        wanted = None if networks is None else frozenset(networks)
        every = self._by_table.get(table, [])
        found = [file for file in every if file.within(wanted, since, until)]
        return sorted(found, key=lambda file: (file.network or "", file.day or "", file.path))

    def scan(
        self,
        table: str,
        networks: Iterable[str] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> pl.LazyFrame:
        """Read a table lazily, with the columns of its contract; empty where there is nothing."""
        return self.scan_files(table, self.files(table, networks, since, until))

    def scan_files(self, table: str, files: list[LakeFile]) -> pl.LazyFrame:
        """Read some of a table's files lazily."""
        columns = EVERY_TABLE[table].columns
        if not files:
            return pl.LazyFrame(schema=dict(columns))
        paths = [str(self.root / file.path) for file in files]
        if table == KEYS:
            return pl.scan_ipc(paths, glob=False)
        return pl.scan_parquet(paths, glob=False, hive_partitioning=False).select(list(columns))
