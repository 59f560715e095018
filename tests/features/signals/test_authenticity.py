"""What is known of an account's authenticity, and what a doubted reaction is worth."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.signals.authenticity import authenticity_by_account
from features.signals.owners import account_key
from serving.cli.app import app
from tests.features.signals.test_materialize import reactions, signals
from tests.support.doubts import Beliefs, belief_frame, beliefs, doubts
from tests.support.naive_people import Beliefs as NaiveBeliefs
from tests.support.naive_people import midnight
from tests.support.worlds import ACCOUNTS, AS_OF, SMALL, Row, World, lake_of

NOW = midnight(AS_OF)
HOUR = timedelta(hours=1)
NOON = NOW - 12 * HOUR


def computed(account: str, value: float, at: datetime = NOW, network: str = "twitter") -> Row:
    row = {"network": network, "account": account, "authenticity": value}
    return row | {"as_of": at, "reasons": None}


def decided(account: str, value: float, at: datetime = NOW - HOUR) -> Row:
    row = {"network": "twitter", "account": account, "authenticity": value}
    return row | {"why": "asked for papers", "decided_at": at}


@pytest.fixture
def known(tmp_path: Path) -> Any:
    """What is known on Twitter: account to quarters, of those below 1."""

    def known(given: Beliefs | None = None, **tables: list[Row]) -> dict[str, int]:
        lake = lake_of({**reactions([]), **tables}, tmp_path / "lake")
        return by_name(authenticity_by_account(lake, AS_OF, belief_frame(given), "twitter"))

    return known


def by_name(found: pl.DataFrame | None) -> dict[str, int]:
    if found is None:
        return {}
    names = pl.DataFrame({"account": ACCOUNTS}).with_columns(actor=account_key("account"))
    return dict(found.join(names, on="actor").select("account", "quarters").iter_rows())


# --- what is known ---------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(doubts(), beliefs())
def test_equals_the_naive_twin(tmp_path_factory: Any, world: World, given: Beliefs | None) -> None:
    lake = lake_of({**reactions([]), **world}, tmp_path_factory.mktemp("lake"))
    twin = NaiveBeliefs(world, AS_OF, given)
    for network in SMALL.networks:
        frame = authenticity_by_account(lake, AS_OF, belief_frame(given), network.name)
        quarters = {account: twin.quarters(network.name, account) for account in ACCOUNTS}
        assert by_name(frame) == {account: q for account, q in quarters.items() if q < 4}


def test_nothing_said_is_nothing_known(known: Any) -> None:
    assert known() == {}


def test_the_latest_up_to_midnight_counts_midnight_included(known: Any) -> None:
    rows = [
        computed("a", 0.25, NOW - 48 * HOUR),
        computed("a", 0.5),
        computed("a", 0.0, NOW + HOUR),
    ]
    assert known(authenticity=rows) == {"a": 2}


def test_of_two_values_of_one_time_the_smaller_counts(known: Any) -> None:
    assert known(authenticity=[computed("a", 0.25), computed("a", 0.75)]) == {"a": 1}


def test_belief_that_came_back_is_no_doubt(known: Any) -> None:
    again = computed("a", 1.0) | {"reasons": ""}
    assert known(authenticity=[computed("a", 0.0, NOW - HOUR), again]) == {}


def test_what_is_given_counts_where_the_lake_has_no_history(known: Any) -> None:
    given = {("twitter", "a"): 0.5, ("twitter", "b"): 1.0, ("wiki", "c"): 0.0}
    assert known(given) == {"a": 2}


def test_a_history_of_another_network_is_a_history_too(known: Any) -> None:
    assert known({("twitter", "a"): 0.5}, authenticity=[computed("b", 0.0, network="wiki")]) == {}


def test_an_override_stands_above_what_was_computed_or_given(known: Any) -> None:
    given = {("twitter", "a"): 0.0, ("twitter", "b"): 0.25}
    decisions = [decided("a", 1.0), decided("c", 0.5)]
    assert known(given, overrides=decisions) == {"b": 1, "c": 2}


def test_the_latest_override_counts_if_decided_before_midnight(known: Any) -> None:
    decisions = [decided("a", 0.75), decided("a", 0.25, NOW - 9 * HOUR), decided("a", 0.0, NOW)]
    assert known(authenticity=[computed("a", 0.5)], overrides=decisions) == {"a": 3}


@pytest.mark.parametrize("value", [0.3, -0.25, 1.25, float("nan")])
def test_a_given_value_between_the_steps_is_refused_by_name(known: Any, value: float) -> None:
    with pytest.raises(KloutError, match=r"authenticity of 'a' on 'twitter' is .*, not one of"):
        known({("twitter", "a"): value})


# --- what a doubted reaction is worth --------------------------------------------------------


def of_b(rows: list[tuple[str, str, datetime]], given: Beliefs) -> dict[str, float]:
    """The last week's likes of b, whose contents all have the id 1."""
    world = reactions(rows)
    world["interactions"] = [row | {"content": "1"} for row in world["interactions"]]
    found = signals(world, authenticity=given).filter(pl.col("person") == "twitter:b")
    prefix, suffix = "twitter.like.", ".7d"
    names = [name for name in found.columns if name.startswith(prefix) and name.endswith(suffix)]
    return {name[len(prefix) : -len(suffix)]: found[name][0] for name in names}


def test_a_quarter_is_a_quarter_of_each_sum_and_no_day_no_hit_and_no_peak() -> None:
    found = of_b([("a", "b", NOON)], {("twitter", "a"): 0.25})
    sums = ("count", "reactors", "attention", "standing", "per_content", "reactors_per_content")
    assert found == dict.fromkeys(sums, 0.25) | {"days": 0, "hit_rate": 0, "peak": 0}


def test_a_half_is_a_whole_day_hit_and_peak() -> None:
    found = of_b([("a", "b", NOON), ("a", "b", NOON + HOUR)], {("twitter", "a"): 0.5})
    assert found["count"] == 1.0 and found["reactors"] == 0.5 and found["attention"] == 0.5
    assert (found["days"], found["hit_rate"], found["peak"]) == (1, 1, 2)


def test_selectivity_is_over_all_that_the_actor_did() -> None:
    found = of_b([("a", "b", NOON), ("a", "c", NOON)], {("twitter", "a"): 0.5})
    assert found["attention"] == 0.25


def test_reactions_of_those_not_believed_at_all_give_nobody_a_row() -> None:
    world = reactions([("a", "b", NOON), ("a", "c", NOON), ("d", "c", NOON)])
    found = signals(world, authenticity={("twitter", "a"): 0.0})
    assert found["person"].to_list() == ["twitter:c"]


def test_each_account_has_its_own_though_one_person_owns_both() -> None:
    world = reactions([("a", "b", NOON), ("c", "b", NOON)])
    claim = {"person": "p", "network": "twitter", "kind": "personal", "disconnected_at": None}
    world["identities"] = [claim | {"account": a, "connected_at": NOON} for a in ("a", "c")]
    found = signals(world, authenticity={("twitter", "a"): 0.0})
    assert found.filter(pl.col("person") == "twitter:b")["twitter.any.reactors.7d"][0] == 1.0


# --- tables and command ----------------------------------------------------------------------


def klout(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return str(result.exception) if result.exception else result.output


def test_both_tables_are_ingested_and_bad_rows_refused_with_the_reason(tmp_path: Path) -> None:
    computed, decided = tmp_path / "authenticity.csv", tmp_path / "overrides.csv"
    head = "network,account,authenticity,as_of\n"
    computed.write_text(head + "twitter,a,0.25,2014-03-01\ntwitter,b,0.3,2014-03-01\n")
    head = "network,account,authenticity,why,decided_at\n"
    decided.write_text(head + "twitter,a,1,asked,2014-02-01\ntwitter,b,1,,2014-02-01\n")
    said = [
        klout("ingest", "tables", file, "--lake", tmp_path / "L") for file in (computed, decided)
    ]
    assert "authenticity: not one of 0, 0.25, 0.5, 0.75, 1" in said[0]
    assert "why: " in said[1]
    lake = Lake(tmp_path / "L")
    assert lake.scan("authenticity").select("account", "authenticity").collect().rows() == [
        ("a", 0.25)
    ]
    assert lake.scan("overrides").select("account", "why").collect().rows() == [("a", "asked")]
    assert by_name(authenticity_by_account(lake, AS_OF, None, "twitter")) == {}


def test_the_command_takes_a_file_of_authenticity(tmp_path: Path) -> None:
    lake_of(reactions([("a", "b", NOON)]), tmp_path / "L")
    given, out = tmp_path / "given.parquet", tmp_path / "out.parquet"
    belief_frame({("twitter", "a"): 0.75}).write_parquet(given)  # type: ignore[union-attr]
    words = ("materialize", "--lake", tmp_path / "L", "--as-of", AS_OF, "--out", out)
    klout(*words, "--authenticity", given, "--quiet")
    names = ["person", "twitter.like.count.7d"]
    assert pl.read_parquet(out, columns=names).rows() == [("twitter:b", 0.75)]
    frame = pl.DataFrame({"account": ["a"]})
    frame.write_parquet(given)
    said = klout(*words, "--authenticity", given)
    assert "given.parquet: authenticity needs the column 'authenticity'; has ['account'" in said
