"""Where judges go round in circles: a over b, b over c, c over a."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from training.judgements.repeated_pairs import PAIR

STARTS = 200
"""Persons from whom the shortest cycle of a component is looked for; in most the first will do."""


@dataclass(frozen=True)
class Cycles:
    """Cycles of the graph in which who most judgements prefer points to who they don't.

    Attributes
    ----------
    persons
        In a strongly connected component with others: over and under each of them.
    judgements
        Between two persons of one such component.
    examples
        A short cycle of each of the largest components, each person over the next and the last
        over the first.
    """

    persons: int
    judgements: int
    examples: list[list[str]]


def cycles(said: pl.DataFrame, examples: int = 3) -> Cycles:
    """Find the cycles among `training.judgements.repeated_pairs.verdicts`."""
    people = pl.concat([said["first"], said["second"]]).unique().sort()
    graph = _majorities(said, people)
    _, component = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(component, minlength=1)
    first, second = (_numbers(said[side], people) for side in PAIR)
    same = (component[first] == component[second]) & (size[component[first]] > 1)
    largest = np.argsort(-size, kind="stable")[:examples]
    found = [_shortest(graph, np.flatnonzero(component == c)) for c in largest if size[c] > 1]
    names = [[str(people[int(number)]) for number in cycle] for cycle in found]
    return Cycles(int(size[size > 1].sum()), int(same.sum()), names)


def _majorities(said: pl.DataFrame, people: pl.Series) -> csr_array[Any]:
    """Build the graph with an edge from each person to whom it is over by majority."""
    won = said.group_by(PAIR).agg(pl.col("over").sum()).filter(pl.col("over") != 0).sort(PAIR)
    first, second = (_numbers(won[side], people) for side in PAIR)
    up = won["over"].to_numpy() > 0
    edges = (np.where(up, first, second), np.where(up, second, first))
    return csr_array((np.ones(len(won)), edges), shape=(len(people), len(people)))


def _numbers(names: pl.Series, people: pl.Series) -> NDArray[np.int64]:
    return people.search_sorted(names).to_numpy().astype(np.int64)


def _shortest(graph: csr_array[Any], members: NDArray[np.int64]) -> list[int]:
    """Find the shortest cycle through one of the first members; three is the shortest there is."""
    inner = csr_array(graph[members][:, members])
    best: list[int] = []
    for start in range(min(STARTS, len(members))):
        cycle = _through(inner, start)
        if not best or len(cycle) < len(best):
            best = cycle
        if len(best) == 3:
            break
    return [int(members[number]) for number in best]


def _through(graph: csr_array[Any], start: int) -> list[int]:
    """Find the shortest cycle through one person of a strongly connected graph."""
    order, before = breadth_first_order(graph, start)
    back = set(graph[:, [start]].nonzero()[0].tolist())
    path = [next(int(person) for person in order if int(person) in back)]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]
