"""The networks that a lake knows: declarations given once with `--networks` are kept in its ledger.

The built-in networks come with the software, so what is kept are a user's own, and built-in ones
that the user declares otherwise. An entry of the ledger holds what changed, by whole networks; of
several that declare a network the last is in force, so the ledger is their history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import (
    Network,
    load_networks,
    network_from_dict,
    network_to_dict,
)
from features.errors import KloutError
from features.lake.lake import Lake
from features.lake.ledger import NETWORKS, Entry, commit
from features.lake.lock import writing
from features.storage.paths import exists

_PARTS = ("reactions", "tallies", "contents", "counters", "ratios")
"""What a declaration names, each with what it means."""

_KINDS = {
    "reactions": "reaction",
    "tallies": "tally",
    "contents": "content kind",
    "counters": "counter",
}
"""What rows may be of, as a declaration calls it and as one of them is called."""

_HELD = {
    "reactions": ("interactions", "reaction"),
    "tallies": ("tallies", "reaction"),
    "contents": ("contents", "kind"),
    "counters": ("counters", "counter"),
}
"""Table and column that name it."""


def declared(lake: Lake, given: Path | None) -> tuple[Catalogue, str]:
    """Give the networks in force in a lake, with those of a directory over them; keep nothing.

    Parameters
    ----------
    lake
        Whose declarations are in force.
    given
        A directory of declarations, or None.

    Returns
    -------
    tuple
        The catalogue, and in words what the directory changes: empty, if nothing.
    """
    changes = _changes(lake.catalogue, given)
    return lake.catalogue.over(changes), in_words(lake.catalogue, changes)


def keep(root: Path, given: Path) -> tuple[Catalogue, str]:
    """Put the declarations of a directory in force in a lake, which is made if there is none.

    Networks that the directory does not declare stay as they are.

    Parameters
    ----------
    root
        The lake's directory.
    given
        A directory of declarations.

    Returns
    -------
    tuple
        As `declared` says it.

    Raises
    ------
    KloutError
        If a declaration leaves out what rows of the lake are of.
    """
    before = Lake(root).catalogue if exists(root / "ledger") else Catalogue(load_networks())
    changes = _changes(before, given)
    if not changes:
        return before, ""
    with writing(root):
        lake = Lake(root)
        before, changes = lake.catalogue, _changes(lake.catalogue, given)
        for network in changes:
            _check_held(lake, network)
        words = in_words(before, changes)
        data = {network.name: network_to_dict(network) for network in changes}
        digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
        entry = Entry(f"networks: {words}", NETWORKS, digest, (), 0, 0, networks=data)
        commit(lake.ledger, entry, lake.number)
    return before.over(changes), words


def completed(known: Catalogue, declares: Iterable[Network]) -> list[Network]:
    """Give the networks that a format's rows are of, as far as they are not in force.

    Parameters
    ----------
    known
        The networks in force; what they declare stays as it is.
    declares
        The format's. A network that is in force is given with what it lacks of it.

    Raises
    ------
    KloutError
        If the two declare one name as different things.
    """
    before = known.to_dict()
    found = []
    for network in declares:
        wanted = network_to_dict(network)
        if (own := before.get(network.name)) is not None:
            more = {
                part: own.get(part, {}) | _lacking(own.get(part, {}), wanted.get(part, {}))
                for part in _PARTS
            }
            where = f"networks: {network.name}, with what the format adds"
            network = network_from_dict(network.name, own | more, where)
        if network_to_dict(network) != own:
            found.append(network)
    return found


def _lacking(own: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: meaning for name, meaning in wanted.items() if name not in own}


def _changes(before: Catalogue, given: Path | None) -> list[Network]:
    """Name the networks of a directory that are declared otherwise, or not at all, before."""
    known = before.to_dict()
    own = () if given is None else load_networks(given, built_in=False)
    return [network for network in own if network_to_dict(network) != known.get(network.name)]


def in_words(before: Catalogue, changes: Iterable[Network]) -> str:
    """Say what changes: ``frog: reaction croak is new; pond added``."""
    known = before.to_dict()
    return "; ".join(
        f"{network.name}: {', '.join(_differences(known[network.name], network_to_dict(network)))}"
        if network.name in known
        else f"{network.name} added"
        for network in changes
    )


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for field in dict.fromkeys([*after, *before]):
        then, now = before.get(field, {}), after.get(field, {})
        if not isinstance(now, dict):
            if now != then:
                yield f"{field} is {json.dumps(now, ensure_ascii=False)}"
            continue
        kind = _KINDS.get(field, "ratio")
        yield from (f"{kind} {name} is new" for name in now if name not in then)
        yield from (f"{kind} {name} is gone" for name in then if name not in now)
        both = (name for name in now if name in then)
        yield from (f"{kind} {name} has changed" for name in both if now[name] != then[name])


def _check_held(lake: Lake, network: Network) -> None:
    """Refuse a declaration without what the lake holds: its rows would count for nothing."""
    for field, (table, column) in _HELD.items():
        names = [each.name for each in getattr(network, field)]
        rows = lake.scan(table, [network.name]).filter(
            pl.col("network") == network.name, ~pl.col(column).is_in(names)
        )
        held = rows.group_by(column).len().sort(column).head(1).collect()
        for name, number in held.iter_rows():
            raise KloutError(
                f"networks: {network.name} does not declare the {_KINDS[field]} {name!r}, of which "
                f"{lake.root} has {number:,} rows; nothing is changed"
            )
    if not network.page_graph:
        links = lake.scan("links", [network.name]).filter(network=network.name)
        if number := links.select(pl.len()).collect().item():
            raise KloutError(
                f"networks: {network.name} has no page_graph, and {lake.root} has {number:,} links "
                "of it; nothing is changed"
            )
