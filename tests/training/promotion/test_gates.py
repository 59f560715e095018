"""Each gate by itself: what it lets through, what it refuses, and that it says why."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from features.errors import KloutError
from tests.support.populations import judged
from tests.training.conftest import CATALOGUE
from training.audit import Finding
from training.evaluation import Resamples
from training.influence.model import Model
from training.influence.scale import Scale
from training.promotion.bounds import PromotionParams
from training.promotion.gates import audited, better, invariant, shift
from training.promotion.invariants import breaches
from training.promotion.shadow import (
    NOWHERE,
    Shadow,
    draw_shadow,
    points_by_network,
    rank_correlation,
)


@pytest.fixture(scope="module")
def resamples(world):
    return Resamples.of(judged(world[1], seed=7, pairs=800), rounds=200)


@pytest.fixture
def losses(resamples):
    random = np.random.default_rng(3)
    return random.exponential(0.6, len(resamples.weight))


def test_a_candidate_is_better_as_often_as_a_slow_count_says(resamples, losses):
    random = np.random.default_rng(4)
    new = losses + random.normal(-0.01, 0.2, len(losses))
    wins = 0
    for drawn in resamples.drawn:
        gain = 0.0
        for pair, (a, b) in enumerate(zip(resamples.a, resamples.b, strict=True)):
            often = int(drawn[a]) * int(drawn[b]) * resamples.weight[pair]
            gain += often * (losses[pair] - new[pair])
        wins += gain > 0
    gate = better(new, losses, resamples, 0.8)
    assert 0.1 < wins / 200 < 0.99
    assert gate.figures["confidence"] == wins / 200
    assert gate.passed == (wins / 200 > 0.8)


def test_an_equal_candidate_is_not_better_however_little_is_asked(resamples, losses):
    gate = better(losses, losses, resamples, 0.0)
    assert not gate.passed
    assert gate.figures["gain"] == 0


def test_a_clearly_better_candidate_passes_and_a_clearly_worse_one_does_not(resamples, losses):
    assert better(losses - 0.1, losses, resamples, 0.99).passed
    gate = better(losses + 0.1, losses, resamples, 0.0)
    assert not gate.passed
    assert "lower in 0% of resamples" in gate.why


def test_the_audit_s_first_finding_is_the_reason():
    assert audited([]).passed
    gate = audited([Finding(3, "not monotone in x"), Finding(None, "else")])
    assert not gate.passed
    assert gate.why == "tree 3: not monotone in x, the first of 2 findings"


def test_a_sound_model_keeps_every_invariant(model, world):
    assert breaches(model, world[0]) == []
    assert invariant([]).passed


def column(name: str) -> int:
    return CATALOGUE.names.index(name)


@dataclasses.dataclass(frozen=True)
class Odd(Model):
    """A model whose parts and influence can be bent."""

    bend: object = None
    add: float = 0.0

    def parts(self, signals):
        parts = super().parts(signals)
        return parts if self.bend is None else self.bend(parts, signals)

    def influence(self, signals):
        return super().influence(signals) + self.add


def odd(model: Model, **changes) -> Odd:
    fields = {field.name: getattr(model, field.name) for field in dataclasses.fields(Model)}
    return Odd(**fields | changes)


def plus(name: str, weight: float):
    def bend(parts, signals):
        more = weight * np.log1p(signals[:, column(name)])
        return parts + np.column_stack([more, np.zeros((len(parts), parts.shape[1] - 1))])

    return bend


def without_chess(parts, signals):
    """Nobody but who is nowhere is spared: chess takes away."""
    there = signals[:, column("chess.connected")] > 0
    return parts - 0.5 * there[:, None]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bend": plus("twitter.retweet.peak.7d", -0.1)}, "more never lowers: the score of"),
        ({"bend": plus("twitter.tweets", 0.1)}, "silence never raises"),
        ({"bend": without_chess}, "one more network never lowers: the score of .* with chess left"),
        ({"bend": without_chess}, "somebody who is nowhere is lowest"),
        ({"add": 1e-9}, "parts sum to influence"),
    ],
)
def test_a_model_that_breaks_an_invariant_is_refused_by_its_name(model, world, changes, says):
    found = [str(breach) for breach in breaches(odd(model, **changes), world[0])]
    assert any(re.search(says, line) for line in found)
    gate = invariant(breaches(odd(model, **changes), world[0]))
    assert not gate.passed
    assert gate.why.startswith(found[0])


def test_a_signal_that_takes_away_by_itself_is_named(model, world):
    bent = odd(model, bend=plus("twitter.retweet.peak.7d", -0.1))
    said = [each.what for each in breaches(bent, world[0]) if "more" in each.invariant]
    alone = [line for line in said if "everything" not in line and "left" not in line]
    assert alone
    assert all(line.endswith("times twitter.retweet.peak.7d") for line in alone)


def test_scores_out_of_order_or_bounds_are_refused(model, world):
    class Upside(Scale):
        def transform(self, X):  # noqa: N803
            return 150 - super().transform(X)

    influence = model.score(world[0])["influence"].to_numpy()
    scale = Upside().fit(influence)
    said = {each.invariant for each in breaches(dataclasses.replace(model, scale=scale), world[0])}
    assert "scores are from 1 to 100" in said
    assert "order of score is order of influence" in said


def shadow(old: list[float], new: list[float]) -> Shadow:
    table = pl.DataFrame({"person": [f"p{n:03}" for n in range(len(old))], "old": old, "new": new})
    change = pl.col("new") - pl.col("old")
    return Shadow(table.with_columns(change=change, network=pl.lit("twitter"), points=change))


SPREAD = np.linspace(5, 80, 100).tolist()


def test_the_figures_of_a_shift_are_those_of_a_slow_count():
    random = np.random.default_rng(1)
    new = (np.array(SPREAD) + random.normal(1, 8, 100)).tolist()
    figures = shadow(SPREAD, new).figures(10)
    sizes = [abs(b - a) for a, b in zip(SPREAD, new, strict=True)]
    assert figures["mean_change"] == pytest.approx(sum(sizes) / 100)
    assert figures["mean_shift"] == pytest.approx((sum(new) - sum(SPREAD)) / 100)
    assert figures["moved"] == sum(size > 10 for size in sizes) / 100
    assert figures["most_change"] == max(sizes)
    assert figures["rank_correlation"] == pytest.approx(spearmanr(SPREAD, new).statistic)


def test_ranks_of_ties_are_shared_and_a_constant_correlates_with_nothing():
    x, y = np.array([1.0, 1, 2, 3, 3]), np.array([2.0, 1, 1, 5, 4])
    assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert rank_correlation(x, np.ones(5)) == 0


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (SPREAD, None),
        ([each + 1.9 for each in SPREAD], None),
        ([each + 2.5 for each in SPREAD], "the mean score moves by +2.50 points"),
        ([each + 10 for each in SPREAD], "scores move by 10.00 points on average"),
        ([each + 11 * (n % 10 == 0) for n, each in enumerate(SPREAD)], "10.0% of people move by"),
        (SPREAD[::-1], "rank correlation -1.0000, at least 0.95"),
    ],
)
def test_a_shift_beyond_a_bound_is_refused_with_the_figure_and_the_bound(new, says):
    gate = shift(shadow(SPREAD, new), PromotionParams())
    assert gate.passed == (says is None)
    assert says is None or says in gate.why


@pytest.mark.parametrize("allowed", [None, "on purpose"])
def test_scores_that_can_not_be_compared_are_refused_whatever_is_allowed(allowed):
    gate = shift(shadow(SPREAD, [math.nan, *SPREAD[1:]]), PromotionParams(), allowed)
    assert not gate.passed
    assert "mean_change is nan" in gate.why


def test_an_allowed_shift_passes_and_still_says_how_far():
    gate = shift(shadow(SPREAD, SPREAD[::-1]), PromotionParams(), "a new kind of model")
    assert gate.passed
    assert gate.why.startswith("allowed (a new kind of model): scores move by")


def test_points_by_network_sum_to_the_score(model, world):
    scores = model.score(world[0])
    points = points_by_network(model, scores)
    assert points.columns == [NOWHERE, "twitter", "chess", "wikipedia"]
    total = points.select(pl.sum_horizontal(pl.all())).to_series()
    assert np.allclose(total, scores["score"])
    absent = world[0]["chess.connected"] == 0
    signals = [CATALOGUE.names[place] for place in CATALOGUE.groups["chess"]]
    nothing = absent & (world[0].select(pl.sum_horizontal(signals)).to_series() == 0)
    assert nothing.any()
    assert (points["chess"].filter(nothing) == 0).all()


def test_who_moves_is_moved_by_the_network_that_was_taken_away(model, world):
    signals = [CATALOGUE.names[place] for place in CATALOGUE.groups["chess"]]
    after = model.score(world[0].with_columns(pl.lit(0.0).alias(name) for name in signals))
    compared = Shadow.of(model, model.score(world[0]), model, after)
    movers = compared.movers(20)
    assert movers["network"].unique().to_list() == ["chess"]
    assert (movers["change"] < 0).all()
    assert movers["change"].abs().is_sorted(descending=True)
    # Only chess has changed, so its points are the change, but for what the others' parts are worth
    # on a part of the scale that is steeper or flatter.
    assert (movers["points"] / movers["change"]).is_between(0.6, 1.6).all()
    assert compared.by_network()["persons"].sum() == len(world[0])


def test_the_shadow_can_be_drawn(tmp_path):
    draw_shadow(shadow(SPREAD, SPREAD[::-1]), tmp_path / "shadow.png")
    assert (tmp_path / "shadow.png").read_bytes().startswith(b"\x89PNG")


def test_bounds_come_from_the_section_promotion(tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text("promotion: {confidence: 0.9, moved_points: 5}")
    assert PromotionParams.read(file) == PromotionParams(confidence=0.9, moved_points=5)
    assert PromotionParams.read(None) == PromotionParams()


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"confidense": 0.9}, r"no parameter promotion\.confidense; there are \['confidence'"),
        ({"confidence": 2}, r"promotion\.confidence must be from 0 to 1, is 2"),
        ({"most_mean_change": -1}, r"promotion\.most_mean_change must be from 0 to 100, is -1"),
        ({"most_moved": "some"}, r"promotion\.most_moved must be a number, is 'some'"),
    ],
)
def test_bounds_that_mean_nothing_are_refused(section, says):
    with pytest.raises(KloutError, match=says):
        PromotionParams.checked(section, "params.yaml")
