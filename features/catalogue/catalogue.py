"""Every signal of every network, derived from the declarations and from nowhere else.

For a network with *R* reactions, of which it tallies *T*, *C* content kinds, *K* counters and *Q*
ratios there are::

    (R + 1) reactions and `any`  x  9 measures  x  3 windows    twitter.retweet.reactors.90d
    + (T + 1) tallied and `any` x 3 measures x 3 windows        mastodon.boost.tallied.90d
    + 3 windows of who was reached, if T is above 0             mastodon.any.reach.90d
    + C contents published                                      twitter.tweets
    + K counters                                                twitter.lists
    + 2 for each of them that is an audience                    twitter.followers.plausible
    + 2 for a page graph                                        wikipedia.pagerank
    + Q ratios of counters, contents and links                  wikipedia.inlink_ratio
    + 1                                                         twitter.connected

`any` is over all reactions together; a network without reactions has none of the first line.
So Twitter has (4 + 1) x 9 x 3 + 1 + 2 + 2 + 0 + 1 = 141 signals, and Wikipedia 2 + 1 + 1 = 4. An
audience as claimed, `twitter.followers`, is shown and never learned from, since it can be bought;
`twitter.followers.grown`, as far as its own growth is plausible, counts a little, and
`twitter.followers.plausible` as far as some of it react.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from features.catalogue import measures
from features.catalogue.declaration import (
    Counter,
    Network,
    Sign,
    in_order,
    network_from_dict,
    network_to_dict,
)
from features.catalogue.measures import Measure
from features.catalogue.network import GROWN, PLAUSIBLE

WINDOWS = (7, 30, 90)
"""Days; a window of w days is ``[as_of - w, as_of)``. The score is built over the longest."""

HORIZON = max(WINDOWS)
"""Days of history that any windowed signal can see."""

ANY = "any"
"""Stands for all reactions of a network together in a signal's name."""

_DERIVED = ("reaction", "measure", "of_audience")
"""Of a signal, what its name says."""


@dataclass(frozen=True)
class Signal:
    """One named number per person, an input of the model.

    Attributes
    ----------
    name
        Derived, as ``twitter.retweet.reactors.90d``.
    window
        Days, or None for what has no window (the latest value counts).
    sign
        ``up``: more never means less influence; ``down``: more never means more; or ``free``.
    learned
        False: only shown, no model of influence reads it.
    reaction, measure
        Of what is measured of interactions: of which, and what; None of anything else.
    of_audience
        Whether it grows with an audience, which may be bought.
    """

    name: str
    network: str
    unit: str
    window: int | None
    meaning: str
    sign: Sign
    learned: bool = True
    reaction: str | None = None
    measure: Measure | None = None
    of_audience: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain data for whom the name says what is measured."""
        every = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in every if name not in _DERIVED}


def network_of(column: str) -> str | None:
    """Name the network of a column by its form alone, also of a network never declared here.

    >>> network_of("hub.any.reactors.90d"), network_of("hub.connected"), network_of("hub.stars")
    ('hub', 'hub', None)
    """
    network, *rest = column.split(".")
    if rest == ["connected"]:
        return network
    every = (*measures.MEASURES, *measures.TALLY_MEASURES, measures.REACH)
    known = {measure.name for measure in every}
    windows = {f"{window}d" for window in WINDOWS}
    windowed = len(rest) == 3 and rest[1] in known and rest[2] in windows
    return network if windowed else None


def signals_of(network: Network) -> Iterator[Signal]:
    """Derive the signals of one network, in the catalogue's order."""
    yield from _windowed(network)
    yield from _tallied(network)
    for kind in network.contents:
        yield Signal(
            f"{network.name}.{kind.signal}",
            network.name,
            "contents",
            HORIZON,
            f"{kind.meaning} in {HORIZON} days",
            "down",
        )
    for counter in network.counters:
        yield from _counted(counter, network)
    if network.page_graph:
        yield from _page_graph(network)
    for ratio in network.ratios:
        name = f"{network.name}.{ratio.name}"
        of_audience = ratio.of in network.audiences
        yield Signal(
            name, network.name, ratio.unit, None, ratio.meaning, ratio.sign, of_audience=of_audience
        )
    connected = f"1 if the person has an account on {network.title}, else 0"
    yield Signal(f"{network.name}.connected", network.name, "flag", None, connected, "up")


def _windowed(network: Network) -> Iterator[Signal]:
    kinds = {r.name: r.meaning for r in network.reactions}
    for kind, received in _with_any(kinds, network).items():
        for measure in measures.MEASURES:
            yield from _by_window(network, kind, received, measure)


def _tallied(network: Network) -> Iterator[Signal]:
    kinds = _with_any({each.name: each.meaning for each in network.tallies}, network)
    for kind, received in kinds.items():
        for measure in measures.TALLY_MEASURES:
            yield from _by_window(network, kind, received, measure)
    if kinds:
        yield from _by_window(network, ANY, kinds[ANY], measures.REACH)


def _with_any(kinds: dict[str, str], network: Network) -> dict[str, str]:
    return kinds | {ANY: f"reactions of any kind on {network.title}"} if kinds else {}


def _by_window(network: Network, kind: str, received: str, measure: Measure) -> Iterator[Signal]:
    for window in WINDOWS:
        yield Signal(
            f"{network.name}.{kind}.{measure.name}.{window}d",
            network.name,
            measure.unit,
            window,
            f"{measure.meaning} {received}, in {window} days",
            "up",
            reaction=kind,
            measure=measure,
        )


def _counted(counter: Counter, network: Network) -> Iterator[Signal]:
    name, unit = f"{network.name}.{counter.name}", counter.unit
    if not counter.audience:
        yield Signal(name, network.name, unit, None, counter.meaning, counter.sign)
        return
    claimed = f"{counter.meaning}, as claimed; only shown, {name}.{PLAUSIBLE} is what is plausible"
    yield Signal(name, network.name, unit, None, claimed, counter.sign, learned=False)
    bounds = {GROWN: "growth makes", PLAUSIBLE: "growth and reactions make"}
    for bound, makes in bounds.items():
        meaning = f"{counter.meaning}, as far as {makes} plausible"
        yield Signal(f"{name}.{bound}", network.name, unit, None, meaning, "up", of_audience=True)


def _page_graph(network: Network) -> Iterator[Signal]:
    rows = (
        ("inlinks", "pages", "pages that link to the person's page"),
        ("pagerank", "mean pages", "PageRank of the person's page, 1 being the mean page"),
    )
    for name, unit, meaning in rows:
        yield Signal(f"{network.name}.{name}", network.name, unit, None, meaning, "up")


@dataclass(frozen=True)
class Catalogue:
    """The signals in force, in their one order.

    The monotone vector, the interaction groups, the signals file's columns, the MLflow
    signature, validation and the documentation are all read from here.
    """

    networks: tuple[Network, ...]

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """All signals, network by network."""
        return tuple(signal for network in self.networks for signal in signals_of(network))

    @cached_property
    def names(self) -> list[str]:
        """Names of the signals: the columns of a signals file after ``person``."""
        return [signal.name for signal in self.signals]

    @cached_property
    def monotone(self) -> list[int]:
        """LightGBM's ``monotone_constraints``: 1 up, -1 down, 0 free."""
        return [{"up": 1, "down": -1, "free": 0}[signal.sign] for signal in self.signals]

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Column numbers by network: LightGBM's ``interaction_constraints``.

        It never splits on a column that is in no group, so what is only shown is in none.
        """
        groups: dict[str, list[int]] = {network.name: [] for network in self.networks}
        for column, signal in enumerate(self.signals):
            if signal.learned:
                groups[signal.network].append(column)
        return groups

    def network(self, name: str) -> Network:
        """Return the network of this name; KeyError if there is none."""
        return {network.name: network for network in self.networks}[name]

    def over(self, networks: Iterable[Network]) -> Catalogue:
        """Put networks in the place of those of the same names, and beside the others."""
        every = {network.name: network for network in (*self.networks, *networks)}
        return Catalogue(in_order(every.values()))

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name the declarations by their content."""
        content = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a model's JSON file."""
        return {network.name: network_to_dict(network) for network in self.networks}

    @staticmethod
    def from_dict(data: dict[str, Any], where: str) -> Catalogue:
        """Undo `to_dict`; KloutError names ``where`` if the data is damaged."""
        return Catalogue(tuple(network_from_dict(n, spec, where) for n, spec in data.items()))
