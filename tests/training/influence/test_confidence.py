"""How sure a score is: by the people it rests on alone, around the score, as chance has it."""

from __future__ import annotations

from dataclasses import replace
from math import floor, frexp, ldexp, log, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from tests.support.populations import population, quick_model
from tests.support.worlds import SMALL
from training.influence import evidence
from training.influence.confidence import (
    FIGURES,
    POWER,
    REACH,
    SAYS,
    confidence,
    interval,
    on_all,
    people_signals,
)
from training.influence.evidence import WEIGHT, Evidence
from training.influence.model import Model

HUB = network_from_dict("hub", {"title": "Hub", "reactions": {"star": "stars"}}, "hub.toml")
PAGES = network_from_dict("pages", {"title": "Pages", "page_graph": True}, "pages.toml")


def naive_interval(base, parts, people, new):
    """The formulas of the docstring for one person, one network after the other."""
    below, above = 0.0, new * new
    for part, n in zip(parts, people, strict=True):
        if not part:
            continue
        mantissa, exponent = frexp(max(n, 1))
        n = ldexp(floor(mantissa * 512) / 512, exponent)
        root = sqrt(n - 1)
        few = max(max(root - REACH, 0) ** 2 - 0.5, 0)
        many = (root + REACH) ** 2
        below += (part - part * (log(1 + few) / log(1 + n)) ** 2) ** 2
        above += (part * (log(1 + many) / log(1 + n)) ** 2 - part) ** 2
    influence = base + sum(parts)
    return max(influence - sqrt(below), base), influence + sqrt(above)


NUMBER = st.one_of(st.just(0.0), st.integers(0, 40).map(lambda n: n / 4), st.floats(0, 2.0**40))
PART = st.one_of(st.just(0.0), st.floats(0, 500))
ROWS = st.lists(
    st.tuples(st.tuples(*[PART] * 3), st.tuples(*[NUMBER] * 3)), min_size=1, max_size=12
)


@given(ROWS, st.floats(-5, 5))
def test_it_is_the_formula_person_by_person(rows, base):
    parts, people = (np.array([row[n] for row in rows]) for n in (0, 1))
    found = interval(base, parts, people, 0.25)
    for row, *ends in zip(rows, *found, strict=True):
        assert ends == pytest.approx(naive_interval(base, *row, 0.25), rel=1e-9, abs=1e-9)


def test_a_part_goes_with_the_curve_of_evidence():
    assert POWER == evidence.POWER


@pytest.mark.parametrize("people", [1, 2, 4, 7, 15, 40, 200, 2_000])
def test_another_look_finds_as_few_and_as_many_people_as_chance_has_it(people):
    """The rate of n people known, less one by chance: a count of it is negative binomial."""
    part = WEIGHT * log(1 + people) ** 2
    low, high = interval(0.0, np.array([[part]]), np.array([[float(people)]]), 0.0)
    few, many = (np.exp(np.sqrt(end / WEIGHT)).item() - 1 for end in (low, high))
    again = nbinom(people - 0.5, 0.5)
    share = again.cdf(np.floor(many + 1e-9)) - again.cdf(np.ceil(few - 1e-9) - 1)
    assert share == pytest.approx(SAYS, abs=0.06)


def test_wide_for_two_and_narrow_for_two_thousand():
    people = np.array([[2.0], [20], [200], [2_000]])
    parts = WEIGHT * np.log1p(people) ** 2
    low, high = interval(0.0, parts, people, 0.0)
    relative = (high - low) / parts[:, 0]
    assert (np.diff(relative) < 0).all()
    assert relative[0] > 20 * relative[3]


# --- of a model ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Model:
    return quick_model(SMALL, 1).covering([HUB, PAGES])


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    nowhere = [pl.lit(0.0).alias(name) for name in Catalogue((HUB, PAGES)).names]
    return population(SMALL, seed=3)[0].with_columns(nowhere)


def test_each_score_has_it_beside(model, people):
    found = model.score(people)
    assert found.columns[: len(FIGURES) + 1] == ["person", *FIGURES]
    assert ((found["low"] <= found["score"]) & (found["score"] <= found["high"])).all()
    assert found["low"].min() >= 1
    assert found["high"].max() <= 100
    assert found["confidence"].is_between(0, 1).all()
    assert found["confidence"].n_unique() > 50


def test_people_are_the_mean_of_the_windows_added_up_over_networks(model, people):
    names = [people_signals(network) for network in model.catalogue.networks]
    wanted = [
        [sum(row[name] for name in own) / len(own) if own else 0.0 for own in names]
        for row in people.iter_rows(named=True)
    ]
    matrix = people.select(model.catalogue.names).to_numpy()
    assert model.people(matrix).tolist() == wanted
    for memory in (np.asfortranarray, np.ascontiguousarray):
        assert on_all(memory(model.people(matrix))).tolist() == [sum(row) for row in wanted]


def test_it_changes_nothing_of_the_score(model, people):
    matrix = people.select(model.catalogue.names).to_numpy()
    influence = model.base + model.parts(matrix).sum(axis=1)
    found = model.score(people)
    assert found["influence"].to_numpy().tobytes() == influence.tobytes()
    assert found["score"].to_numpy().tobytes() == model.points(influence).tobytes()


@given(
    number=st.integers(0, 399),
    network=st.sampled_from([*SMALL.networks, HUB, PAGES]),
    windows=st.integers(1, 3),
    more=st.floats(0.25, 1e6),
)
def test_more_people_never_lower_it(model, people, number, network, windows, more):
    """Nor the lower end: what else they bring never lowers a part."""
    row = people[number]
    grown = row.with_columns(pl.col(name) + more for name in people_signals(network)[-windows:])
    before, after = (model.score(each).row(0, named=True) for each in (row, grown))
    assert after["confidence"] >= before["confidence"]
    assert after["low"] >= before["low"] - 1e-9
    assert after["score"] >= before["score"]


@given(st.lists(st.integers(0, 512), min_size=2, max_size=2).map(sorted))
def test_of_evidence_alone_more_people_never_lower_either_end(pair):
    alone, people = Catalogue((HUB,)), np.array(pair, dtype=float)
    signals = np.zeros((2, len(alone.names)))
    for window in (7, 30, 90):
        signals[:, alone.names.index(f"hub.any.reactors.{window}d")] = people
    parts = Evidence(WEIGHT).influence(signals, alone)
    for less, more in interval(0.0, parts[:, None], people[:, None], Evidence(WEIGHT).of_one):
        assert less <= more + 1e-9
    assert confidence(people)[0] <= confidence(people)[1]


def test_nobody_who_reacted_is_no_confidence_whatever_counters_say(model, people):
    """Nobody looked, or nobody reacted: either way it is not known."""
    nothing = people.head(1).with_columns(pl.lit(0.0).alias(name) for name in people.columns[1:])
    counters = [f"{each.name}.{c.name}" for each in SMALL.networks for c in each.counters]
    counted = nothing.with_columns(pl.lit(5_000.0).alias(name) for name in counters)
    for row in (nothing, counted):
        found = model.score(row).row(0, named=True)
        assert found["confidence"] == 0
        assert model.points(np.array([model.base]))[0] <= found["low"] <= found["score"]
        assert found["high"] > found["score"]


def test_a_network_declared_this_morning_counts_and_so_do_links(model, people):
    nothing = people.head(1).with_columns(pl.lit(0.0).alias(name) for name in people.columns[1:])
    stars = nothing.with_columns(
        pl.lit(99.0).alias(f"hub.any.reactors.{window}d") for window in (7, 30, 90)
    )
    links = nothing.with_columns(pl.lit(99.0).alias("pages.inlinks"))
    for row in (stars, links):
        found = model.score(row).row(0, named=True)
        assert found["confidence"] == 0.9
        assert found["low"] < found["score"] < found["high"]


def test_a_network_without_trees_counts_for_nothing(model, people):
    """Its reactions are not in the score."""
    first = SMALL.networks[0]
    rest = {name: trees for name, trees in model.ranges.items() if name != first.name}
    deaf = replace(model.as_trained, ranges=rest)
    matrix = people.select(SMALL.names).to_numpy()
    assert (deaf.people(matrix)[:, 0] == 0).all()
    assert deaf.signals_read(first.name) == []
