"""Rings are found among the doubted, and drawn so that one can look at them safely."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.signals.owners import Owners, claims
from serving.http.web.ring_picture import draw
from tests.support.busy import Row, ago, deed, world_of
from tests.support.doubted import RING, ring_deeds
from tests.support.worlds import AS_OF, SMALL, World, lake_of
from training.integrity.report import ring as module
from training.integrity.report.ring import MOST_RINGS, SMALLEST, Ring, rings

TWITTER = next(network for network in SMALL.networks if network.name == "twitter")


@pytest.fixture
def find(tmp_path: Path) -> Any:
    """The rings of a world among some doubted accounts."""

    def find(world: World, doubted: list[str]) -> list[Ring]:
        lake = lake_of(world, tmp_path / str(len(list(tmp_path.iterdir()))))
        said = pl.DataFrame({"account": doubted}).with_columns(authenticity=0.0, reasons=None)
        return rings(lake, AS_OF, Owners.of(TWITTER, claims(lake, AS_OF)), said)

    return find


def members(found: list[Ring]) -> list[set[str]]:
    return [set(ring.members["account"]) for ring in found]


def ties(ring: Ring) -> dict[tuple[str, str], tuple[int, int]]:
    """Both names to reactions and moments shared."""
    names = ring.members["account"]
    return {
        (min(pair), max(pair)): (row["reactions"], row["shared"])
        for row in ring.ties.iter_rows(named=True)
        for pair in [(names[row["one"]], names[row["other"]])]
    }


def in_lockstep(accounts: list[str], moments: int) -> list[Row]:
    return [
        deed(account, "star", ago(50 - moment) + timedelta(seconds=20 * place))
        for moment in range(moments)
        for place, account in enumerate(accounts)
    ]


def test_a_planted_ring_of_five_is_found_with_all_its_ties(find: Any) -> None:
    (ring,) = find(world_of(ring_deeds()), [*RING, "friend"])
    assert (ring.network, ring.accounts, set(ring.members["account"])) == ("twitter", 5, set(RING))
    assert ties(ring) == {(a, b): (2, 0) for a in RING for b in RING if a < b}


def test_who_is_believed_is_in_no_ring(find: Any) -> None:
    assert members(find(world_of(ring_deeds()), RING[:3])) == [set(RING[:3])]
    assert find(world_of(ring_deeds()), RING[: SMALLEST - 1]) == []


def test_those_who_act_in_lockstep_hang_together_without_reacting_to_each_other(find: Any) -> None:
    bots = ["b1", "b2", "b3", "b4"]
    (ring,) = find(world_of(in_lockstep(bots, 6)), bots)
    assert ties(ring) == {(a, b): (0, 6) for a in bots for b in bots if a < b}
    assert find(world_of(in_lockstep(bots, 4)), bots) == []


def test_what_happened_long_ago_or_later_ties_nobody(find: Any) -> None:
    pairs = [(a, b) for a in RING for b in RING if a != b]
    for days in (91, -0.5):
        assert find(world_of([deed(a, b, ago(days)) for a, b in pairs]), RING) == []


def test_accounts_of_one_person_are_not_tied_by_what_they_do_to_each_other(find: Any) -> None:
    claim = {"person": "p", "network": "twitter", "kind": "personal", "connected_at": ago(99)}
    mine = [claim | {"account": account, "disconnected_at": None} for account in RING[:3]]
    (ring,) = find(world_of(ring_deeds(), identities=mine), RING)
    assert not {(RING[0], RING[1]), (RING[0], RING[2]), (RING[1], RING[2])} & set(ties(ring))


@pytest.mark.parametrize("seed", range(5))
def test_rings_are_those_that_a_walk_from_friend_to_friend_finds(find: Any, seed: int) -> None:
    rng = random.Random(seed)
    people = [f"u{number}" for number in range(25)]
    pairs = [tuple(rng.sample(people, 2)) for _ in range(120)]
    doubted = rng.sample(people, 20)
    world = world_of([deed(a, b, ago(1 + place / 2)) for place, (a, b) in enumerate(pairs)])
    walked = sorted(map(len, walk(set(pairs), doubted)), reverse=True)
    found = find(world, doubted)
    assert [ring.accounts for ring in found] == [n for n in walked if n >= SMALLEST][:MOST_RINGS]
    for ring in found:
        assert set(ring.members["account"]) in walk(set(pairs), doubted)


def walk(pairs: set[Any], doubted: list[str]) -> list[set[str]]:
    """Groups of the doubted who reach each other by mutual reactions."""
    groups: list[set[str]] = []
    for start in doubted:
        reached, ahead = set(), [start]
        while ahead:
            here = ahead.pop()
            reached.add(here)
            ahead += [b for b in doubted if {(here, b), (b, here)} <= pairs and b not in reached]
        if reached not in groups:
            groups.append(reached)
    return groups


def test_a_large_ring_is_cut_to_those_with_most_ties(
    find: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 4)
    monkeypatch.setattr(module, "MOST_TIES", 5)
    tail = [deed("tail", RING[0], ago(1)), deed(RING[0], "tail", ago(2))]
    (ring,) = find(world_of(ring_deeds() + tail), [*RING, "tail"])
    assert (ring.accounts, len(ring.members), len(ring.ties)) == (6, 4, 5)
    assert "tail" not in set(ring.members["account"])
    assert RING[0] in set(ring.members["account"])


def test_those_tied_together_sit_side_by_side(find: Any) -> None:
    """Of a chain with its names shuffled, every neighbour is at most two seats away."""
    names = [f"u{number * 7 % 20:02}" for number in range(20)]
    chain = [pair for a, b in pairwise(names) for pair in ((a, b), (b, a))]
    world = world_of([deed(a, b, ago(1 + place)) for place, (a, b) in enumerate(chain)])
    (ring,) = find(world, names)
    assert (ring.ties["other"] - ring.ties["one"]).is_between(1, 2).all()


# --- the picture -----------------------------------------------------------------------------


def hostile(name: str, reasons: str | None = None, members: int = 3) -> dict[str, Any]:
    each = {"account": name, "authenticity": 0.25, "reasons": reasons}
    tie = {"one": 0, "other": 1, "reactions": 7, "shared": 0}
    lockstep = {"one": 1, "other": 2, "reactions": 0, "shared": 1}
    return {
        "network": "twitter",
        "accounts": members,
        "members": [each] * members,
        "ties": [tie, lockstep],
    }


def parts(svg: str, tag: str) -> list[ET.Element]:
    return ET.fromstring(svg).findall(f".//{tag}")


def test_a_picture_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    svg = draw(hostile("bob", "clique 1"), "ring-0")
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "ring-0-title ring-0-desc"
    assert [each.text for each in parts(svg, "desc")] == [
        "Of 3 pairs 1 react to each other and 1 are seen in lockstep."
    ]
    titles = [each.text for each in parts(svg, "circle/title")]
    assert titles == ["bob: 0.25; clique 1"] * 3


def test_members_are_coloured_by_step_and_ties_are_as_wide_as_they_are_strong() -> None:
    svg = draw(hostile("bob"), "r")
    assert [each.get("class") for each in parts(svg, "circle")] == ["step-25"] * 3
    widths = {each.get("class"): each.get("stroke-width") for each in parts(svg, "line")}
    assert widths == {"lockstep": "0.71", "mutual": "5.00"}


@pytest.mark.parametrize("members", [3, 80])
def test_no_account_can_break_out_of_a_picture(members: int) -> None:
    name = "</title><script>alert('x')</script>\x1b\u202e&\"<"
    svg = draw(hostile(name, name, members), "r")
    assert "<script" not in svg
    assert not parts(svg, "script")
    assert svg.isascii() or svg.replace("…", "").isascii()
    assert len(parts(svg, "circle")) == members
