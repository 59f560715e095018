"""Metrics and their intervals, beside slow and obvious ways to get them."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from features.errors import KloutError
from tests.support.populations import judged
from training.baselines import from_signals
from training.evaluation import Resamples, accuracy, auc, compare, differences, evaluate, log_odds
from training.influence.boosting import log_loss


def judgements_of(rows):
    frame = pl.DataFrame(rows, schema=["a", "b", "preference"], orient="row")
    return frame.with_columns(pl.col("preference").cast(pl.Float64), weight=pl.lit(1.0))


def naive_auc(difference, preference, weight):
    decided = preference != 0.5
    answer = np.concatenate([preference > 0.5, preference < 0.5])[np.tile(decided, 2)]
    both = np.concatenate([difference, -difference])[np.tile(decided, 2)]
    return roc_auc_score(answer, both, sample_weight=np.tile(weight[decided], 2))


def random_pairs(seed, size=300):
    random = np.random.default_rng(seed)
    difference = random.integers(-3, 4, size).astype(float)
    preference = random.choice([0.0, 0.2, 0.5, 0.9, 1.0], size)
    return difference, preference, random.uniform(0.1, 3, size)


def test_accuracy_counts_ties_half_and_passes_over_the_undecided():
    difference = np.array([1.0, -1.0, 0.0, 5.0])
    preference = np.array([1.0, 1.0, 0.0, 0.5])
    assert accuracy(difference, preference, np.ones(4)) == pytest.approx((1 + 0 + 0.5) / 3)
    assert accuracy(difference, preference, np.array([3.0, 1.0, 1e-9, 1.0])) == pytest.approx(0.75)


@pytest.mark.parametrize("seed", range(3))
def test_auc_is_that_of_scikit_learn_with_ties_and_weights(seed):
    pairs = random_pairs(seed)
    assert auc(*pairs) == pytest.approx(naive_auc(*pairs))


def test_auc_does_not_depend_on_who_was_called_a():
    random = np.random.default_rng(0)
    difference, preference = random.normal(size=200), random.integers(0, 2, 200).astype(float)
    turned = random.random(200) < 0.5
    other = np.where(turned, -difference, difference)
    turned_preference = np.where(turned, 1 - preference, preference)
    one = auc(difference, preference, np.ones(200))
    assert auc(other, turned_preference, np.ones(200)) == pytest.approx(one)


def test_a_judgement_counts_as_often_as_its_two_persons_were_drawn_together():
    judgements = judged(np.zeros(20), seed=1, pairs=40)
    value = np.random.default_rng(2).normal(size=(len(judgements), 2))
    resamples = Resamples.of(judgements, rounds=20, seed=3)
    found = resamples.means(value)
    persons = sorted(set(judgements["a"]) | set(judgements["b"]))
    for counts, mean in zip(resamples.drawn, found, strict=True):
        drawn = [name for name, times in zip(persons, counts, strict=True) for _ in range(times)]
        assert len(drawn) == len(persons)
        kept = [
            value[row]
            for row, (a, b) in enumerate(judgements.select("a", "b").iter_rows())
            for one in drawn
            for other in drawn
            if (one, other) == (a, b)
        ]
        assert mean == pytest.approx(np.mean(kept, axis=0))


def test_the_same_seed_draws_the_same_persons_and_another_others():
    judgements = judged(np.zeros(20), seed=1, pairs=40)
    drawn = [Resamples.of(judgements, rounds=3, seed=seed).drawn.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_intervals_are_as_wide_as_figures_move_when_other_persons_are_judged():
    random = np.random.default_rng(4)
    pairs = np.array([(a, b) for a in range(40) for b in range(a)])
    pairs = pairs[random.permutation(len(pairs))[:400]]
    judgements = judgements_of([(f"p{a:02}", f"p{b:02}", 1.0) for a, b in pairs])
    worlds = [random.normal(size=40) for _ in range(300)]
    true_spread = np.std([(person[pairs[:, 0]] + person[pairs[:, 1]]).mean() for person in worlds])
    resamples = Resamples.of(judgements, rounds=200)
    spreads = []
    for person in worlds[:10]:
        value = person[pairs[:, 0]] + person[pairs[:, 1]]
        spreads.append(resamples.means(value[:, None]).std())
    by_judgement = np.sqrt(2 / len(pairs))
    assert np.mean(spreads) == pytest.approx(true_spread, rel=0.25)
    assert by_judgement < true_spread / 2


def test_rounds_without_a_judgement_are_passed_over():
    resamples = Resamples.of(judgements_of([("p", "q", 1), ("r", "s", 0)]), rounds=50)
    found = resamples.mean(np.array([1.0, 1.0]))
    assert found == (1, 1, 1)
    none = np.array([False, True])
    assert len(resamples.means(np.ones((2, 1)), none)) < 50


def test_judgements_that_are_all_undecided_can_not_be_evaluated():
    with pytest.raises(KloutError, match=r"all 2 judgements have the preference 0\.5"):
        Resamples.of(judgements_of([("p", "q", 0.5), ("r", "s", 0.5)]))


def test_leads_are_paired_so_what_moves_both_figures_does_not_blur_them():
    judgements = judged(np.random.default_rng(5).normal(0, 1, 60), seed=6, pairs=500)
    preference = judgements["preference"].to_numpy()
    random = np.random.default_rng(7)
    good = np.where(random.random(len(preference)) < 0.8, preference - 0.5, 0.5 - preference)
    worse = good.copy()
    worse[:10] *= -1
    found = compare({"score": good, "worse": worse}, preference, Resamples.of(judgements))
    lead, own = found.lead("worse"), found.accuracy("score")
    assert lead.value == pytest.approx(own.value - found.accuracy("worse").value)
    assert lead.high - lead.low < (own.high - own.low) / 2
    assert found.lead("score") == (0, 0, 0)
    assert found.share("score") == (1, 1, 1)
    assert found.table()["name"][0] == "score" if lead.value > 0 else "worse"


@pytest.fixture(scope="module")
def evaluated(model, world):
    signals, influence, _ = world
    judgements = judged(influence, seed=9, pairs=800)
    figures = from_signals(signals, model.catalogue) | {"truth": pl.Series(influence)}
    metrics, comparison = evaluate(model, model.score(signals), judgements, figures)
    return model.score(signals), judgements, figures, metrics, comparison


def test_every_metric_is_what_its_definition_gives_and_lies_in_its_interval(evaluated, model):
    scores, judgements, figures, metrics, _ = evaluated
    persons, weight = scores["person"], judgements["weight"].to_numpy()
    preference = judgements["preference"].to_numpy()
    own = log_odds(model, scores, judgements)
    assert metrics["accuracy"] == pytest.approx(accuracy(own, preference, weight))
    assert metrics["auc"] == pytest.approx(naive_auc(own, preference, weight))
    assert metrics["log_loss"] == pytest.approx(log_loss(own, preference, weight))
    for name in ("accuracy", "auc", "log_loss", "share_of_truth"):
        assert metrics[f"{name}_low"] < metrics[name] < metrics[f"{name}_high"]
    for name, values in figures.items():
        difference = differences(judgements, persons, values, 0.0)
        expected = accuracy(difference, preference, weight)
        assert metrics["baselines"][name] == pytest.approx(expected)
    truth = metrics["baselines"]["truth"]
    assert metrics["share_of_truth"] == pytest.approx(metrics["accuracy"] / truth)


def test_the_score_leads_every_baseline_and_no_lead_over_the_ceiling_is_told(evaluated):
    *_, metrics, _ = evaluated
    assert set(metrics["baselines"]) - set(metrics["lead"]) == {"truth"}
    for name, lead in metrics["lead"].items():
        assert lead == pytest.approx(metrics["accuracy"] - metrics["baselines"][name])
        assert metrics["lead_low"][name] <= lead <= metrics["lead_high"][name]


def test_metrics_are_ready_for_json_and_name_their_model(evaluated, model):
    scores, judgements, *_, metrics, _ = evaluated
    again = json.loads(json.dumps(metrics))
    assert again["model_version"] == model.version
    assert again["judgements"] == len(judgements)
    assert again["population"]["persons"] == len(scores)


def test_judgements_in_another_order_give_the_same_metrics(evaluated, model):
    scores, judgements, figures, metrics, _ = evaluated
    mixed = judgements.sample(fraction=1, shuffle=True, seed=1)
    again, _ = evaluate(model, scores, mixed, figures)
    for name in ("accuracy", "accuracy_low", "auc_high", "log_loss_low", "calibration_error"):
        assert again[name] == pytest.approx(metrics[name], abs=1e-12)
