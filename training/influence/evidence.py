"""Evidence: what distinct people who react say of influence, alike on every network.

Real logs agree on little: reactions per content, their kind, or the attention of those who react
help on one log and hurt on the next. That more people reacted, and of late, tells on all of them
who will be reacted to. That they come back to react in one way again and again tells a little, and
so do counters of what people were given long ago, such as badges (docs/decisions/0014). So a
network's part of influence starts from a curve that is the same for all networks, of weight w
(`WEIGHT`)::

    evidence = w * (
        sum over windows of ln(1 + distinct actors in the window) ** 2
        + 1/8 * sum over windows and kinds of ln(1 + reactions of the kind beyond 3) ** 2
        + 2/5 * sum over counters of ln(1 + counter beyond 2)
        + 1/4 * sum over audiences of ln(1 + audience / 10,000) ** 2
    )

More than 8 reactions of a kind say no more: one who reacts without end is not many. An audience is
potential, and may be bought: as far as its growth is plausible it counts a little, whoever reacts:
a million as much as three people, and a thousand next to nothing (invariant 9). Pages have links
where others have actors. Where a network also tallies reactions, those of whom nobody's name is
known count beside the distinct actors, for less (`features.signals.tallies`; docs/decisions/0015).
Trees, learned for each network that judgements know, add to it. A network that was declared this
morning has its evidence at once.

With the link's square root, log worth grows with the logarithm of the actors, and on without end:
trees stop where their training data stop, and nobody beyond could be told apart. Who draws as many
people on two networks has the evidence of twice one; that is worth less than the square of the
people would be, and more than their logarithms' sum.

The curve is written as trees of one signal each, with leaves in the unit in which all leaves are
exact, so that whatever reads, checks, adds up or explains trees does so with evidence too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from math import log1p
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.catalogue.catalogue import ANY, WINDOWS, Catalogue, Signal
from features.catalogue.measures import COUNT, MEASURES, REACH, REACTORS, Measure
from features.catalogue.network import GROWN, Network
from training.influence.link import Link
from training.influence.params import TrainingParams
from training.influence.smoothing import FACTORS
from training.trees.exact import GRAIN
from training.trees.tree_text import written_tree

if TYPE_CHECKING:  # boosting brings what only training needs
    from training.influence.boosting import Sample

Vector = NDArray[np.float64]

CHANCE = {90: 0, 30: 0, 7: 1}
"""Of a window, how many actors more say nothing: one person in a week may be chance."""
REPEATED, ONCE, MOST = 0.125, 3.0, 8.0
"""How much reactions of a kind count beside actors; up to how many they say nothing, since one act
is often logged as two or three; and from which on no more: one actor who reacts without end is
worth, by one kind, less than two actors."""
HELD, HANDFUL = 0.4, 2.0
"""How much a counter that is no audience, such as badges, counts beside actors; and up to how many
of what is held or published say nothing: whoever joins is given some, and makes some."""
POTENTIAL, MANY = 0.25, 10_000.0
"""How much an audience counts beside actors, and in which unit, so that few more are nothing."""
LINKS = "inlinks"
LINKED = float(len(CHANCE))
"""How much links count: they stand, and so are of every window."""
POWER = 2.0
"""Of the logarithm: the link's square root makes it straight again."""

SMALLEST = float(np.nextafter(np.float32(1e-35), np.float32(1)))
"""LightGBM's own threshold between nothing and something."""
STEPS = np.concatenate(
    [
        [SMALLEST],
        np.arange(1, 64) / 4,
        np.arange(16.0, 512),
        2.0 ** np.arange(9, 44, 1 / 32),
        [2.0**44],
    ]
)
"""Where the curve steps, shape (steps,): by quarters, in which actors weigh, up to 16; by ones up
to 512; then by 32nds of a doubling, up to 2⁴⁴, more than there will be people."""

UNREAD = 1e300
"""More than there is of anything."""

WEIGHT = 0.125
"""Influence for each unit: enough for log worth to grow evenly from a few people on, since the link
is flat near 0."""
_BY_NAME = next(each for each in MEASURES if each.figure is REACTORS and not each.per_content)
_LEAST, _MOST = -12.0, 4.0
"""Logs of the slopes tried."""


@dataclass(frozen=True)
class Term:
    """What one signal adds to evidence.

    Attributes
    ----------
    share
        How much it counts beside distinct actors.
    chance, most
        Up to how much it says nothing, and from which on no more.
    power
        Of its logarithm.
    unit
        In which it is counted: far fewer say next to nothing.
    """

    share: float = 1.0
    chance: float = 0.0
    most: float = np.inf
    power: float = POWER
    unit: float = 1.0

    def curve(self, values: Vector) -> Vector:
        """Compute what it adds for each unit of weight, of values of any shape."""
        counted = np.maximum(np.minimum(values, self.most) - self.chance, 0)
        return np.asarray(self.share * np.log1p(counted / self.unit) ** self.power)


OF_A_KIND = Term(REPEATED, ONCE, MOST)
"""Reactions of a kind, in any window."""


def of_people(window: int) -> Term:
    """Say what the distinct people of a window add."""
    return Term(chance=CHANCE[window])


@dataclass(frozen=True)
class Evidence:
    """The curve that every network's part of influence starts from.

    Attributes
    ----------
    weight
        Influence for each unit of it; 0 where there is none.
    """

    weight: float = 0.0

    @staticmethod
    def fitted(sample: Sample, link: Link, catalogue: Catalogue) -> tuple[Evidence, Link]:
        """Find the link's slope with which evidence alone explains judgements best.

        Parameters
        ----------
        sample
            The persons judged, and the judgements among them.
        link
            From influence to log worth.
        catalogue
            Names the signals.

        Returns
        -------
        tuple
            The evidence, and the link with that slope; where judgements contradict it, none, and
            the link as it was given.
        """
        evidence = Evidence(WEIGHT)
        worth = link.log_worth(evidence.influence(sample.matrix, catalogue))
        from scipy.optimize import minimize_scalar  # whoever scores does without

        found = minimize_scalar(
            lambda log: sample.pairs.loss(np.exp(log) * worth),
            bounds=(_LEAST, _MOST),
            method="bounded",
        )
        if not found.fun < sample.pairs.loss(0 * worth):
            return Evidence(), link
        return evidence, replace(link, slope=float(np.exp(found.x)))

    def before(self, sample: Sample, catalogue: Catalogue, params: TrainingParams) -> Sample:
        """Let trees start from the evidence of the persons judged, and add to it beyond a few."""
        start = self.influence(sample.matrix, catalogue)
        return replace(sample, start=start, least=least(catalogue, params))

    def influence(self, signals: Vector, catalogue: Catalogue) -> Vector:
        """Compute what the trees say, shape (persons,), of signals of shape (persons, signals)."""
        total = np.zeros(len(signals))
        for column, term in _read(catalogue):
            total += self.of_term(term, signals[:, column])
        return total

    def of_term(self, term: Term, values: Vector) -> Vector:
        """Compute what a term's tree says, shape (persons,), of one signal: whole `GRAIN`s."""
        steps, leaves = self._stepped(term)
        return np.asarray(leaves[np.searchsorted(steps, values)])

    @property
    def of_one(self) -> float:
        """Influence of one person who reacts, within a week, on one network."""
        counted = (max(1 - chance, 0) for chance in CHANCE.values())
        return float(self.weight * sum(log1p(each) ** POWER for each in counted))

    def trees(self, catalogue: Catalogue, networks: Collection[str] | None = None) -> list[str]:
        """Write the curve as trees, in LightGBM's text.

        Parameters
        ----------
        catalogue
            Its columns are the trees' features.
        networks
            Of which there are to be trees; None: all.
        """
        if not self.weight:
            return []
        return [
            written_tree(column, *(each.tolist() for each in self._stepped(term)))
            for column, term in _read(catalogue)
            if networks is None or catalogue.signals[column].network in networks
        ]

    def _stepped(self, term: Term) -> tuple[Vector, Vector]:
        """Give a term's steps, shape (steps,), and its value up to each and beyond the last.

        A step ends with the value of its end; nothing comes to nothing.
        """
        ends = np.append(STEPS, STEPS[-1] * 2)
        ends[0] = 0.0
        values = np.round(self.weight * term.curve(ends) / GRAIN) * GRAIN
        moves = np.flatnonzero(np.diff(values))
        return STEPS[moves], values[np.append(moves, -1)]


def least(catalogue: Catalogue, params: TrainingParams) -> Vector:
    """Say up to what trees don't tell people apart, shape (signals,).

    What they may not read at all looks alike of everybody: then LightGBM neither bins it nor draws
    it among a tree's signals, which is three times as fast.
    """
    handful = {*_held(catalogue), *_published(catalogue)}
    read = set(chain.from_iterable(params.readable(catalogue)))

    def of(column: int, signal: Signal) -> float:
        measure = signal.measure
        if column not in read:
            return UNREAD
        if measure is None:
            return HANDFUL if signal.name in handful else 0.0
        if measure.per_content:
            return 0.0
        # Thresholds on engagement are divided later: see `training.influence.smoothing`.
        return params.few * max(FACTORS) if measure.is_engagement else params.few

    return np.array([of(column, signal) for column, signal in enumerate(catalogue.signals)])


def distinct_of(network: Network) -> Measure:
    """Name the measure that counts the people of evidence."""
    return REACH if network.tallies else _BY_NAME


def with_tallies(before: Catalogue, after: Catalogue) -> Callable[[str], str]:
    """Say which signals trees of a catalogue read of one in which more networks tally."""
    tallying = {each.name for each in after.networks if each.tallies}
    tallying -= {each.name for each in before.networks if each.tallies}
    reached = {
        f"{name}.{ANY}.{_BY_NAME.name}.{window}d": f"{name}.{ANY}.{REACH.name}.{window}d"
        for name in tallying
        for window in WINDOWS
    }
    return lambda name: reached.get(name, name)


def gives_evidence(network: Network) -> bool:
    """Say whether evidence can be taken from a network."""
    return any(True for _ in _read(Catalogue((network,))))


def _read(catalogue: Catalogue) -> Iterator[tuple[int, Term]]:
    """List the columns that evidence is taken from, and what each adds."""
    held, audiences = set(_held(catalogue)), set(_audiences(catalogue))
    distinct = {each.name: distinct_of(each) for each in catalogue.networks}
    for column, signal in enumerate(catalogue.signals):
        if signal.name == f"{signal.network}.{LINKS}":
            yield column, Term(LINKED)
        elif signal.name in held:
            yield column, Term(HELD, HANDFUL, power=1.0)
        elif signal.name in audiences:
            yield column, Term(POTENTIAL, unit=MANY)
        elif (term := _of_reactions(signal, distinct[signal.network])) is not None:
            yield column, term


def _held(catalogue: Catalogue) -> Iterator[str]:
    """Name the counters of what people were given for what they did: no audience, and upwards."""
    for network in catalogue.networks:
        for counter in network.counters:
            if counter.sign == "up" and not counter.audience:
                yield f"{network.name}.{counter.name}"


def _audiences(catalogue: Catalogue) -> Iterator[str]:
    """Name what of each audience its growth makes plausible."""
    for network in catalogue.networks:
        for name in network.audiences:
            yield f"{network.name}.{name}.{GROWN}"


def _published(catalogue: Catalogue) -> Iterator[str]:
    """Name the signals of contents published."""
    for network in catalogue.networks:
        for kind in network.contents:
            yield f"{network.name}.{kind.signal}"


def _of_reactions(signal: Signal, distinct: Measure) -> Term | None:
    """Say what a signal of reactions adds, if anything; `distinct` is what counts actors."""
    measure, window = signal.measure, signal.window
    if measure is None or window is None or measure.per_content:
        return None
    if measure is distinct and signal.reaction == ANY:
        return of_people(window)
    if measure.figure is COUNT and signal.reaction != ANY:
        return OF_A_KIND
    return None
