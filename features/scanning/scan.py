"""From one person's account on a network to rows of the lake, all of a scan or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_network
from features.lake import Lake, Piece, Receipt, Source, write
from features.lake.contracts import TIME
from features.lake.scanned import SCAN, SCAN_ID, TOLD_BY
from features.scanning import bluesky, mastodon
from features.scanning.client import Client, OutOfRequestsError
from features.scanning.found import Found, Profile, Reaction, Wanted
from features.sources.reader import NETWORKS as DECLARED
from features.storage.paths import exists

UNLISTED = "counted by the network, but not listed"
KNOWN = "in the lake by another way"


class Network(Protocol):
    """A network that somebody can be looked up on: a module of this folder."""

    NETWORK: str

    def server_of(self, account: str, /) -> str:
        """Give the server to ask where none is given."""

    def find(self, client: Client, wanted: Wanted, /) -> Profile:
        """Find an account, and what there is of it."""


NETWORKS: dict[str, Network] = {module.NETWORK: module for module in (bluesky, mastodon)}


class Scanned(NamedTuple):
    """What came of a scan.

    Attributes
    ----------
    receipt
        Of what was written.
    contents
        How many contents were read, with all of their reactions.
    stopped
        Why not all were; empty if all were.
    """

    receipt: Receipt
    contents: int
    stopped: str = ""


def scan(
    lake: Path,
    network: str,
    wanted: Wanted,
    client: Client,
    catalogue: Catalogue,
    on_content: Callable[[int], None] = lambda _number: None,
) -> Scanned:
    """Ask a network for a person's reactions, and write them.

    Parameters
    ----------
    lake
        The lake's directory; made if it does not exist.
    network
        A key of `NETWORKS`.
    wanted
        Whose, and of which days.
    client
        Asks the network's server. If it may not ask as often as is needed, the contents that were
        read whole are written.
    catalogue
        The networks in force.
    on_content
        Called with 1 for each content that was read, for a progress bar.

    Raises
    ------
    KloutError
        If there is no such account, it does not want to be read, or the server can't be asked; the
        lake is as before.
    """
    asked_at = datetime.now(UTC)
    profile = NETWORKS[network].find(client, wanted)
    found, stopped = [], ""
    try:
        for each in profile.contents:
            found.append(each)
            on_content(1)
    except OutOfRequestsError as error:
        if not found:
            raise
        stopped = f"{error}; {_rest(found[-1], wanted)}"
    told = (network, profile.account, profile.followers, asked_at.date(), found)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    source = Source(f"{network} {profile.account}", SCAN, digest)
    pieces = _pieces(network, profile, found, _known(lake, network, profile.account), asked_at)
    declared = load_network(DECLARED / f"{network}.toml")
    receipt = write(lake, pieces, source, catalogue, datetime.now(UTC), declares=[declared])
    return Scanned(receipt, len(found), stopped)


def _rest(last: Found, wanted: Wanted) -> str:
    """Say how to go on: what was not read is of the day of what was read last, or before it."""
    before = min(wanted.before, last.at.date() + timedelta(days=1))
    return f"what was read is in the lake; for what is older add --before {before}"


def _pieces(
    network: str, profile: Profile, found: list[Found], known: pl.DataFrame, asked_at: datetime
) -> Iterator[Piece]:
    where = f"{network} {profile.account}"
    on, account = pl.lit(network), pl.lit(profile.account)
    acts = _reactions(found)
    twice = acts.filter(pl.col("id").is_null()).join(known, on=TOLD_BY, how="semi")
    left_out = {UNLISTED: sum(each.unlisted for each in found), KNOWN: len(twice)}
    new = acts.join(twice, on="row", how="anti", maintain_order="left")
    named = new.with_columns(id=pl.coalesce("id", SCAN_ID), network=on, target=account)
    yield Piece("interactions", named, where, left_out)
    yield Piece("contents", _contents(found).with_columns(network=on, author=account), where)
    counter = {"counter": ["followers"], "value": [float(profile.followers)], "at": [asked_at]}
    number = _numbered(pl.DataFrame(counter)).with_columns(network=on, account=account)
    yield Piece("counters", number, where)


def _reactions(found: list[Found]) -> pl.DataFrame:
    rows = [(*each,) for content in found for each in content.reactions]
    types = {name: TIME if name == "at" else pl.String() for name in Reaction._fields}
    return _numbered(pl.DataFrame(rows, types, orient="row"))


def _contents(found: list[Found]) -> pl.DataFrame:
    rows = [(each.content, each.kind, each.at) for each in found]
    types = {"content": pl.String(), "kind": pl.String(), "at": TIME}
    return _numbered(pl.DataFrame(rows, types, orient="row"))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(row=pl.int_range(1, pl.len() + 1, dtype=pl.UInt64))


def _known(root: Path, network: str, account: str) -> pl.DataFrame:
    """Read which reactions to contents of an account the lake has by ids that no scan gives."""
    if not exists(root / "ledger"):
        return pl.DataFrame(schema=dict.fromkeys(TOLD_BY, pl.String()))
    rows = Lake(root).scan("interactions", [network]).filter(network=network, target=account)
    others = rows.filter(pl.col("content").is_not_null(), pl.col("id").ne_missing(SCAN_ID))
    return others.select(TOLD_BY).unique().collect()
