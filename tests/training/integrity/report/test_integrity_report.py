"""The report counts what there is, names what changed, and takes no account id for harmless."""

from __future__ import annotations

import json
import random
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake.contracts import STEPS
from features.signals.materialize import materialize
from serving.cli.integrity import app
from serving.http.web.integrity_page import page
from tests.support.busy import Row, ago, deed, world_of
from tests.support.doubted import RING, believed, decided, frame, ring_world
from tests.support.worlds import AS_OF, SMALL, World, big_world, lake_of
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.report import integrity_report as module
from training.integrity.report.attack_names import ATTACKS
from training.integrity.report.integrity_report import report

EVIL = "<script>alert('x')</script>[red]"


@pytest.fixture
def say(tmp_path: Path) -> Any:
    """The report of a world."""

    def say(world: World, given: list[Row] | None = None) -> dict[str, Any]:
        rows = None if given is None else frame(given)
        return report(lake_of(world, tmp_path / "lake"), AS_OF, SMALL, rows)

    return say


def of_twitter(said: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in said["accounts"] if row["network"] == "twitter")


# --- counts ----------------------------------------------------------------------------------


def test_everybody_seen_in_the_90_days_is_on_one_step(say: Any) -> None:
    world = ring_world(overrides=[decided("x", 0.5)])
    world["authenticity"].append(believed("left long ago", 0, "age 1", days=300))
    said = say(world)
    assert of_twitter(said) == {
        "network": "twitter",
        "seen": 9,  # five of the ring, the friend, x, y and the writer
        "steps": {"0": 0, "0.25": 5, "0.5": 1, "0.75": 0, "1": 3},
    }
    assert sum(row["accounts"] for row in said["attacks"]) == 6


def test_networks_without_reactions_are_left_out(say: Any) -> None:
    names = [row["network"] for row in say(ring_world())["accounts"]]
    assert names == [network.name for network in SMALL.networks if network.reactions]


def test_the_first_reason_names_the_attack(say: Any) -> None:
    doubts = [
        believed("ring0", 0, "lockstep_group 5, clique 1"),
        believed("ring1", 0.75, "in_crowds 1"),
        believed("ring2", 0.5, "clique 1, in_crowds 1"),
        believed("ring3", 0, "among the strangest of its network"),
        believed("ring4", 0, None),
        believed("x", 1, ""),
    ]
    said = say(ring_world(authenticity=doubts, overrides=[decided("y", 0)]))
    assert {row["attack"]: row["accounts"] for row in said["attacks"]} == {
        "bots acting together": 1,
        "accounts opened to fill orders": 1,
        "follow-back ring or pod": 1,
        "strange for its network": 1,
        "no reason kept": 1,
        "decided by hand": 1,
    }


def test_every_behaviour_points_to_one_attack() -> None:
    named = [name for names in ATTACKS.values() for name in names]
    assert sorted(named) == sorted(each.name for each in BEHAVIOURS)


def test_only_who_is_believed_less_than_half_is_drawn_in_a_ring(say: Any) -> None:
    (ring,) = say(ring_world(overrides=[decided(RING[0], 0.5), decided(RING[1], 1)]))["rings"]
    assert sorted(each["account"] for each in ring["members"]) == RING[2:]


# --- discounts -------------------------------------------------------------------------------


def test_who_loses_most_reactions_comes_first(say: Any) -> None:
    deeds = [deed("bot", "a", ago(1 + n)) for n in range(4)]
    deeds += [deed("half", "b", ago(1 + n)) for n in range(4)] + [deed("real", "a", ago(3))]
    said = say(world_of(deeds) | {"authenticity": [believed("bot", 0), believed("half", 0.5)]})
    assert said["discounts"] == [
        {"person": "twitter:a", "received": 5, "counted": 1.0, "share": 0.8},
        {"person": "twitter:b", "received": 4, "counted": 2.0, "share": 0.5},
    ]


@pytest.mark.parametrize("seed", range(3))
def test_discounts_are_what_the_signals_leave_out(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_DISCOUNTS", 1000)
    world, rng = big_world(seed, size=600), random.Random(seed)
    names = sorted({row["actor"] for row in world["interactions"]})
    doubts = [believed(name, rng.choice(STEPS)) for name in rng.sample(names, 20)]
    by_hand = [decided(name, rng.choice(STEPS)) for name in rng.sample(names, 5)]
    lake = lake_of(world | {"authenticity": doubts, "overrides": by_hand}, tmp_path / "doubted")
    counted = _any_count(materialize(lake, AS_OF, SMALL))
    received = _any_count(materialize(lake_of(world, tmp_path / "sure"), AS_OF, SMALL))
    said = report(lake, AS_OF, SMALL)["discounts"]
    lost = {who: (n, counted.get(who, 0.0)) for who, n in received.items()}
    assert {row["person"]: (row["received"], row["counted"]) for row in said} == {
        who: pair for who, pair in lost.items() if pair[0] != pair[1]
    }


def _any_count(signals: pl.LazyFrame) -> dict[str, float]:
    whole = pl.sum_horizontal(r"^.*\.any\.count\.90d$")
    return dict(signals.select("person", whole.alias("count")).collect().iter_rows())


# --- what changed ----------------------------------------------------------------------------


def test_what_changed_since_the_day_before_is_told_with_its_reasons(say: Any) -> None:
    said = say(
        ring_world(
            authenticity=[
                believed("ring0", 0.25, "clique 1", days=1),
                believed("ring0", 0, "clique 1, partners 4"),
                believed("ring1", 0, "clique 1", days=3),
                believed("ring2", 0.5, "clique 1", days=3),
                believed("ring2", 1, ""),
                believed("ring3", 0.75, "in_crowds 1"),
                believed("ring4", 0, "after the day", days=-1),
            ],
            overrides=[decided("y", 0, days=0.5), decided("x", 0, days=1.5)],
        )
    )["changes"]
    assert [tuple(row.values())[1:] for row in said["largest"]] == [
        ("y", 1.0, 0.0, "asked for papers"),
        ("ring0", 0.25, 0.0, "clique 1, partners 4"),
        ("ring3", 1.0, 0.75, "in_crowds 1"),
        ("ring2", 0.5, 1.0, ""),
    ]
    assert said["accounts"] == sum(move["accounts"] for move in said["moves"]) == 4


def test_a_file_stands_in_for_the_history_but_not_for_what_was_decided_by_hand(say: Any) -> None:
    world = ring_world(overrides=[decided("ring0", 1, days=9)])
    said = say(world, [believed("ring0", 0, "clique 1"), believed("ring1", 0, "clique 1")])
    assert of_twitter(said)["steps"] == {"0": 1, "0.25": 0, "0.5": 0, "0.75": 0, "1": 8}
    assert [row["account"] for row in said["changes"]["largest"]] == ["ring1"]
    (override,) = said["overrides"]
    assert (override["account"], override["authenticity"]) == ("ring0", 1.0)
    assert override["why"] == "asked for papers"


def test_a_file_must_have_steps_of_accounts(say: Any, tmp_path: Path) -> None:
    with pytest.raises(KloutError, match=r"'ring0' on 'twitter' is 0\.3, not one of"):
        say(ring_world(), [believed("ring0", 0.3)])
    with pytest.raises(KloutError, match="the column 'account' is missing"):
        report(
            lake_of(ring_world(), tmp_path / "other"),
            AS_OF,
            SMALL,
            pl.DataFrame({"network": ["x"]}),
        )


def test_a_quiet_day_has_nothing_to_tell_and_still_a_page(say: Any) -> None:
    said = say(world_of([deed("x", "y", ago(1))]))
    assert (said["attacks"], said["discounts"], said["rings"]) == ([], [], [])
    assert said["changes"] == {"accounts": 0, "moves": [], "largest": []}
    assert "Nobody is doubted" in page(said)


# --- the page --------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_all_of_it_with_a_picture(say: Any) -> None:
    found = Tags(page(say(ring_world(overrides=[decided("x", 0.5)]))))
    assert found.tags.count("svg") == 1
    assert found.tags.count("circle") == len(RING)
    for words in ("5 accounts of twitter", "follow-back ring or pod", "asked for papers"):
        assert words in found.text


def test_hostile_ids_are_text_wherever_they_stand(say: Any) -> None:
    names = [f"{EVIL}{number}" for number in range(4)]
    deeds = [deed(a, b, ago(1 + i)) for i, a in enumerate(names) for b in names if a != b]
    doubts = [believed(name, 0, EVIL) for name in names[:3]]
    override = decided(names[3], 0) | {"why": EVIL}
    html = page(say(world_of(deeds) | {"authenticity": doubts, "overrides": [override]}))
    found = Tags(html)
    assert "script" not in found.tags
    assert "\x1b" not in html
    # The picture's names and titles, members, discounts, changes, and what was decided by hand.
    assert found.text.count("<script>alert('x')</script>") >= 4 * 5


# --- the command -----------------------------------------------------------------------------


def run(*words: object) -> Any:
    return CliRunner().invoke(app, ["report", *map(str, words)])


def lake(tmp_path: Path, **tables: list[Row]) -> list[object]:
    lake_of(ring_world(**tables), tmp_path / "lake")
    return ["--lake", tmp_path / "lake", "--as-of", AS_OF]


def test_the_command_prints_tables(tmp_path: Path) -> None:
    result = run(*lake(tmp_path, overrides=[decided(EVIL, 0)]))
    assert result.exit_code == 0, result.output
    for words in ("Accounts by step", "follow-back ring", "5 accounts of twitter", "[red]"):
        assert words in result.stdout
    assert "\x1b" not in result.stdout


def test_the_command_writes_a_page_and_json(tmp_path: Path) -> None:
    file, out = tmp_path / "steps.parquet", tmp_path / "page.html"
    frame([believed("ring0", 0, "clique 1")]).write_parquet(file)
    options = ["--authenticity", file, "--out", out, "--json", "--quiet"]
    result = run(*lake(tmp_path), *options)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["changes"]["accounts"] == 1
    assert out.read_text().startswith("<!doctype html>")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "steps.parquet"
    file.write_text("nothing")
    result = run(*lake(tmp_path), "--authenticity", file)
    assert isinstance(result.exception, KloutError)
    assert f"{file}: not a Parquet file" in str(result.exception)
