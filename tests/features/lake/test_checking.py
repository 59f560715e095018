"""Good rows are kept, bad ones are quarantined with their reason."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.declaration import load_networks
from features.lake import TABLES, Lake, Piece, Source, write
from features.lake.checking import check
from features.lake.rules import schemas

CATALOGUE = Catalogue(load_networks())
NOW = datetime(2024, 6, 1, tzinfo=UTC)
GOOD = {
    "interactions": {
        "network": "twitter",
        "reaction": "reply",
        "actor": "a",
        "target": "b",
        "content": None,
        "at": "2024-05-31T23:59:59",
        "id": None,
    },
    "contents": {
        "network": "twitter",
        "author": "a",
        "content": "c",
        "kind": "tweet",
        "at": "2024-01-01",
    },
    "counters": {
        "network": "twitter",
        "account": "a",
        "counter": "followers",
        "value": "5",
        "at": "2024-01-01",
    },
    "links": {"network": "wikipedia", "source": "a", "target": "b"},
    "identities": {
        "person": "p",
        "network": "twitter",
        "account": "a",
        "kind": "personal",
        "connected_at": "2024-01-01",
        "disconnected_at": None,
    },
    "judgements": {
        "a": "x",
        "b": "y",
        "preference": "0.5",
        "judged_at": "2024-01-01",
        "judge": "j",
    },
    "scores": {"person": "p", "score": "40", "as_of": "2024-01-01"},
}


def checked(table, **changes):
    row = GOOD[table] | changes
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String())).with_columns(
        row=pl.lit(7, pl.UInt64)
    )
    return check(TABLES[table], schemas(CATALOGUE, NOW)[table], frame, "file.csv")


@pytest.mark.parametrize("table", GOOD)
def test_a_good_row_is_kept_with_the_tables_own_columns(table):
    good, bad = checked(table)
    assert dict(good.schema) == dict(TABLES[table].columns)
    assert (len(good), len(bad)) == (1, 0)


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        ("interactions", {"reaction": "poke"}, "not declared reaction"),
        ("interactions", {"reaction": None}, "reaction: missing"),
        (
            "interactions",
            {"network": "myspace"},
            "not declared reaction; network: not a declared value",
        ),
        ("interactions", {"actor": None}, "actor: missing"),
        ("interactions", {"target": ""}, "target: empty"),
        ("interactions", {"id": "x" * 10_000_000}, "id: longer than 512 characters"),
        ("interactions", {"at": "2024-06-01"}, "in the future"),
        ("interactions", {"at": "2024-06-01T01:59:59+02:00"}, None),
        ("interactions", {"at": "2024-13-01"}, "at: not a time in ISO 8601"),
        ("interactions", {"at": "1717200000"}, "at: not a time in ISO 8601"),
        ("interactions", {"at": None}, "at: missing"),
        ("interactions", {"actor": "b"}, None),  # a self-reaction is kept
        ("contents", {"kind": "photo"}, "not declared kind"),
        ("counters", {"value": "-1"}, "value: below its minimum"),
        ("counters", {"value": "many"}, "value: not a number"),
        ("counters", {"value": "nan"}, "value: not a number"),
        ("counters", {"value": "inf"}, "value: not finite"),
        ("counters", {"value": None}, "value: missing"),
        ("counters", {"counter": "reputation"}, "not declared counter"),
        ("links", {"network": "twitter"}, "network: not a declared value"),
        ("identities", {"kind": "robot"}, "kind: not a declared value"),
        ("identities", {"disconnected_at": "2023-12-31"}, "not disconnected after connected"),
        ("judgements", {"preference": "1.1"}, "preference: above its maximum"),
        ("judgements", {"b": "x"}, "not two persons"),
        ("scores", {"score": "0.5"}, "score: below its minimum"),
    ],
)
def test_a_row_that_breaks_its_contract_is_quarantined_with_the_reason(table, changes, reason):
    good, bad = checked(table, **changes)
    if reason is None:
        assert (len(good), len(bad)) == (1, 0)
        return
    assert bad.select("file", "row", "reason").rows() == [("file.csv", 7, reason)]
    assert len(bad["data"][0]) <= 10_000
    assert "x" * 600 in bad["data"][0] or json.loads(bad["data"][0]) == GOOD[table] | changes


def test_all_that_is_wrong_with_a_row_is_said():
    _, bad = checked("counters", value="-1", account=None, at="never")
    assert set(bad["reason"][0].split("; ")) == {
        "value: below its minimum",
        "account: missing",
        "at: not a time in ISO 8601",
    }


@pytest.mark.parametrize("value", [True, [1, 2], {"a": 1}, datetime(2024, 1, 1).time(), NOW - NOW])
def test_a_column_of_another_kind_is_refused_row_by_row(value):
    frame = pl.DataFrame([GOOD["counters"] | {"value": value}], strict=False).with_columns(
        row=pl.lit(1, pl.UInt64)
    )
    good, bad = check(TABLES["counters"], schemas(CATALOGUE, NOW)["counters"], frame, "f")
    assert good.is_empty()
    assert bad["reason"].to_list() == ["value: not a number"]


def spoilt(field, values):
    return st.sampled_from(values).map(lambda value: {field: value})


ROWS = st.lists(
    st.one_of(
        st.just({}),
        st.integers(0, 4).map(lambda number: {"id": str(number)}),
        spoilt("reaction", ["poke", "", None]),
        spoilt("network", ["myspace", None, "facebook"]),
        spoilt("at", ["never", "2999-01-01", None, "2024-05-01", "2024-05-02T10:00:00Z"]),
        spoilt("actor", ["x" * 513, "", None, "ä" * 512]),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_every_row_is_kept_quarantined_or_repeated(files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, rows in enumerate(files):
            receipt = write(
                root,
                [Piece("interactions", part, "f") for part in framed(rows)],
                Source("f", "test", f"{number}" * 64),
                CATALOGUE,
                NOW,
            )
            kept = receipt.entry.rows.get("interactions", 0)
            assert kept + receipt.entry.repeated + receipt.entry.quarantined == len(rows)
        entries = Lake(root).entries
        found = Lake(root).scan("interactions").collect()
        assert len(found) == sum(entry.rows.get("interactions", 0) for entry in entries)
        ids = found.drop_nulls("id")
        assert len(ids) == ids.select("network", "id").n_unique()
        bad = [pl.read_parquet(path) for path in root.glob("quarantine/*.parquet")]
        assert sum(map(len, bad)) == sum(entry.quarantined for entry in entries)
        assert all(frame["reason"].str.len_chars().min() > 0 for frame in bad)


def framed(rows):
    """Make frames of at most seven rows, so that repeats also come in different pieces."""
    full = [GOOD["interactions"] | row for row in rows]
    schema = dict.fromkeys(GOOD["interactions"], pl.String())
    frame = pl.DataFrame(full, schema=schema, orient="row").with_columns(
        row=pl.int_range(1, len(full) + 1, dtype=pl.UInt64)
    )
    return frame.iter_slices(7)
