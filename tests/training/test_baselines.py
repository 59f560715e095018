"""Baselines and metrics on worlds small enough to work out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from features.catalogue import Catalogue
from features.declaration import load_networks
from features.lake import Lake, Piece, Source, write
from training.baselines import interaction_pagerank
from training.evaluate import accuracy, auc

CATALOGUE = Catalogue(load_networks())


def test_pagerank_of_the_interaction_graph_follows_persons_over_networks(tmp_path):
    at = datetime(2014, 9, 1, tzinfo=UTC)
    rows = [("twitter", "b", "star"), ("facebook", "c", "star.fb"), ("twitter", "star", "b")]
    interactions = pl.DataFrame(
        [
            {"network": n, "reaction": "like", "actor": a, "target": t, "at": at, "row": i}
            for i, (n, a, t) in enumerate(rows)
        ]
    )
    identities = pl.DataFrame(
        [
            {"person": "s", "network": n, "account": a, "kind": "personal", "connected_at": at,
             "row": i}
            for i, (n, a) in enumerate([("twitter", "star"), ("facebook", "star.fb")])
        ]
    )  # fmt: skip
    pieces = [Piece("interactions", interactions, "x"), Piece("identities", identities, "x")]
    now = datetime(2015, 1, 1, tzinfo=UTC)
    write(tmp_path, pieces, Source("x", "test", "0" * 64), CATALOGUE, now)
    persons = pl.Series(["s", "twitter:b", "facebook:c", "nobody"])
    ranks = interaction_pagerank(Lake(tmp_path), date(2014, 10, 1), CATALOGUE, persons)
    assert ranks.arg_sort(descending=True).to_list() == [0, 1, 2, 3]
    assert ranks.sum() == pytest.approx(3)
    assert ranks[3] == 0


def test_accuracy_counts_ties_half_and_passes_over_the_undecided():
    difference = np.array([1.0, -1.0, 0.0, 5.0])
    preference = np.array([1.0, 1.0, 0.0, 0.5])
    assert accuracy(difference, preference, np.ones(4)) == pytest.approx((1 + 0 + 0.5) / 3)
    assert accuracy(difference, preference, np.array([3.0, 1.0, 1e-9, 1.0])) == pytest.approx(0.75)


def test_auc_does_not_depend_on_who_was_called_a():
    random = np.random.default_rng(0)
    difference, preference = random.normal(size=200), random.integers(0, 2, 200).astype(float)
    turned = random.random(200) < 0.5
    other = np.where(turned, -difference, difference)
    turned_preference = np.where(turned, 1 - preference, preference)
    one = auc(difference, preference, np.ones(200))
    assert auc(other, turned_preference, np.ones(200)) == pytest.approx(one)
