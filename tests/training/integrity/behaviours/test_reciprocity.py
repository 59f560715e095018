"""Cliques among the closest partners, and the smaller sums, against plain loops."""

from __future__ import annotations

import random

import polars as pl
import pytest

from training.integrity.behaviours import reciprocity
from training.integrity.behaviours.reciprocity import cliques, mutual

Graph = dict[tuple[int, int], int]
"""Interactions given, by actor and target."""


def graph(seed: int, people: int = 12, chance: float = 0.6) -> Graph:
    rng = random.Random(seed)
    pairs = [(a, b) for a in range(people) for b in range(people) if a != b]
    return {pair: rng.randrange(1, 4) for pair in pairs if rng.random() < chance}


def both_ways(given: Graph) -> pl.DataFrame:
    rows = [(actor, target, count) for (actor, target), count in given.items()]
    schema = {"actor": pl.UInt64, "target": pl.UInt64, "given": pl.Int64}
    return mutual(pl.LazyFrame(rows, schema=schema, orient="row")).collect()


def naive_cliques(given: Graph, most: int) -> dict[int, float]:
    near: dict[int, list[int]] = {}
    for account in sorted({actor for actor, _ in given}):
        partners = [b for a, b in given if a == account and (b, a) in given]
        near[account] = sorted(partners, key=lambda b: (-given[account, b], b))[:most]
    return {
        account: sum(b in near[a] for a in mine for b in mine if a != b)
        / max(1, len(mine) * (len(mine) - 1))
        for account, mine in near.items()
        if mine
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("most", [2, 5, 32])
def test_cliques_among_the_closest_partners(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reciprocity, "CIRCLE", most)
    monkeypatch.setattr(reciprocity, "BLOCK", 5)
    given = graph(seed)
    found = dict(cliques(both_ways(given)).rows())
    assert found == pytest.approx(naive_cliques(given, most))


def test_friends_who_all_know_one_another_are_a_clique_and_a_star_is_none() -> None:
    friends = {(a, b): 1 for a in range(6) for b in range(6) if a != b}
    star = {(10, n): 1 for n in range(11, 20)} | {(n, 10): 1 for n in range(11, 20)}
    found = dict(cliques(both_ways(friends | star)).rows())
    assert found == dict.fromkeys(range(6), 1) | dict.fromkeys(range(10, 20), 0)


def test_mutual_edges_are_those_that_go_both_ways() -> None:
    given = graph(9)
    wanted = {(a, b, k, given[b, a]) for (a, b), k in given.items() if (b, a) in given}
    assert set(both_ways(given).rows()) == wanted
