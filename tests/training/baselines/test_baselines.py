"""Baselines that learn nothing, on worlds small enough to work out by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from math import exp, log

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks, network_from_dict
from features.lake import Lake, Piece, Source, write
from tests.support.populations import judged, population
from training.baselines import (
    InteractionGraph,
    account_mass,
    account_score,
    followers,
    from_graph,
    from_signals,
    log_linear,
    pagerank,
    tunkrank,
    tweepcred,
)
from training.evaluation import accuracy, differences

CATALOGUE = Catalogue(load_networks())
RANKS = (account_mass, pagerank, tunkrank, tweepcred)

Edges = list[tuple[str, str, int]]


def graph_of(edges: Edges) -> InteractionGraph:
    rows = [{"actor": a, "receiver": r, "interactions": n} for a, r, n in edges]
    return InteractionGraph.from_edges(pl.DataFrame(rows))


def random_edges(seed: int, influence: np.ndarray | None = None) -> Edges:
    """Reactions among thirty people; to the influential more of them."""
    random = np.random.default_rng(seed)
    size = 30 if influence is None else len(influence)
    drawn = np.zeros(size) if influence is None else influence
    rate = 0.1 * np.exp(drawn[None, :] - random.gumbel(0, 0.5, (size, 1)))
    counts = random.poisson(rate)
    return [(f"p{a}", f"p{r}", int(counts[a, r])) for a, r in np.argwhere(counts) if a != r]


def naive_tunkrank(edges: Edges, probability: float) -> dict[str, float]:
    following = Counter(actor for actor, _, _ in edges)
    influence = dict.fromkeys({name for a, r, _ in edges for name in (a, r)}, 0.0)
    for _ in range(200):
        new = dict.fromkeys(influence, 0.0)
        for actor, receiver, _ in edges:
            new[receiver] += (1 + probability * influence[actor]) / following[actor]
        influence = new
    return influence


def naive_tweepcred(edges: Edges) -> dict[str, float]:
    people = {name for a, r, _ in edges for name in (a, r)}
    given = Counter()
    for actor, _, times in edges:
        given[actor] += times
    mass = dict.fromkeys(people, 1 / len(people))
    for _ in range(400):
        walked = dict.fromkeys(people, 0.0)
        for actor, receiver, times in edges:
            walked[receiver] += mass[actor] * times / given[actor]
        lost = (1 - sum(walked.values())) / len(people)
        mass = {name: 0.1 / len(people) + 0.9 * (walked[name] + lost) for name in people}
    following = Counter(actor for actor, _, _ in edges)
    reactors = Counter(receiver for _, receiver, _ in edges)
    for name in people:
        if following[name] > 100:
            ratio = (1 + following[name]) / (1 + reactors[name])
            mass[name] /= min(50, max(1, exp(3 * (ratio - 1) * log(log(following[name])))))
    return mass


def naive_account_mass(edges: Edges) -> dict[str, float]:
    people = {name for a, r, _ in edges for name in (a, r)}
    engaged = {name: {r for a, r, _ in edges if a == name} for name in people}
    received = Counter()
    for _, receiver, times in edges:
        received[receiver] += times
    every = sum(received.values())
    jump = {name: 0.5 / len(people) + 0.5 * received[name] / every for name in people}
    mass = dict(jump)
    for _ in range(50):
        new = {name: 0.2 * jump[name] for name in people}
        for actor in people:
            for name in engaged[actor] or people:
                share = 1 / len(engaged[actor]) if engaged[actor] else jump[name]
                new[name] += 0.8 * mass[actor] * share
        moved = sum(abs(new[name] - mass[name]) for name in people)
        mass = new
        if moved < 0.001:
            break
    return mass


def as_dict(graph: InteractionGraph, rank: np.ndarray) -> dict[str, float]:
    return dict(zip(graph.people, rank, strict=True))


@pytest.mark.parametrize("probability", [0.0, 0.05, 0.5])
def test_tunkrank_is_its_formula_applied_again_and_again(probability):
    edges = random_edges(1)
    graph = graph_of(edges)
    found = as_dict(graph, tunkrank(graph, probability))
    assert found == pytest.approx(naive_tunkrank(edges, probability))


def test_tunkrank_of_a_chain_is_worked_out_by_hand():
    graph = graph_of([("a", "b", 9), ("b", "c", 1), ("b", "d", 1)])
    assert as_dict(graph, tunkrank(graph, 0.5)) == pytest.approx(
        {"a": 0, "b": 1, "c": 1.5 / 2, "d": 1.5 / 2}
    )


def test_tweepcred_is_its_formula_applied_again_and_again():
    edges = random_edges(2)
    graph = graph_of(edges)
    assert as_dict(graph, tweepcred(graph)) == pytest.approx(naive_tweepcred(edges))


def test_the_mass_of_accounts_is_its_formula_applied_again_and_again():
    edges = [*random_edges(6), ("p0", "engages with nobody", 40)]
    graph = graph_of(edges)
    mass = account_mass(graph)
    assert as_dict(graph, mass) == pytest.approx(naive_account_mass(edges))
    shrunk = mass / 1e6
    expected = [min(100, max(0, 165.2 + 7.07 * log(m))) for m in shrunk]
    assert account_score(shrunk) == pytest.approx(expected)
    assert 0 < min(expected) < max(expected) < 100


@pytest.mark.parametrize("others", [100, 101, 150])
@pytest.mark.parametrize("back", [1, 99, 145])
def test_tweepcred_marks_down_who_follows_many_and_is_followed_by_few(others, back):
    edges = [("eager", f"p{number}", 1) for number in range(others)]
    edges += [(f"p{number}", "eager", 1) for number in range(min(back, others))]
    graph = graph_of(edges)
    assert as_dict(graph, tweepcred(graph)) == pytest.approx(naive_tweepcred(edges))


def test_more_interactions_carry_more_of_tweepcreds_mass():
    graph = graph_of([("a", "b", 3), ("a", "c", 1)])
    found = as_dict(graph, tweepcred(graph))
    assert found["b"] > found["c"] > found["a"]


@pytest.mark.parametrize("rank", RANKS)
def test_ranks_do_not_depend_on_the_order_of_edges(rank):
    edges = random_edges(3)
    graph, turned = graph_of(edges), graph_of(edges[::-1])
    assert rank(graph).tolist() == rank(turned).tolist()


@pytest.mark.parametrize("rank", RANKS)
def test_ranks_tell_who_is_the_more_influential_better_than_chance(rank):
    influence = np.random.default_rng(4).gumbel(0, 1, 80)
    graph = graph_of(random_edges(5, influence))
    judgements = judged(influence, 6, 1000)
    persons = pl.Series([f"p{number}" for number in range(80)])
    difference = differences(judgements, persons, graph.of_persons(rank(graph), persons), 0.0)
    preference = judgements["preference"].to_numpy()
    assert accuracy(difference, preference, np.ones(len(judgements))) > 0.6


def lake_of(root, interactions, identities):
    at = datetime(2014, 9, 1, tzinfo=UTC)
    reactions = pl.DataFrame(
        [
            {"network": n, "reaction": "like", "actor": a, "target": t, "at": at, "row": i}
            for i, (n, a, t) in enumerate(interactions)
        ]
    )
    owned = pl.DataFrame(
        [
            {"person": p, "network": n, "account": a, "kind": "personal", "connected_at": at,
             "row": i}
            for i, (p, n, a) in enumerate(identities)
        ]
    )  # fmt: skip
    pieces = [Piece("interactions", reactions, "x"), Piece("identities", owned, "x")]
    source, now = Source("x", "test", "0" * 64), datetime(2015, 1, 1, tzinfo=UTC)
    write(root, pieces, source, CATALOGUE, now)
    return Lake(root)


def test_the_graph_is_of_persons_over_networks_without_their_reactions_to_themselves(tmp_path):
    lake = lake_of(
        tmp_path,
        [
            ("twitter", "b", "star"),
            ("facebook", "c", "star.fb"),
            ("twitter", "star", "b"),
            ("twitter", "b", "star"),
            ("twitter", "star", "star"),
        ],
        [("s", "twitter", "star"), ("s", "facebook", "star.fb")],
    )
    graph = InteractionGraph.of(lake, date(2014, 10, 1), CATALOGUE)
    edges = zip(graph.people[graph.source], graph.people[graph.target], graph.weight, strict=True)
    assert set(edges) == {("twitter:b", "s", 2), ("facebook:c", "s", 1), ("s", "twitter:b", 1)}
    persons = pl.Series(["s", "twitter:b", "facebook:c", "nobody"])
    ranks = from_graph(lake, date(2014, 10, 1), CATALOGUE, persons)
    assert set(ranks) == {"pagerank", "tweepcred", "tunkrank"}  # a week ago nobody did anything
    for rank in ranks.values():
        assert rank.arg_sort(descending=True).to_list() == [0, 1, 2, 3]
        assert rank[3] == 0
    assert ranks["pagerank"].sum() == pytest.approx(3)


def test_the_account_score_is_of_the_last_seven_days(tmp_path):
    lake = lake_of(
        tmp_path, [("twitter", "b", "c"), ("twitter", "d", "c")], [("s", "twitter", "s")]
    )
    persons = pl.Series(["twitter:b", "twitter:c", "nobody"])
    for day, there in (
        (date(2014, 9, 2), True),
        (date(2014, 9, 8), True),
        (date(2014, 9, 9), False),
    ):
        ranks = from_graph(lake, day, CATALOGUE, persons)
        assert ("account_score" in ranks) is there
    score = from_graph(lake, date(2014, 9, 8), CATALOGUE, persons)["account_score"]
    assert score[1] > score[0] > score[2] == 0


def test_where_nobody_reacted_there_are_no_ranks(tmp_path):
    lake = lake_of(tmp_path, [("twitter", "b", "c")], [("s", "twitter", "star")])
    assert from_graph(lake, date(2014, 9, 1), CATALOGUE, pl.Series(["s"])) == {}


def test_figures_from_signals_are_sums_over_networks():
    counters = {
        "followers": {"unit": "accounts", "sign": "up", "meaning": "followers"},
        "following": {"unit": "accounts", "sign": "free", "meaning": "whom it follows"},
        "lists": {"unit": "lists", "sign": "up", "meaning": "lists"},
    }
    spec = {"reactions": {"like": "likes"}, "counters": counters}
    catalogue = Catalogue(tuple(network_from_dict(name, spec, name) for name in ("x", "y")))
    zeros = pl.DataFrame({"person": ["p"], **{name: [0.0] for name in catalogue.names}})
    somebody = zeros.with_columns(
        pl.lit(2.0).alias("x.followers"),
        pl.lit(50.0).alias("x.following"),
        pl.lit(3.0).alias("y.followers"),
        pl.lit(4.0).alias("y.lists"),
        pl.lit(5.0).alias("x.any.count.90d"),
        pl.lit(6.0).alias("y.any.reactors.90d"),
        pl.lit(3.0).alias("y.any.days.90d"),
        pl.lit(100.0).alias("y.like.reactors.90d"),
    )
    both = from_signals(pl.concat([somebody, zeros]), catalogue)
    found = {name: values[0] for name, values in both.items()}
    plain = {"followers": 5, "listed": 4, "interactions": 5, "reactors": 6}
    assert found == plain | {"log_linear": pytest.approx(log(7) + log(4) / 2)}


def test_the_log_linear_formula_is_summed_over_networks():
    spec = {"reactions": {"like": "likes"}}
    catalogue = Catalogue(tuple(network_from_dict(name, spec, name) for name in ("x", "y")))
    random = np.random.default_rng(9)
    numbers = {name: random.integers(0, 50, 20).astype(float) for name in catalogue.names}
    signals = pl.DataFrame({"person": [f"p{n}" for n in range(20)], **numbers})
    for place, found in enumerate(log_linear(signals, catalogue)):
        reactors = [numbers[f"{name}.any.reactors.90d"][place] for name in "xy"]
        days = [numbers[f"{name}.any.days.90d"][place] for name in "xy"]
        expected = sum(log(1 + r) + 0.5 * log(1 + d) for r, d in zip(reactors, days, strict=True))
        assert found == pytest.approx(expected)


def test_figures_that_a_catalogue_has_nothing_for_are_left_out():
    counters = {"fame": {"unit": "points", "sign": "up", "meaning": "fame"}}
    catalogue = Catalogue((network_from_dict("x", {"counters": counters}, "x"),))
    signals = pl.DataFrame({"person": ["p", "q"], "x.fame": [1.0, 2.0], "x.connected": [1.0, 1.0]})
    assert from_signals(signals, catalogue) == {}
    assert followers(signals, catalogue).to_list() == [0, 0]


def test_figures_from_signals_beat_chance_and_do_not_depend_on_the_order_of_persons():
    signals, influence = population(CATALOGUE, seed=7)
    judgements = judged(influence, seed=8)
    turned = signals.reverse()
    for name, values in from_signals(signals, CATALOGUE).items():
        difference = differences(judgements, signals["person"], values, 0.0)
        preference = judgements["preference"].to_numpy()
        assert accuracy(difference, preference, np.ones(len(judgements))) > 0.58, name
        other = from_signals(turned, CATALOGUE)[name]
        assert other.reverse().to_list() == values.to_list()
