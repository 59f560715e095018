"""What would be: what is told is what the lake gives once it is so."""

import math
from dataclasses import replace

import pytest
from polars.testing import assert_frame_equal

from features.errors import KloutError
from serving.cli.explain_lines import way_lines
from serving.explain.counterfactual import Counterfactual, next_point, what_if
from serving.explain.counterfactual_signals import CounterfactualSignals
from serving.explain.records import read
from serving.explain.requests import (
    MOST,
    FewerPosts,
    MoreReactors,
    ReactorKind,
    WithSignals,
)
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.typical_actor import contents_of, silent, typical_actor
from serving.explain.why import signals_of
from tests.support.explain_scenes import (
    STEADY,
    busy_world,
    identity,
    model,
    post,
    reaction,
    scene,
    score_of,
)
from tests.support.new_people import interactions_of
from tests.support.worlds import AS_OF, SMALL, lake_of


def with_people(world, ask, kind, lake, person):
    """The world in which they did react, and are who they are said to be."""
    networks = tuple(n for n in SMALL.networks if n.name == ask.network)
    life = ScenarioInputs(*read(lake, AS_OF, AS_OF, person, networks))
    contents = contents_of(life, ask.reaction)
    rows = interactions_of(ask, kind, AS_OF, life.account, contents).to_dicts()
    day = min(row["at"] for row in rows).replace(hour=0)
    known = [
        {"person": f"{ask.network}:{actor}", "score": kind.score, "as_of": day}
        for actor in sorted({row["actor"] for row in rows})
        if kind.score is not None
    ]
    return world | {
        "interactions": [*world["interactions"], *rows],
        "scores": [*world.get("scores", []), *known],
    }


@pytest.mark.parametrize(
    "ask",
    [
        MoreReactors("twitter", "retweet", 3, kind=ReactorKind(score=60.0, busy=2)),
        MoreReactors("twitter", "like", 40, times=4, kind=ReactorKind()),
        MoreReactors("googleplus", "plus_one", 5, kind=ReactorKind(score=20.0, busy=1)),
        MoreReactors("twitter", "retweet", 7),
        MoreReactors("twitter", "retweet", 4_321, times=2, kind=ReactorKind(score=45.5, busy=3)),
        MoreReactors("googleplus", "plus_one", 61),
    ],
)
def test_more_people_give_what_the_lake_gives_once_they_have_reacted(ask, tmp_path):
    world = busy_world(5, 600)
    world["identities"] = [identity("ann", "u1"), identity("ann", "u2", "googleplus")]
    lake = lake_of(world, tmp_path / "lake")
    told = what_if(lake, AS_OF, "ann", model(), ask)
    life = ScenarioInputs(*read(lake, AS_OF, AS_OF, "ann", (SMALL.network(ask.network),)))
    kind = ask.kind or typical_actor(life, ask.reaction)
    after = lake_of(with_people(world, ask, kind, lake, "ann"), tmp_path / "after")
    both = CounterfactualSignals(life).signals([replace(ask, people=2 * ask.people), ask])
    wanted = signals_of(after, AS_OF, "ann", SMALL).select(both.columns)
    assert_frame_equal(both[1], wanted, check_exact=True)
    assert told.before == score_of(lake, AS_OF, "ann", model())
    assert told.after == score_of(after, AS_OF, "ann", model())
    assert told.after >= told.before


def test_fewer_posts_give_what_the_lake_gives_without_the_newest_silent_ones(tmp_path):
    silences = [post(days, f"s{days}") for days in range(2, 30, 3)]
    fans = [reaction(f"g{n}", 1 + n % 25, content=str(n % 3)) for n in range(60)]
    lake = scene(tmp_path / "lake", contents=silences, interactions=fans)
    told = what_if(lake, AS_OF, "ann", model(2), FewerPosts("twitter", 4))
    after = scene(tmp_path / "after", contents=silences[4:], interactions=fans)
    assert told.after == score_of(after, AS_OF, "ann", model(2)) > told.before


def test_a_network_that_is_not_connected_would_be(tmp_path):
    lake = scene(tmp_path / "lake")
    ask = MoreReactors("googleplus", "plus_one", 4, kind=ReactorKind())
    told = what_if(lake, AS_OF, "ann", model(), ask)
    rows = interactions_of(ask, ReactorKind(), AS_OF, "new", []).to_dicts()
    new = {"identities": [identity("ann", "new", "googleplus")], "interactions": rows}
    after = scene(tmp_path / "after", **new)
    assert told.after == score_of(after, AS_OF, "ann", model()) > told.before
    assert "connected" in told.words


def test_signals_of_a_network_may_be_said(tmp_path):
    lake = scene(tmp_path / "lake")
    known = {"inlinks": 50.0, "pagerank": 20.0, "any.reactors.90d": 20.0, "thank.count.90d": 40.0}
    signals = {f"wiki.{name}": value for name, value in (known | {"connected": 1.0}).items()}
    told = what_if(lake, AS_OF, "ann", model(), WithSignals("wiki", signals))
    assert told.parts["wiki"] > 0
    assert told.gain == told.after - told.before > 0


def test_the_next_point_is_reached_with_what_is_told_and_not_with_one_less(tmp_path):
    quiet = [post(days, f"s{days}") for days in range(2, 30, 3)]
    lake = scene(tmp_path / "lake", contents=quiet)
    ways = next_point(lake, AS_OF, "ann", model())
    goal = math.floor(Counterfactual(lake, AS_OF, "ann", model()).score) + 1
    assert [way.amount for way in ways] == sorted(way.amount for way in ways)
    assert {way.kind for way in ways} >= {"people", "network"}
    for way in ways:
        assert way.words
        enough, less = (_if(lake, way, way.amount - fewer) for fewer in (0, 1))
        assert enough == way.score >= goal
        assert less is None or less < goal


def _if(lake, way, amount):
    if not amount:
        return None
    ask = (
        FewerPosts(way.network, amount)
        if way.reaction is None
        else MoreReactors(way.network, way.reaction, amount)
    )
    return what_if(lake, AS_OF, "ann", model(), ask).after


def test_the_next_point_takes_more_people_the_more_there_are_already(tmp_path):
    """The scale is concave, so a point more costs more."""
    needed = []
    for crowd in (4, 40, 160):
        fans = [reaction(f"g{n}", 1 + n % 25, content=str(n % 3)) for n in range(crowd)]
        ways = next_point(scene(tmp_path / str(crowd), interactions=fans), AS_OF, "ann", model())
        retweets = [way.amount for way in ways if way.reaction == "retweet"]
        needed.append(retweets[0] if retweets else math.inf)
    assert needed[0] < needed[-1]


def test_a_million_people_are_counted_as_few_are(tmp_path):
    life = ScenarioInputs(*read(scene(tmp_path / "lake"), AS_OF, AS_OF, "ann", SMALL.networks[:1]))
    found = CounterfactualSignals(life).signals(
        [MoreReactors("twitter", "like", n, 3) for n in (MOST, 30)]
    )
    assert found["twitter.like.reactors.30d"].to_list() == [MOST, 30]
    assert found["twitter.like.count.30d"].to_list() == [3 * MOST, 90]
    assert found["twitter.like.days.30d"].to_list() == [30, 30]
    assert found["twitter.any.reactors.90d"].to_list() == [MOST + 6, 36]


def test_where_no_number_of_people_is_enough_it_is_said(tmp_path):
    """Nobody is as far above these as their model's trees tell apart."""
    crowds = [
        reaction(f"g{n}", 1 + n % 25, content=str(n % 3), reaction=how)
        for how in ("retweet", "like")
        for n in range(900)
    ]
    lake = scene(tmp_path / "lake", interactions=crowds)
    now = Counterfactual(lake, AS_OF, "ann", model())
    ways = next_point(lake, AS_OF, "ann", model())
    assert "people" not in {way.kind for way in ways}
    for how in ("retweet", "like"):
        [part] = now.parts_if("twitter", [MoreReactors("twitter", how, MOST)])
        assert now.with_parts({"twitter": part}) < math.floor(now.score) + 1
    assert [*way_lines([])] == [
        "no number of people up to 1,000,000, by one kind of reaction, brings the next point"
    ]


def test_posts_that_drew_something_are_not_silent(tmp_path):
    lake = scene(tmp_path / "lake", contents=[post(3, "9")])
    life = ScenarioInputs(*read(lake, AS_OF, AS_OF, "ann", (SMALL.network("twitter"),)))
    drew = {row["content"] for row in STEADY["interactions"]}
    assert silent(life)["place"].count() == 1 + len(STEADY["contents"]) - len(drew)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (MoreReactors("myspace", "like", 1), "no network"),
        (MoreReactors("twitter", "poke", 1), "no reaction"),
        (MoreReactors("twitter", "like", 0), "people is 0"),
        (MoreReactors("twitter", "like", 1, times=31), "times is 31"),
        (FewerPosts("twitter", -1), "posts is -1"),
        (WithSignals("wiki", {"wiki.inlinks": -1.0}), "no number"),
        (WithSignals("wiki", {"twitter.lists": 1.0}), "no number"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, said, tmp_path):
    with pytest.raises(KloutError, match=said):
        what_if(scene(tmp_path / "lake"), AS_OF, "ann", model(), ask)
