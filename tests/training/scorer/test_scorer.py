"""Tables say what LightGBM says, to the last bit, and refuse trees they can't be made of."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.influence.model
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from features.errors import KloutError
from tests.training.conftest import CATALOGUE
from training.influence.model import as_matrix
from training.influence.smoothing import smoothed
from training.scorer import NetworkScorer
from training.scorer.branches import Branch, cells
from training.scorer.bundles import packed
from training.scorer.codes import Coder
from training.scorer.flat_trees import flat_trees
from training.scorer.ranked_trees import TINY, read_trees
from training.trees.exact import exact_text, joined_text, numbers_of, split_text

ONE = Catalogue((network_from_dict("chess", {"reactions": {"like": "likes"}}, "chess"),))
PLACE = {column: column for column in range(len(ONE.signals))}
ODD_VALUES = (0.0, 5e-324, 1e-36, 1e-35, 2e-35, 1e-9, 1e300, np.finfo(float).max)


def trained(seed: int, leaves: int, smooth: bool) -> str:
    """Trees of any shape over the signals of one network."""
    random = np.random.default_rng(seed)
    signals = random.lognormal(0, 2, (300, len(PLACE))) * (random.random((300, len(PLACE))) < 0.6)
    signals[:, ::2] = np.round(signals[:, ::2])
    target = np.log1p(signals[:, :9]).sum(axis=1) + random.normal(0, 1, 300)
    params = {"num_leaves": leaves, "min_data_in_leaf": 1, "num_threads": 1, "verbose": -1}
    params |= {"feature_fraction": 0.4, "seed": seed, "min_sum_hessian_in_leaf": 0}
    data = lgb.Dataset(signals, target, feature_name=ONE.names)
    text = lgb.train(params, data, num_boost_round=6).model_to_string()
    return exact_text(smoothed(text, ONE) if smooth else text, ONE)[0]


def people(text: str, seed: int, persons: int = 200) -> np.ndarray:
    """Signals on, just below and just above thresholds, odd values, and many zeros."""
    random = np.random.default_rng(seed)
    signals = random.lognormal(0, 2, (persons, len(PLACE)))
    signals[random.random(signals.shape) < 0.2] = 0.0
    odd = random.random(signals.shape) < 0.1
    signals[odd] = random.choice(ODD_VALUES, odd.sum())
    for block in split_text(text)[1]:
        pairs = zip(numbers_of(block, "split_feature"), numbers_of(block, "threshold"), strict=True)
        for feature, threshold in pairs:
            near = max(0.0, np.nextafter(threshold, random.choice([-np.inf, threshold, np.inf])))
            signals[random.integers(0, persons, 3), int(feature)] = near
    signals[random.random(persons) < 0.2] = 0.0
    return signals


def by_lightgbm(text: str, signals: np.ndarray) -> np.ndarray:
    booster = lgb.Booster(model_str=text)
    return booster.predict(signals, raw_score=True, num_threads=1)


@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 64),
    smooth=st.booleans(),
    limit=st.sampled_from([1, 2, 16, 256, 4096]),
)
@settings(max_examples=25, deadline=None)
def test_tables_say_what_lightgbm_says(seed, leaves, smooth, limit):
    text = trained(seed, leaves, smooth)
    signals = people(text, seed)
    said = NetworkScorer.of(split_text(text)[1], PLACE, limit).part_sum(signals)
    assert said.tobytes() == by_lightgbm(text, signals).tobytes()


@given(seed=st.integers(0, 10_000), leaves=st.integers(2, 64), smooth=st.booleans())
@settings(max_examples=25, deadline=None)
def test_so_do_arrays_however_many_persons_are_walked_together(seed, leaves, smooth):
    text = trained(seed, leaves, smooth)
    signals = people(text, seed, 60)
    flat = flat_trees(split_text(text)[1], PLACE)
    wanted = by_lightgbm(text, signals)
    assert flat.part_sum(signals).tobytes() == wanted.tobytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.scorer.flat_trees.PLACES_AT_ONCE", 17)
        assert flat.part_sum(signals).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("smooth", [False, True])
def test_paths_lead_to_the_leaves_that_persons_come_to(smooth):
    """Leaves in the order of a walk of each tree, and of each who comes to it."""
    text = trained(6, 12, smooth)
    blocks = split_text(text)[1]
    flat, (trees, _) = flat_trees(blocks, PLACE), read_trees(blocks, PLACE)
    order = np.argsort(flat.from_left_to_right())
    assert flat.value[order].tolist() == [leaf for tree in trees for leaf in _leaves(tree, 0)]
    leaf, split, left = flat.paths()
    for signals in people(text, 6, 40):
        holds = flat.goes_left(signals)[split] == left
        comes = np.bincount(leaf, ~holds, minlength=len(flat.value)) == 0
        assert comes.sum() == len(trees)
        assert flat.value[comes].sum() == flat.part_sum(signals[None])[0]


def _leaves(tree, node):
    if node < 0:
        return [tree.leaf[~node]]
    return _leaves(tree, tree.left[node]) + _leaves(tree, tree.right[node])


def test_the_layout_in_memory_and_the_number_of_persons_change_nothing(monkeypatch):
    text = trained(1, 16, smooth=True)
    signals = people(text, 1)
    scorer = NetworkScorer.of(split_text(text)[1], PLACE)
    expected = scorer.part_sum(signals)
    assert np.array_equal(scorer.part_sum(np.asfortranarray(signals)), expected)
    assert len(scorer.part_sum(signals[:0])) == 0
    monkeypatch.setattr("training.scorer.network_scorer.BLOCK_PERSONS", 7)
    assert np.array_equal(scorer.part_sum(signals), expected)


def test_somebody_who_is_not_there_is_said_what_lightgbm_says_of_zeros():
    text = trained(2, 8, smooth=False)
    scorer = NetworkScorer.of(split_text(text)[1], PLACE)
    assert [scorer.nobody] == by_lightgbm(text, np.zeros((1, len(PLACE)))).tolist()


@pytest.mark.parametrize("limit", [16, 256, 4096])
def test_tables_stay_below_the_limit_and_are_fewer_than_trees(limit):
    trees, _ = read_trees(split_text(trained(3, 8, smooth=True))[1], PLACE)
    bundles = packed([Branch(tree) for tree in trees], limit)
    assert max(cells(bundle.cuts) for bundle in bundles) <= limit
    if limit == 4096:
        assert len(bundles) < len(trees) / 2


def test_a_leaf_over_too_many_signals_gets_a_table_that_counts_them():
    text = trained(4, 32, smooth=False)
    scorer = NetworkScorer.of(split_text(text)[1], PLACE, limit=1)
    assert all(len(table.values) == len(table.readers) + 1 for table in scorer.tables)


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ("decision_type=2", "decision_type=1", "decision type 1; expected 0 or 2"),
        ("decision_type=2", "decision_type=10", "decision type 10; expected 0 or 2"),
        ("threshold=", "thresh=", "has no threshold"),
        ("is_linear=0", "is_linear=1", "linear leaves"),
        ("split_feature=", "split_feature=9999 ", "column 9999, which is not of its network"),
    ],
)
def test_trees_of_another_kind_are_refused(line, instead, says):
    block = split_text(trained(5, 4, smooth=False))[1][0]
    assert line in block
    with pytest.raises(KloutError, match=says):
        NetworkScorer.of([block.replace(line, instead, 1)], PLACE)
    with pytest.raises(KloutError, match=says):
        flat_trees([block.replace(line, instead, 1)], PLACE)


def test_the_parts_of_many_are_what_lightgbm_says_of_each_networks_trees(model, world):
    signals = as_matrix(world[0], CATALOGUE)
    head, blocks = split_text(model.trees)
    parts = model.parts(signals)
    for column, network in enumerate(CATALOGUE.networks):
        own = joined_text(head, [blocks[tree] for tree in model.ranges[network.name]])
        said = by_lightgbm(own, signals) - by_lightgbm(own, np.zeros_like(signals[:1]))
        assert np.array_equal(parts[:, column], np.maximum(said, 0.0))


@pytest.mark.parametrize("persons", [0, 1, 400])
def test_a_part_can_be_had_without_the_other_networks(model, world, persons):
    signals = as_matrix(world[0], CATALOGUE)[:persons]
    for column, network in enumerate(CATALOGUE.networks):
        names = [n for n, signal in enumerate(CATALOGUE.signals) if signal.network == network.name]
        part = model.part(network.name, signals[:, names])
        assert np.array_equal(part, model.parts(signals)[:, column])


def test_batches_change_nothing_and_nobody_is_no_error(model, world, monkeypatch):
    whole = model.score(world[0])
    assert model.score(world[0][:0]).equals(whole[:0])
    monkeypatch.setattr(training.influence.model, "BATCH_PERSONS", 57)
    assert model.score(world[0]).equals(whole)


@given(
    st.lists(st.floats(-1e308, 1e308), min_size=1),
    st.lists(st.floats(0, 1e308), max_size=20),
)
@settings(deadline=None)
def test_a_code_is_the_number_of_thresholds_below(thresholds, values):
    steps = np.array(thresholds)
    steps = np.unique(np.where((steps >= 0) & (steps < TINY), TINY, steps))
    near = [np.nextafter(steps, way) for way in (-np.inf, np.inf)]
    values = np.abs(np.concatenate([values, steps, *near]))
    assert np.array_equal(Coder.of(steps).codes(values), np.searchsorted(steps, values))
