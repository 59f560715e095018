"""Tiny random worlds, dense in the cases that go wrong, and the lakes that hold them.

Few accounts, contents and days, so that pairs repeat, people react to themselves, and rows fall
exactly on the borders of windows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from features.lake import TABLES, Lake, Piece, Source, write

Row = dict[str, Any]
World = dict[str, list[Row]]

AS_OF = date(2014, 3, 1)
NOW = datetime(2020, 1, 1, tzinfo=UTC)
FILLED = (
    "interactions",
    "contents",
    "counters",
    "links",
    "identities",
    "scores",
    "retractions",
    "tallies",
    "topics",
    "authenticity",
    "overrides",
)
"""Tables of a world; the last five may be missing."""


def _ratio(of: str, per: str, **other: Any) -> dict[str, Any]:
    return {"of": of, "per": per, "unit": "ratio", "sign": "up", "meaning": "ratio"} | other


_NETWORKS: dict[str, dict[str, Any]] = {
    "twitter": {
        "reactions": {"retweet": "retweets", "like": "likes"},
        "contents": {
            "tweet": {"signal": "tweets", "meaning": "tweets"},
            "moment": {"signal": "moments", "meaning": "moments"},
        },
        "counters": {
            "followers": {
                "unit": "accounts",
                "sign": "up",
                "meaning": "followers",
                "audience": True,
            },
            "lists": {"unit": "lists", "sign": "up", "meaning": "lists"},
        },
        "ratios": {
            "reach": _ratio("followers", "tweets"),
            "listed": _ratio("lists", "followers", at_least=0.3),
            "silence": _ratio("moments", "lists", sign="down", at_least=7),
        },
    },
    "googleplus": {
        "personal_only": True,
        "reactions": {"plus_one": "+1s"},
        "contents": {"post": {"signal": "posts", "meaning": "posts"}},
        "counters": {"circles": {"unit": "circles", "sign": "free", "meaning": "circles"}},
    },
    "wikipedia": {"page_graph": True, "ratios": {"inlink_ratio": _ratio("inlinks", "outlinks")}},
    "wiki": {
        "page_graph": True,
        "reactions": {"thank": "thanks"},
        "counters": {"edits": {"unit": "edits", "sign": "free", "meaning": "edits"}},
        "ratios": {"linked": _ratio("outlinks", "edits", sign="free", at_least=0.1)},
    },
}
SMALL = Catalogue(tuple(network_from_dict(name, d, name) for name, d in _NETWORKS.items()))
"""Few signals, and every kind of network there is."""

ACCOUNTS = ("a", "b", "c", "d")
# The third is also the name that an unclaimed account has as a person of its own.
PERSONS = ("p", "q", "twitter:a")
CONTENTS = ("1", "2", "3")
_AGES = (-1, 0, 1, 2, 6, 7, 8, 29, 30, 31, 89, 90, 91, 200)  # days before AS_OF
_CLOCK = (time(), time(12), time(23, 59, 59, 999_999))


@cache
def moments(ages: tuple[int, ...] = _AGES) -> st.SearchStrategy[datetime]:
    """Times on both sides of midnight, some days before `AS_OF`."""
    days = [AS_OF - timedelta(age) for age in ages]
    return st.sampled_from([datetime.combine(day, at, UTC) for day in days for at in _CLOCK])


def _pairs(catalogue: Catalogue, kind: str) -> st.SearchStrategy[tuple[str, str]]:
    """Draw a network and one of its reactions, contents or counters."""
    declared = [(n.name, thing.name) for n in catalogue.networks for thing in getattr(n, kind)]
    return st.sampled_from(declared)


def drawn_rows(
    names: tuple[str, ...], together: st.SearchStrategy[tuple[Any, ...]], **columns: Any
) -> st.SearchStrategy[Row]:
    """Rows of which some columns are drawn together, and the others each on its own."""
    both = st.tuples(together, st.fixed_dictionaries(columns))
    return both.map(lambda drawn: dict(zip(names, drawn[0], strict=True)) | drawn[1])


@cache
def interactions(catalogue: Catalogue = SMALL) -> st.SearchStrategy[Row]:
    """One reaction, perhaps to oneself, perhaps to no content."""
    return drawn_rows(
        ("network", "reaction"),
        _pairs(catalogue, "reactions"),
        actor=st.sampled_from(ACCOUNTS),
        target=st.sampled_from(ACCOUNTS),
        content=st.sampled_from((None, *CONTENTS)),
        at=moments(),
        id=st.none(),
    )


def _contents(catalogue: Catalogue) -> st.SearchStrategy[Row]:
    return drawn_rows(
        ("network", "kind"),
        _pairs(catalogue, "contents"),
        author=st.sampled_from(ACCOUNTS),
        content=st.sampled_from(CONTENTS),
        at=moments(),
    )


def _counters(catalogue: Catalogue) -> st.SearchStrategy[Row]:
    return drawn_rows(
        ("network", "counter"),
        _pairs(catalogue, "counters"),
        account=st.sampled_from(ACCOUNTS),
        # Quarters and halves, so that sums are exact in any order.
        value=st.sampled_from((0.0, 0.25, 1.0, 2.5, 240.0, 1e6)),
        at=moments(),
    )


def _identities(catalogue: Catalogue) -> st.SearchStrategy[list[Row]]:
    """One connection, and perhaps the row that ends it: the same with a disconnected_at."""
    row = drawn_rows(
        ("connected_at", "disconnected_at"),
        st.tuples(moments(), moments()).map(sorted),
        person=st.sampled_from(PERSONS),
        network=st.sampled_from([network.name for network in catalogue.networks]),
        account=st.sampled_from(ACCOUNTS),
        kind=st.sampled_from(("personal", "page")),
    )

    def ended(drawn: tuple[Row, int]) -> list[Row]:
        row, which = drawn
        if row["person"] == "twitter:a":
            row = row | {"network": "twitter", "account": "a"}
        open_ = row | {"disconnected_at": None}
        return [[open_], [row], [open_, row]][which]

    return st.tuples(row, st.integers(0, 2)).map(ended)


def _scores() -> st.SearchStrategy[Row]:
    def of_its_day(row: Row) -> Row:
        return row | {"as_of": datetime.combine(row["as_of"].date(), time(), UTC)}

    persons = st.sampled_from((*PERSONS, "twitter:b", "googleplus:c", "wiki:d"))
    row = st.fixed_dictionaries({"person": persons, "score": st.floats(1, 100), "as_of": moments()})
    return row.map(of_its_day)


@cache
def worlds(catalogue: Catalogue = SMALL, most: int = 25) -> st.SearchStrategy[World]:
    """Draw every table; keys are kept, as the lake would keep them.

    What draws is made once: to make it takes Hypothesis longer than to draw.
    """
    graphs = [network.name for network in catalogue.networks if network.page_graph]
    ends = {"source": st.sampled_from(ACCOUNTS), "target": st.sampled_from(ACCOUNTS)}
    link = st.fixed_dictionaries({"network": st.sampled_from(graphs), **ends})
    claims = _distinct(_identities(catalogue), _claim, 5)
    tables = {
        "interactions": st.lists(interactions(catalogue), max_size=most),
        "contents": _distinct(_contents(catalogue), _key("contents"), 8),
        "counters": st.lists(_counters(catalogue), max_size=6),
        "links": st.lists(link, max_size=8),
        "identities": claims.map(lambda drawn: [row for rows in drawn for row in rows]),
        "scores": _distinct(_scores(), lambda row: (row["person"], row["as_of"]), 6),
    }
    return st.fixed_dictionaries(tables)


def _claim(rows: list[Row]) -> tuple[Any, ...]:
    return tuple(rows[0][name] for name in ("person", "network", "account", "connected_at"))


def _key(table: str) -> Callable[[Row], tuple[Any, ...]]:
    return lambda row: tuple(row[name] for name in TABLES[table].key or ())


def _distinct(rows: Any, by: Callable[[Any], Any], most: int) -> Any:
    return st.lists(rows, max_size=most, unique_by=by)


def standings() -> st.SearchStrategy[dict[str, float] | None]:
    """Scores as they may be given where the lake has no history."""
    persons = st.sampled_from((*PERSONS, "twitter:b", "googleplus:c"))
    return st.none() | st.dictionaries(persons, st.floats(1, 100))


def frame(scores: dict[str, float] | None) -> pl.DataFrame | None:
    """Given scores as the engine takes them."""
    if scores is None:
        return None
    columns = {"person": list(scores), "score": list(scores.values())}
    return pl.DataFrame(columns, schema={"person": pl.String, "score": pl.Float64})


def lake_of(world: World, root: Path, catalogue: Catalogue = SMALL, parts: int = 1) -> Lake:
    """Write a world to a lake in ``parts`` ingests, each with every parts-th row of each table."""
    for part in range(parts):
        tables = [table for table in FILLED if world.get(table)]
        pieces = [_piece(table, world[table][part::parts]) for table in tables]
        write(root, pieces, Source(f"part {part}", "test", f"{part:012d}"), catalogue, NOW)
    lake = Lake(root)
    assert not any(entry.quarantined for entry in lake.entries), "worlds keep the contracts"
    return lake


def _piece(table: str, rows: list[Row]) -> Piece:
    frame = pl.DataFrame(rows, schema=dict(TABLES[table].columns))
    return Piece(table, frame.with_row_index("row").cast({"row": pl.UInt64}), f"{table}.test")


def big_world(seed: int, size: int = 3_000) -> World:
    """One larger world from a seed, the same in every process."""
    rng = random.Random(seed)
    accounts = [f"u{number}" for number in range(60)]

    def at(oldest: int = 95) -> datetime:
        day = datetime.combine(AS_OF - timedelta(rng.randint(-2, oldest)), time(), UTC)
        return day + timedelta(seconds=rng.randrange(86_400))

    def one(table: str) -> Row:
        return _big_row(table, rng, accounts, at)

    def unique(table: str, rows: int) -> list[Row]:
        return list({_key(table)(row): row for row in (one(table) for _ in range(rows))}.values())

    return {
        "interactions": [one("interactions") for _ in range(size)],
        "contents": unique("contents", size // 10),
        "counters": [one("counters") for _ in range(size // 30)],
        "links": [one("links") for _ in range(size // 10)],
        "identities": [one("identities") for _ in range(80)],
        "scores": [],
    }


def _big_row(
    table: str, rng: random.Random, accounts: list[str], at: Callable[..., datetime]
) -> Row:
    def someone() -> str:
        return accounts[int(len(accounts) * rng.random() ** 2)]

    def declared(kind: str) -> tuple[str, str]:
        things = [(n.name, thing.name) for n in SMALL.networks for thing in getattr(n, kind)]
        return rng.choice(things)

    if table == "interactions":
        (network, reaction), content = declared("reactions"), rng.choice((None, "1", "2", "3"))
        row = {"network": network, "reaction": reaction, "actor": someone(), "target": someone()}
        return row | {"content": content, "at": at(), "id": None}
    if table == "contents":
        network, kind = declared("contents")
        row = {"network": network, "author": someone(), "content": rng.choice("1234")}
        return row | {"kind": kind, "at": at()}
    if table == "counters":
        network, counter = declared("counters")
        value = rng.choice((0.1, 0.2, 0.3, 0.7, 1e6))  # sums depend on the order of adding
        row = {"network": network, "account": someone(), "counter": counter}
        return row | {"value": value, "at": at(400)}
    if table == "links":
        network = rng.choice(("wikipedia", "wiki"))
        return {"network": network, "source": someone(), "target": someone()}
    network = rng.choice([network.name for network in SMALL.networks])
    row = {"person": f"p{rng.randrange(20)}", "network": network, "account": someone()}
    kind, connected = rng.choice(("personal", "personal", "page")), at(300)
    ended = rng.choice((None, None, connected + timedelta(rng.randrange(300))))
    return row | {"kind": kind, "connected_at": connected, "disconnected_at": ended}
