"""Which branches share a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from training.scorer.branches import Branch, Cuts, cells, merged

FEW_SIGNALS = 3
"""Branches over more signals are rather taken apart than kept from others over the same."""
FULL = 0.5
"""A table this full is not offered any more: one more cut rarely fits, and looking takes long."""
HOSTS = 400
"""Tables looked at for each bundle, the narrowest there are: more would hardly save look-ups, and
models of many leaves would take minutes to pack."""


class Bundle:
    """Branches that are added up in one table.

    Attributes
    ----------
    branches
        What is added up.
    cuts
        All their cuts.
    cells
        Entries of the table.
    """

    __slots__ = ("branches", "cells", "cuts")

    def __init__(self, branches: list[Branch], cuts: Cuts) -> None:
        self.branches, self.cuts, self.cells = branches, cuts, cells(cuts)

    def take_in(self, other: Bundle) -> None:
        """Add another bundle's branches."""
        self.branches += other.branches
        self.cuts = merged([self.cuts, other.cuts])
        self.cells = cells(self.cuts)


def packed(branches: Iterable[Branch], limit: int) -> list[Bundle]:
    """Pack branches into few tables over few signals.

    Each signal of each table costs a look-up per person, and each table one more. So bundles over
    the same signals come first, then the widest bundles take in what adds the fewest signals
    (best fit decreasing).

    Parameters
    ----------
    limit
        Entries of a table, at most. A single leaf over so many signals that it needs more makes a
        bundle beyond the limit.
    """
    order = sorted(_bundles(branches, limit), key=lambda b: (-len(b.cuts), -b.cells))
    done: list[Bundle] = []
    hosts: list[Bundle] = []
    for bundle in order:
        host = _best_host(bundle, hosts, limit)
        if host is None:
            (done if bundle.cells > limit * FULL else hosts).append(bundle)
            continue
        host.take_in(bundle)
        if host.cells > limit * FULL:
            hosts.remove(host)
            done.append(host)
    return done + hosts


def _bundles(branches: Iterable[Branch], limit: int) -> list[Bundle]:
    """Put together what reads the same signals, and take apart what is too large."""
    todo, done = _by_signals(branches), []
    while todo:
        group = todo.pop()
        cuts = merged(branch.cuts for branch in group)
        parts = _parts(group, cuts) if cells(cuts) > limit else []
        todo += parts
        if not parts:
            done.append(Bundle(group, cuts))
    return done


def _by_signals(branches: Iterable[Branch]) -> list[list[Branch]]:
    groups: dict[frozenset[int], list[Branch]] = {}
    for branch in branches:
        groups.setdefault(frozenset(branch.cuts), []).append(branch)
    return list(groups.values())


def _parts(group: list[Branch], cuts: Cuts) -> list[list[Branch]]:
    """Take a group apart; nothing for a single leaf.

    Halves of trees over fewer signals each are better than half of the trees: then the five copies
    of a tree stay together.
    """
    halves = [branch.halves() for branch in group]
    narrower = all(each and all(len(h.cuts) < len(cuts) for h in each) for each in halves)
    if len(group) == 1 or (narrower and len(cuts) > FEW_SIGNALS):
        return _by_signals(half for each in halves for half in each)
    middle = len(group) // 2
    return [group[:middle], group[middle:]]


def _best_host(bundle: Bundle, hosts: Sequence[Bundle], limit: int) -> Bundle | None:
    """Find the table to which a bundle adds the fewest signals, and of those the smallest."""
    best, host, signals = (len(bundle.cuts), 0), None, bundle.cuts.keys()
    for table in hosts[-HOSTS:]:
        added = signals - table.cuts.keys()
        if len(added) > best[0] or len(added) == len(signals):
            continue
        at_least = table.cells * prod(len(bundle.cuts[signal]) + 1 for signal in added)
        if at_least > limit or (len(added), at_least) >= best:
            continue
        size = cells(merged([table.cuts, bundle.cuts]))
        if size <= limit and (len(added), size) < best:
            best, host = (len(added), size), table
    return host
