"""A small population whose influence is known, and a model of it."""

from __future__ import annotations

import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from tests.support.populations import judged, population, quick_model

NETWORKS = {
    "twitter": {
        "reactions": {"retweet": "retweets", "like": "likes"},
        "contents": {"tweet": {"signal": "tweets", "meaning": "tweets"}},
        "counters": {"followers": {"unit": "accounts", "sign": "up", "meaning": "followers"}},
    },
    "chess": {"reactions": {"challenge": "challenges"}},
    "wikipedia": {"page_graph": True},
}
CATALOGUE = Catalogue(tuple(network_from_dict(name, spec, name) for name, spec in NETWORKS.items()))


@pytest.fixture(scope="session")
def world():
    signals, influence = population(CATALOGUE, seed=1)
    return signals, influence, judged(influence, seed=2)


@pytest.fixture(scope="session")
def model():
    return quick_model(CATALOGUE, seed=1)
