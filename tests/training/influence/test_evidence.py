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
from tests.support.command import klout
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


def reacted(
    people: dict[int, float], stars: dict[int, float] | None = None, catalogue: Catalogue = ALONE
) -> np.ndarray:
    """Signals of somebody on the hub to whom so many people gave so many stars, by window."""
    row = np.zeros((1, len(catalogue.names)))
    for signal, by_window in (("any.reactors", people), ("star.count", stars or {})):
        for window, much in by_window.items():
            row[0, catalogue.names.index(f"hub.{signal}.{window}d")] = much
    return row


def naive(people: dict[int, float], stars: dict[int, float] | None = None) -> float:
    """The formula of the docstring, of people and stars counted one by one."""
    by_chance = {7: 1}
    actors = sum(
        log1p(max(much - by_chance.get(window, 0), 0)) ** 2 for window, much in people.items()
    )
    repeats = sum(log1p(max(min(much, 8) - 3, 0)) ** 2 for much in (stars or {}).values())
    return WEIGHT * (actors + repeats / 8)


COUNTED = network_from_dict(
    "guild",
    {
        "title": "Guild",
        "reactions": {"toast": "toasts"},
        "counters": {
            "medals": {"unit": "medals", "sign": "up", "meaning": "medals"},
            "fans": {"unit": "accounts", "sign": "up", "meaning": "fans", "audience": True},
            "debts": {"unit": "debts", "sign": "down", "meaning": "debts"},
        },
    },
    "guild.toml",
)
"""A network with counters of every kind."""


def holding(counter: str, much: float) -> np.ndarray:
    """Signals of somebody of the guild who holds so much of something, and nothing else."""
    catalogue = Catalogue((COUNTED,))
    return np.array([[much if name.startswith(counter) else 0.0 for name in catalogue.names]])


@given(st.integers(0, 512))
def test_a_counter_counts_a_little_beyond_two(medals):
    (said,) = Evidence(WEIGHT).influence(holding("guild.medals", medals), Catalogue((COUNTED,)))
    assert said == pytest.approx(WEIGHT * 0.4 * log1p(max(medals - 2, 0)), abs=GRAIN)


def test_a_million_medals_are_worth_less_than_four_people():
    (medals,) = Evidence(WEIGHT).influence(holding("guild.medals", 1e6), Catalogue((COUNTED,)))
    (people,) = Evidence(WEIGHT).influence(reacted(dict.fromkeys((7, 30, 90), 4)), ALONE)
    assert 0 < medals < people


def test_what_speaks_against_a_person_is_no_evidence():
    rows = holding("guild.debts", 1e6)
    assert rows.any()
    assert not Evidence(WEIGHT).influence(rows, Catalogue((COUNTED,))).any()


@given(st.sampled_from([0, 1, 500, 10_000, 300_000, 10**6, 10**8]))
def test_an_audience_counts_a_little_where_nobody_reacts(fans):
    (said,) = Evidence(WEIGHT).influence(holding("guild.fans", fans), Catalogue((COUNTED,)))
    formula = WEIGHT / 4 * log1p(fans / 10_000) ** 2
    assert formula - GRAIN <= said <= WEIGHT / 4 * log1p(fans / 9_780) ** 2 + GRAIN


def test_a_million_fans_are_worth_less_than_four_people_and_a_thousand_next_to_nothing():
    """Wherever the curve stands: who has many already gains as little by a thousand more."""
    guild, evidence = Catalogue((COUNTED,)), Evidence(WEIGHT)
    (people,) = evidence.influence(reacted(dict.fromkeys((7, 30, 90), 4)), ALONE)
    assert 0 < evidence.influence(holding("guild.fans", 1e6), guild)[0] < people
    for fans in (0, 1e3, 1e4, 1e5, 1e6, 1e7):
        before, after = (
            evidence.influence(holding("guild.fans", much), guild)[0] for much in (fans, fans + 1e3)
        )
        assert 0 <= after - before < 0.03 * WEIGHT


def by_window(most: int) -> st.SearchStrategy[dict[int, int]]:
    return st.fixed_dictionaries({window: st.integers(0, most) for window in (7, 30, 90)})


@given(by_window(512), by_window(100))
def test_it_is_the_formula_wherever_people_can_be_counted(people, stars):
    (said,) = Evidence(WEIGHT).influence(reacted(people, stars), ALONE)
    assert said == pytest.approx(naive(people, stars), abs=6 * GRAIN)


@given(st.floats(0, 3), st.floats(8, 2**44))
def test_three_of_a_kind_say_nothing_and_no_end_of_them_less_than_two_people(few, endless):
    """Who makes a friend react without end gains less than who draws two people."""
    evidence = Evidence(WEIGHT)
    three, fans = (
        evidence.influence(reacted({}, dict.fromkeys((7, 30, 90), much)), ALONE)[0]
        for much in (few, endless)
    )
    (two,) = evidence.influence(reacted(dict.fromkeys((7, 30, 90), 2)), ALONE)
    assert three == 0
    assert 0 < fans < two


@given(st.floats(512, 2**44))
def test_of_more_it_is_the_formula_up_to_a_32nd_of_a_doubling(much):
    (said,) = Evidence(WEIGHT).influence(reacted({90: much}), ALONE)
    assert naive({90: much}) - GRAIN <= said <= naive({90: much * 2 ** (1 / 32)}) + GRAIN


@given(st.lists(st.floats(0, 2**45), min_size=2, max_size=2).map(sorted))
def test_more_is_never_less_evidence(pair):
    for signals in (lambda much: ({90: much}, {}), lambda much: ({}, {90: much})):
        less, more = (
            Evidence(WEIGHT).influence(reacted(*signals(much)), ALONE)[0] for much in pair
        )
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


def test_trees_see_up_to_two_of_what_is_held_or_published_as_two():
    known = sample(1)
    seen = Evidence(WEIGHT).before(known, SMALL, TrainingParams(few=2)).seen
    for name in ("twitter.tweets", "twitter.moments", "googleplus.posts", "twitter.lists"):
        column = SMALL.names.index(name)
        assert (seen[:, column] == np.maximum(known.matrix[:, column], 2)).all()
    connected = SMALL.names.index("twitter.connected")
    assert (seen[:, connected] == known.matrix[:, connected]).all()


def test_what_trees_may_not_read_is_left_to_no_chance():
    """Trees are the same to the bit whatever it says, also where they draw their signals."""
    signals, influence = population(SMALL, seed=5)
    judgements, quick = judged(influence, 6), TrainingParams(num_trees=20, feature_fraction=0.3)
    columns = set().union(*quick.readable(SMALL))
    read_by_evidence = [name for name in SMALL.names if ".count." in name or ".grown" in name]
    unread = [
        name
        for column, name in enumerate(SMALL.names)
        if column not in columns and name not in read_by_evidence
    ]
    assert len(unread) > 100
    other = signals.with_columns(pl.col(name).reverse() for name in unread)
    assert (
        fit(other, judgements, SMALL, quick).trees == fit(signals, judgements, SMALL, quick).trees
    )
    nothing = signals.with_columns(pl.lit(0.0).alias(name) for name in unread)
    assert (
        fit(nothing, judgements, SMALL, quick).trees == fit(signals, judgements, SMALL, quick).trees
    )


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


@pytest.mark.parametrize("stars", [lambda _: None, lambda each: each], ids=["people", "stars too"])
def test_8_on_and_on_each_doubling_gains_less(model, stars):
    covering = model.covering([HUB])
    much = [dict.fromkeys((7, 30, 90), 2.0**k) for k in range(41)]
    rows = [reacted(each, stars(each), covering.catalogue) for each in much]
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


def test_who_is_come_back_to_is_before_who_is_not_as_the_command_line_says(model, tmp_path):
    """As many people gave stars, in as few days; to one of them they came back."""
    people = dict.fromkeys((7, 30, 90), 5)
    rows = np.vstack([reacted(people, people), reacted(people, dict.fromkeys((7, 30, 90), 40))])
    nothing = dict.fromkeys(SMALL.names, np.zeros(2))
    signals = (
        {"person": ["hub:once", "hub:again"]}
        | nothing
        | dict(zip(ALONE.names, rows.T, strict=True))
    )
    pl.DataFrame(signals).write_parquet(tmp_path / "signals.parquet")
    model.save(tmp_path / "model")
    done = klout("score", "--model", tmp_path / "model", "--signals", tmp_path / "signals.parquet",
                 "--out", tmp_path / "scores.parquet")  # fmt: skip
    assert done.code == 0, done.err
    once, again = pl.read_parquet(tmp_path / "scores.parquet")["score"]
    assert once < again
