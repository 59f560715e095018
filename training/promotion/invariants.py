"""The score's promises, tried on real people: what the audit proves of trees, seen from outside.

Nothing here looks into the model. Signals of real people are changed, and the scores before and
after are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from training.influence.model import Model, as_matrix
from training.influence.smoothing import engagement_columns

Vector = NDArray[np.float64]

PEOPLE = 1000
"""Persons tried on where everything is changed at once."""
FEW = 24
"""Persons tried on signal by signal: with 900 signals and three steps that is 65,000 scores."""
STEPS = (0.1, 1.0, 100.0)
"""A signal is raised to (1 + step) times itself plus step, which moves a 0 as well."""
DOUBLINGS = 5
"""Times that somebody's engagement is doubled."""
HIGH = 50.0
"""Score above which a doubling must gain less than the one before."""
STEP_POINTS = 1.0
"""Points by which it may gain more all the same: trees are steps, however smooth."""


@dataclass(frozen=True)
class Breach:
    """One promise seen broken."""

    invariant: str
    what: str

    def __str__(self) -> str:
        """Say both in a line."""
        return f"{self.invariant}: {self.what}"


@dataclass(frozen=True)
class People:
    """Real people: who, their signals (persons, signals), and their scores (persons,)."""

    model: Model
    persons: list[str]
    signals: Vector
    scores: Vector

    @staticmethod
    def of(model: Model, frame: pl.DataFrame, most: int) -> People:
        """Take some evenly from the lowest to the highest."""
        influence = model.influence(as_matrix(frame, model.catalogue))
        rank = np.argsort(influence, kind="stable")
        rows = rank[np.linspace(0, len(rank) - 1, min(most, len(rank))).astype(int)]
        taken = frame[rows.tolist()]
        signals = as_matrix(taken, model.catalogue)
        return People(model, taken["person"].to_list(), signals, score(model, signals))

    def falls(self, changed: Vector, invariant: str, how: str) -> Iterator[Breach]:
        """Find whose score is lower with changed signals."""
        yield from self._wrong(changed, 1, invariant, how)

    def rises(self, changed: Vector, invariant: str, how: str) -> Iterator[Breach]:
        """Find whose score is higher with changed signals."""
        yield from self._wrong(changed, -1, invariant, how)

    def _wrong(self, changed: Vector, sign: int, invariant: str, how: str) -> Iterator[Breach]:
        after = score(self.model, changed)
        for row in np.flatnonzero(~(sign * (after - self.scores) >= 0)):
            moved = f"{self.scores[row]:.4f} becomes {after[row]:.4f}"
            yield Breach(invariant, f"the score of {self.persons[row]!r}, {moved} with {how}")


def breaches(model: Model, frame: pl.DataFrame) -> list[Breach]:
    """Try every promise on some of the people.

    Parameters
    ----------
    model
        To be tried.
    frame
        ``person`` and the signals of the model's catalogue: real rows.

    Returns
    -------
    list of Breach
        Empty if all hold.
    """
    people = People.of(model, frame, PEOPLE)
    return [breach for check in INVARIANTS for breach in check(people)]


def score(model: Model, signals: Vector) -> Vector:
    """Score signals of shape (persons, signals); shape (persons,)."""
    return np.asarray(model.points(model.influence(signals)))


def more_of_one(people: People) -> Iterator[Breach]:
    """More of an `up` signal, or less of a `down` one, never lowers a score."""
    few = np.linspace(0, len(people.persons) - 1, min(FEW, len(people.persons))).astype(int)
    catalogue = people.model.catalogue
    for columns in catalogue.groups.values():
        signed = [column for column in columns if catalogue.monotone[column]]
        row, column, step = (each.ravel() for each in np.meshgrid(few, signed, STEPS))
        column = column.astype(int)
        tried, place = people.signals[row.astype(int)], (np.arange(len(row)), column)
        signs = np.array(catalogue.monotone)[column]
        tried[place] = _stepped(tried[place], step, signs)
        before, after = people.scores[row.astype(int)], score(people.model, tried)
        for wrong in np.flatnonzero(~(after >= before)):
            who, name = people.persons[int(row[wrong])], catalogue.names[column[wrong]]
            moved = f"{before[wrong]:.4f} becomes {after[wrong]:.4f}"
            what = f"the score of {who!r}, {moved} with {1 + step[wrong]:g} times {name}"
            yield Breach("more never lowers", what)


def more_of_all(people: People) -> Iterator[Breach]:
    """More of all that counts for somebody, and less of what counts against, never lowers."""
    signs = np.array(people.model.catalogue.monotone)
    for step in STEPS:
        changed = _stepped(people.signals, np.full(people.signals.shape, step), signs[None, :])
        yield from people.falls(changed, "more never lowers", f"{1 + step:g} times of everything")


def silence(people: People) -> Iterator[Breach]:
    """Contents that draw no reaction never raise a score."""
    catalogue = people.model.catalogue
    published, silenced = _contents(catalogue)
    for step in STEPS:
        changed = people.signals.copy()
        changed[:, published] = changed[:, published] * (1 + step) + step
        changed[:, silenced] /= 1 + step
        yield from people.rises(changed, "silence never raises", f"{1 + step:g} times the contents")


def fewer_networks(people: People) -> Iterator[Breach]:
    """Leaving a network never raises a score."""
    for network, columns in people.model.catalogue.groups.items():
        changed = people.signals.copy()
        changed[:, columns] = 0.0
        yield from people.rises(changed, "one more network never lowers", f"{network} left")


def doubling_gains_less(people: People) -> Iterator[Breach]:
    """Above 50, doubling engagement again and again gains ever less."""
    high = np.flatnonzero(people.scores > HIGH)
    engagement, signals = engagement_columns(people.model.catalogue), people.signals[high].copy()
    scores = [people.scores[high]]
    for _ in range(DOUBLINGS):
        signals[:, engagement] *= 2
        scores.append(score(people.model, signals))
    gains = np.diff(scores, axis=0)
    for doubling, row in np.argwhere(np.diff(gains, axis=0) > STEP_POINTS):
        before, after = gains[doubling : doubling + 2, row]
        gained = f"{before:.4f} points and then {after:.4f} with doubled engagement"
        what = f"{people.persons[high[row]]!r} gains {gained}"
        yield Breach("each doubling gains less", what)


def nobody_is_lowest(people: People) -> Iterator[Breach]:
    """Nobody scores lower than somebody who is nowhere."""
    nothing = np.zeros_like(people.signals)
    yield from people.rises(nothing, "somebody who is nowhere is lowest", "no signals at all")


def parts_are_the_whole(people: People) -> Iterator[Breach]:
    """Base and parts sum to influence to the last bit, in either order."""
    model = people.model
    parts, influence = model.parts(people.signals), model.influence(people.signals)
    for columns in (parts, parts[:, ::-1]):
        total = np.full(len(parts), model.base)
        for column in columns.T:
            total = total + column
        for row in np.flatnonzero(total != influence):
            what = f"{total[row]!r} is not {influence[row]!r} of {people.persons[row]!r}"
            yield Breach("parts sum to influence", what)


def order_is_kept(people: People) -> Iterator[Breach]:
    """Scores are from 1 to 100, and in the order of influence."""
    influence = people.model.influence(people.signals)
    order = np.argsort(influence, kind="stable")
    scores = people.scores[order]
    for row in np.flatnonzero(~((scores >= 1) & (scores <= 100))):
        yield Breach("scores are from 1 to 100", f"{scores[row]} of {people.persons[order[row]]!r}")
    for row in np.flatnonzero(~(np.diff(scores) >= 0)):
        who = f"{people.persons[order[row + 1]]!r} is below {people.persons[order[row]]!r}"
        yield Breach("order of score is order of influence", who)


INVARIANTS: tuple[Callable[[People], Iterator[Breach]], ...] = (
    more_of_one,
    more_of_all,
    silence,
    fewer_networks,
    doubling_gains_less,
    nobody_is_lowest,
    parts_are_the_whole,
    order_is_kept,
)


def _stepped(values: Vector, step: Vector, sign: NDArray[np.int64]) -> Vector:
    """Raise where the sign is 1, lower where it is -1."""
    raised, lowered = values * (1 + step) + step, values / (1 + step)
    return np.where(sign > 0, raised, np.where(sign < 0, lowered, values))


def _contents(catalogue: Catalogue) -> tuple[list[int], list[int]]:
    """Columns that contents without a reaction raise, and those that they lower."""
    kinds = {f"{net.name}.{kind.signal}" for net in catalogue.networks for kind in net.contents}
    published = [column for column, name in enumerate(catalogue.names) if name in kinds]
    silenced = [
        column
        for column, signal in enumerate(catalogue.signals)
        if signal.measure is not None and signal.measure.per_content
    ]
    return published, silenced
