"""Declared ratios: sums of a person, divided once and never by less than was declared."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from features.signals.expressions import signal_expressions
from features.signals.materialize import materialize
from tests.features.signals.test_materialize import RAM
from tests.support.naive import midnight
from tests.support.worlds import AS_OF, FILLED, Row, World, lake_of

FIGURES = ("fans", "lists")


def network(page_graph: bool = False, at_least: float = 0.3, **parts: str) -> Any:
    counter = {"unit": "u", "sign": "free", "meaning": "m"}
    ratio = {"of": "lists", "per": "fans", "at_least": at_least} | counter | parts
    spec = {"counters": dict.fromkeys(FIGURES, counter), "ratios": {"ratio": ratio}}
    return network_from_dict("camp", spec | {"page_graph": page_graph}, "camp")


def world(counters: list[Row] = (), **tables: list[Row]) -> World:  # type: ignore[assignment]
    return {table: [] for table in FILLED} | {"counters": [*counters]} | tables


def reading(account: str, counter: str, value: float) -> Row:
    at = midnight(AS_OF - timedelta(1))
    row = {"network": "camp", "account": account, "counter": counter, "value": value}
    return row | {"at": at}


def ratios(made: World, declaration: Any) -> dict[str, float]:
    """Person to ratio, by way of a lake."""
    catalogue = Catalogue((declaration,))
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake = lake_of(made, Path(folder) / "lake", catalogue)
        found = materialize(lake, AS_OF, catalogue).collect()
    return dict(found.select("person", "camp.ratio").iter_rows())


def test_accounts_are_summed_before_they_are_divided() -> None:
    claim = {"person": "p", "network": "camp", "kind": "personal", "disconnected_at": None}
    claim |= {"connected_at": midnight(AS_OF - timedelta(9))}
    made = world(
        [
            reading("a", "lists", 6.0),
            reading("a", "fans", 1.0),
            reading("b", "lists", 1.0),
            reading("b", "fans", 4.0),
        ],
        identities=[claim | {"account": "a"}, claim | {"account": "b"}],
    )
    assert ratios(made, network()) == {"p": 7 / 5}


def test_nothing_is_divided_by_less_than_declared() -> None:
    counters = [reading("a", "lists", 6.0), reading("b", "lists", 6.0), reading("b", "fans", 0.1)]
    counters += [reading("c", "fans", 5.0)]
    assert ratios(world(counters), network()) == {
        "camp:a": 6 / 0.3,
        "camp:b": 6 / 0.3,
        "camp:c": 0.0,
    }


values = st.floats(0, 1e9)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.none() | values, st.none() | values), min_size=1, max_size=6),
    st.floats(1e-3, 1e3),
)
def test_a_quotient_is_rounded_once(rows: list[tuple[Any, Any]], at_least: float) -> None:
    """Also where a figure is the same, or missing, for everybody: Polars divides otherwise then."""
    of, per = zip(*rows, strict=True)
    columns = {"camp.lists": of, "camp.fans": per, "camp.connected": [1.0] * len(rows)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
    found = frame.select(signal_expressions(network(at_least=at_least)))["camp.ratio"].to_list()
    assert found == [(top or 0.0) / max(at_least, bottom or 0.0) for top, bottom in rows]


def test_a_divisor_that_is_one_number_for_all_is_no_inverse_multiplied() -> None:
    accounts = {str(number): float(number) for number in range(1, 200)}
    made = world([reading(account, "lists", value) for account, value in accounts.items()])
    found = ratios(made, network(at_least=49))
    assert found == {f"camp:{account}": value / 49 for account, value in accounts.items()}
    assert any(value / 49 != value * (1 / 49) for value in accounts.values())


def test_a_page_graph_may_divide_its_figures_by_a_counter() -> None:
    links = [("a", "b"), ("a", "c"), ("b", "c")]
    made = world(
        [reading("a", "fans", 4.0)],
        links=[{"network": "camp", "source": s, "target": t} for s, t in links],
    )
    found = ratios(made, network(page_graph=True, of="outlinks"))
    assert found == {"camp:a": 2 / 4, "camp:b": 1 / 0.3, "camp:c": 0.0}


def test_pagerank_may_be_divided_too() -> None:
    made = world(links=[{"network": "camp", "source": "a", "target": "b"}])
    found = ratios(made, network(page_graph=True, of="pagerank", per="inlinks", at_least=1))
    assert found["camp:b"] == pytest.approx(1.85 / 1.425, abs=1e-9)
    assert found["camp:a"] == pytest.approx(1 / 1.425, abs=1e-9)
