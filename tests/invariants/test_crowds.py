"""Invariants 3 and 4: silent contents never help; more and more selective people never hurt."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.declaration import Network
from features.lake.times import midnight
from tests.support.steps import (
    EVERYBODY,
    assert_never_less,
    examples,
    owners,
    people_of,
    rows_of,
    signals_of,
    without,
)
from tests.support.worlds import ACCOUNTS, AS_OF, SMALL, Row, World, standings, worlds

EMPTY: World = {
    table: [] for table in ("interactions", "contents", "counters", "links", "identities", "scores")
}
numbers = st.sets(st.integers(0, 24))
seeds = st.integers(0, 10_000)
publishing = st.sampled_from([n for n in SMALL.networks if n.contents and n.reactions])


def tweet(number: int) -> Row:
    """A silent tweet, on one of the 90 days."""
    at = midnight(AS_OF) - timedelta(days=1 + number % 89, seconds=1)
    return {
        "network": "twitter",
        "author": "",
        "content": f"silent {number}",
        "kind": "tweet",
        "at": at,
    }


@given(worlds(), st.sampled_from(ACCOUNTS), st.integers(1, 200))
@examples(8)
def test_4_content_that_draws_no_reaction_never_raises_a_score(world, author, number):
    silent = [tweet(each) | {"author": author} for each in range(number)]
    before = signals_of(world)
    after = signals_of(world | {"contents": [*world["contents"], *silent]})
    assert_never_less(people_of(before, after), after, before)


@given(worlds(), numbers)
@examples(8)
def test_3_the_same_reactions_with_fewer_silent_contents_never_give_less(world, dropped):
    drawing = {(row["network"], row["target"], row["content"]) for row in world["interactions"]}
    silent = {
        number
        for number, row in enumerate(world["contents"])
        if (row["network"], row["author"], row["content"]) not in drawing
    }
    before, after = signals_of(world), signals_of(without(world, "contents", silent & dropped))
    assert_never_less(people_of(before, after), before, after)


def campaign(network: Network, seed: int, each: int) -> World:
    """A hundred reactions to contents of a, drawn by some of them ``each``.

    Ten each: ten contents, no others. One each: of each ten contents a hundred are published
    instead, on the same day. Who reacts how and when is the same.
    """
    rng = random.Random(seed)
    contents, interactions = [], []
    for group in range(10):
        day = AS_OF - timedelta(rng.randint(1, 89))
        published = [f"{group}/{number}" for number in range(1 if each == 10 else 100)]
        row = {"network": network.name, "author": "a", "kind": rng.choice(network.contents).name}
        contents += [row | {"content": content, "at": midnight(day)} for content in published]
        for content in each * published[: 10 // each]:
            at = midnight(day + timedelta(rng.randrange((AS_OF - day).days)))
            how = {"reaction": rng.choice(network.reactions).name, "actor": f"x{rng.randrange(60)}"}
            what = {"network": network.name, "target": "a", "content": content}
            interactions.append(what | how | {"at": at, "id": None})
    return EMPTY | {"contents": contents, "interactions": interactions}


@given(publishing, seeds)
@examples(8)
def test_3_ten_each_on_ten_contents_are_worth_no_less_than_one_each_on_100_of_1000(network, seed):
    ten, one = (campaign(network, seed, each) for each in (10, 1))
    assert (len(ten["contents"]), len(one["contents"])) == (10, 1000)
    assert len({row["content"] for row in one["interactions"]}) == 100
    assert_never_less({f"{network.name}:a"}, signals_of(one), signals_of(ten))


@given(worlds(), numbers, st.none() | st.floats(1, 90))
@examples(8)
def test_3_the_same_reactions_from_more_people_never_give_less(world, replaced, score):
    fresh = [
        row | {"actor": f"fresh {number}"} if number in replaced else row
        for number, row in enumerate(world["interactions"])
    ]
    # The newcomers are worth as much as those whom they stand in for.
    names = [f"{row['network']}:{row['actor']}" for row in fresh]
    standing = None if score is None else dict.fromkeys((*EVERYBODY, *names), score)
    world = world | {"scores": []}
    before = signals_of(world, standing)
    after = signals_of(world | {"interactions": fresh}, standing)
    assert_never_less(people_of(before), before, after)


@given(worlds(), numbers, standings())
@examples(8)
def test_3_the_same_reactions_from_more_selective_people_never_give_less(world, dropped, standing):
    lost = [row for number, row in enumerate(world["interactions"]) if number in dropped]
    losing = set().union(*(owners(world, row) for row in lost))
    before = signals_of(world, standing)
    after = signals_of(without(world, "interactions", dropped), standing)
    assert_never_less(people_of(before) - losing, before, after)


@given(seeds, st.integers(0, 100))
@examples(6)
def test_3_who_reacts_to_nobody_else_gives_at_least_as_much_and_mostly_more(seed, others):
    network = SMALL.network("twitter")
    one = campaign(network, seed, 10)
    rng = random.Random(seed)
    elsewhere = [row | {"target": "b"} for row in rng.sample(one["interactions"], others)]
    selective = signals_of(one)
    scattered = signals_of(one | {"interactions": one["interactions"] + elsewhere})
    assert_never_less({"twitter:a"}, scattered, selective)
    name = "twitter.any.attention.90d"
    low, high = (rows_of({"twitter:a"}, table)[name][0] for table in (scattered, selective))
    assert high > low if others else high == low
