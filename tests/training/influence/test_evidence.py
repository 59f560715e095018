"""Evidence: every network's part starts from the same curve of distinct people who react."""

from __future__ import annotations

import dataclasses
from math import log1p

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from features.signals.tallies import reached
from tests.support.populations import judged, population, quick_model
from tests.support.tallies import TALLYING
from tests.support.worlds import SMALL
from training.audit import audit
from training.influence.boosting import Sample
from training.influence.evidence import WEIGHT, Evidence
from training.influence.fit import fit
from training.influence.link import Link
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.trees.exact import GRAIN, joined_text, numbers_of, split_text

HUB = network_from_dict("hub", {"title": "Hub", "reactions": {"star": "stars"}}, "hub.toml")
ALONE = Catalogue((HUB,))
DOUBLINGS = 40


def reacted(people: dict[int, float], catalogue: Catalogue = ALONE) -> np.ndarray:
    """Signals of somebody on the hub to whom so many people reacted, by window."""
    row = np.zeros((1, len(catalogue.names)))
    for window, much in people.items():
        row[0, catalogue.names.index(f"hub.any.reactors.{window}d")] = much
    return row


def naive(people: dict[int, float]) -> float:
    """The formula of the docstring, of people counted one by one."""
    by_chance = {7: 1}
    return WEIGHT * sum(
        log1p(max(much - by_chance.get(window, 0), 0)) ** 2 for window, much in people.items()
    )


@given(st.fixed_dictionaries({window: st.integers(0, 512) for window in (7, 30, 90)}))
def test_it_is_the_formula_wherever_people_can_be_counted(people):
    (said,) = Evidence(WEIGHT).influence(reacted(people), ALONE)
    assert said == pytest.approx(naive(people), abs=3 * GRAIN)


@given(st.floats(512, 2**44))
def test_of_more_it_is_the_formula_up_to_a_32nd_of_a_doubling(much):
    (said,) = Evidence(WEIGHT).influence(reacted({90: much}), ALONE)
    assert naive({90: much}) - GRAIN <= said <= naive({90: much * 2 ** (1 / 32)}) + GRAIN


@given(st.lists(st.floats(0, 2**45), min_size=2, max_size=2).map(sorted))
def test_more_is_never_less_evidence(pair):
    less, more = (Evidence(WEIGHT).influence(reacted({90: much}), ALONE)[0] for much in pair)
    assert less <= more


def test_nobody_is_nothing_and_one_person_in_a_week_may_be_chance():
    evidence = Evidence(WEIGHT)
    assert evidence.influence(reacted({}), ALONE)[0] == 0
    assert evidence.influence(reacted({7: 1}), ALONE)[0] == 0
    assert evidence.influence(reacted({30: 1}), ALONE)[0] > 0


def test_its_trees_say_it_to_the_bit():
    trees = Evidence(WEIGHT).trees(SMALL)
    signals = population(SMALL, seed=3)[0].select(SMALL.names).to_numpy()
    head, _ = split_text(quick_model(SMALL, 1).trees)
    said = lgb.Booster(model_str=joined_text(head, trees)).predict(signals, raw_score=True)
    assert (said == Evidence(WEIGHT).influence(signals, SMALL)).all()
    assert len(np.unique(said)) > 100


def test_a_page_has_links_where_others_have_people():
    pages = network_from_dict("pages", {"title": "Pages", "page_graph": True}, "pages.toml")
    catalogue = Catalogue((pages,))
    row = np.zeros((1, len(catalogue.names)))
    row[0, catalogue.names.index("pages.inlinks")] = 30
    (said,) = Evidence(WEIGHT).influence(row, catalogue)
    assert said == pytest.approx(3 * WEIGHT * log1p(30) ** 2, abs=GRAIN)


# --- learning ----------------------------------------------------------------------------------


def sample(sign: float) -> Sample:
    """Judges who go by influence, or against it."""
    signals, influence = population(SMALL, seed=3)
    judgements = judged(sign * influence, seed=4)
    return Sample.of(signals.select(SMALL.names).to_numpy(), signals["person"], judgements)


def test_judgements_decide_how_much_it_is_worth():
    evidence, link = Evidence.fitted(sample(1), Link(0.5), SMALL)
    assert (evidence.weight, link.slope > 0) == (WEIGHT, True)
    worse = [dataclasses.replace(link, slope=link.slope * factor) for factor in (0.8, 1.25)]
    known = sample(1)
    start = evidence.influence(known.matrix, SMALL)
    best = known.pairs.loss(link.log_worth(start))
    assert all(known.pairs.loss(each.log_worth(start)) > best for each in worse)


def test_where_judgements_contradict_it_there_is_none():
    assert Evidence.fitted(sample(-1), Link(0.5), SMALL) == (Evidence(0.0), Link(0.5))
    assert Evidence(0.0).trees(SMALL) == []


def test_trees_do_not_tell_a_few_apart():
    signals, influence = population(SMALL, seed=5)
    model = fit(signals, judged(influence, 6), SMALL, TrainingParams(num_trees=40, few=3))
    _, trees = split_text(model.trees)
    written = set(Evidence(WEIGHT).trees(SMALL))
    splits = [
        (SMALL.signals[int(feature)], threshold)
        for tree in trees
        if tree not in written
        for feature, threshold in zip(
            numbers_of(tree, "split_feature"), numbers_of(tree, "threshold"), strict=True
        )
    ]
    told_apart = [t for signal, t in splits if signal.measure and not signal.measure.per_content]
    assert len(told_apart) > 20
    assert min(told_apart) >= 3


def test_of_few_judgements_evidence_alone_is_taken():
    """Too few for any tree, and no reason to know less than what is counted."""
    signals, influence = population(SMALL, seed=5)
    model = fit(signals, judged(influence, 6, pairs=30), SMALL, TrainingParams(num_trees=40))
    written = Evidence(WEIGHT).trees(SMALL)
    assert sorted(split_text(model.trees)[1]) == sorted(written)
    matrix = signals.select(SMALL.names).to_numpy()
    assert (model.influence(matrix) == Evidence(WEIGHT).influence(matrix, SMALL)).all()


# --- a network declared this morning -------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Model:
    return quick_model(SMALL, 1)


def test_it_changes_nothing_of_what_is_said_of_the_others(model):
    covering = model.covering([HUB])
    signals = population(SMALL, seed=3)[0]
    wide = signals.with_columns(pl.lit(0.0).alias(name) for name in ALONE.names)
    before, after = model.score(signals), covering.score(wide)
    assert after.drop("part.hub").equals(before)
    assert (after["part.hub"] == 0).all()
    assert (covering.version, covering.base) == (model.version, model.base)


def test_it_adds_the_evidence_there(model):
    covering = model.covering([HUB])
    people = {7: 3, 30: 40, 90: 200}
    part = covering.part("hub", reacted(people))
    assert part == Evidence(WEIGHT).influence(reacted(people), ALONE)
    row = np.zeros((1, len(covering.catalogue.names)))
    row[:, [covering.catalogue.names.index(name) for name in ALONE.names]] = reacted(people)
    assert covering.influence(row) == model.base + part


def test_what_it_knows_or_can_take_no_evidence_of_is_passed_over(model):
    silent = network_from_dict("silent", {"title": "Silent", "counters": {}}, "silent.toml")
    assert model.covering([silent, *SMALL.networks]) is model
    assert model.covering([]) is model


def test_it_is_audited_and_saved_as_it_was_trained(model, tmp_path):
    covering = model.covering([HUB])
    assert audit(covering) == []
    covering.save(tmp_path / "model")
    assert Model.load(tmp_path / "model").catalogue == model.catalogue


def test_8_on_and_on_each_doubling_gains_less(model):
    covering = model.covering([HUB])
    rows = [reacted(dict.fromkeys((7, 30, 90), 2.0**k), covering.catalogue) for k in range(41)]
    scores = covering.points(covering.influence(np.vstack(rows)))
    gains = np.diff(scores)
    assert (gains > 0).all()
    above = scores[:-1] > 50
    assert (np.diff(gains[above]) < 0).all()
    assert len(gains) == DOUBLINGS


TALLIES = network_from_dict(
    "hub", {"title": "Hub", "reactions": {"star": "stars"}, "tallies": {"star": "stars"}}, "hub"
)


def test_reactions_without_names_are_weaker_evidence_than_as_many_people():
    """Also beside named ones, and the same where there are none."""
    catalogue, evidence = Catalogue((TALLIES,)), Evidence(WEIGHT)

    def said(reactors: int, tallied: int) -> float:
        row = dict.fromkeys(catalogue.names, 0.0)
        reach = pl.select(reached(pl.lit(float(reactors)), pl.lit(float(tallied)))).item()
        row |= {f"hub.any.reactors.{w}d": float(reactors) for w in (7, 30, 90)}
        row |= {f"hub.any.tallied.{w}d": float(tallied) for w in (7, 30, 90)}
        row |= {f"hub.any.reach.{w}d": reach for w in (7, 30, 90)}
        return float(evidence.influence(np.array([list(row.values())]), catalogue)[0])

    for named, unnamed in ((0, 40), (5, 40), (40, 5), (0, 10**6)):
        assert said(named, 0) < said(named, named + unnamed) < said(named + unnamed, 0)
    assert said(12, 12) == said(12, 0)


def test_a_model_that_knows_a_network_reads_its_tallies_and_else_says_the_same_to_the_bit():
    model = quick_model(SMALL, 1)
    covering = model.covering(TALLYING.networks)
    assert covering.version == model.version
    known = population(SMALL, seed=3)[0]
    reach = {f"{n}.any.reach.{w}d": f"{n}.any.reactors.{w}d" for n in COUNTING for w in (7, 30, 90)}
    nothing = {name: 0.0 for name in TALLYING.names if name not in SMALL.names}
    same = known.with_columns(pl.lit(value).alias(name) for name, value in nothing.items())
    same = same.with_columns(pl.col(reactors).alias(name) for name, reactors in reach.items())
    assert covering.score(same).equals(model.score(known))
    more = same.with_columns(pl.col(name) + 50 for name in reach)
    assert (covering.score(more)["score"] > covering.score(same)["score"]).all()


COUNTING = [network.name for network in TALLYING.networks if network.tallies]
