"""What families of signals are worth adds up to a part, and is Shapley's value of the trees."""

import numpy as np
import pytest

from serving.explain.attribution import boxes_of, family_of, shapley, signals_of
from tests.support.explain_scenes import model
from tests.support.worlds import SMALL


def naive(by, network, signals, families, players):
    """Ask the model of every set of families, the other signals being 0."""
    said = []
    for number in range(2 ** len(players)):
        chosen = [name for place, name in enumerate(players) if number >> place & 1]
        mine = np.isin(families, chosen)
        said.append(float(by.sums.of(network, np.where(mine, signals, 0.0)[None])[0]))
    return dict(zip(players, shapley(np.array(said)), strict=True))


@pytest.mark.parametrize("network", ["twitter", "googleplus", "wikipedia", "wiki"])
@pytest.mark.parametrize("seed", range(3))
def test_worths_are_shapleys_values_of_the_trees(network, seed):
    by, numbers = model(), np.random.default_rng(seed)
    families = [family_of(signal) for signal in signals_of(SMALL, network)]
    there = sorted(numbers.choice(np.unique(families), min(6, len(set(families))), replace=False))
    signals = np.isin(families, there) * np.round(numbers.gamma(0.5, 8.0, len(families)), 1)
    found = boxes_of(by, network).worths(signals)
    wanted = naive(by, network, signals, families, there)
    assert found.keys() == set(families)
    for family, worth in found.items():
        assert worth == pytest.approx(wanted.get(family, 0.0), abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_worths_add_up_to_what_the_trees_say_to_the_last_bit(seed):
    by, numbers = model(), np.random.default_rng(seed)
    for network in by.ranges:
        signals = np.round(numbers.gamma(0.3, 10.0, len(signals_of(SMALL, network))))
        worths = boxes_of(by, network).worths(signals)
        said = float(by.sums.of(network, signals[None])[0]) - by.absence[network]
        assert sum(worths.values()) == said
