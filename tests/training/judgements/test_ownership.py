"""Judgements about accounts are about their owners."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from features.lake import TABLES, Lake, Piece, Source, write
from tests.support.worlds import NOW, SMALL
from training.judgements import lake_judgements, owned_judgements, persons_of, split


def at(day: int) -> datetime:
    return datetime(2014, 1, day, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    """Make a lake of (a, b, day) judgements and (person, account, from, to) on Twitter."""

    def make(judgements, identities=()) -> Lake:
        judged = [(a, b, 1.0, at(day), "j") for a, b, day in judgements]
        claimed = [
            (person, "twitter", account, "personal", at(since), until and at(until))
            for person, account, since, until in identities
        ]
        pieces = []
        for table, rows in (("judgements", judged), ("identities", claimed)):
            frame = pl.DataFrame(rows, schema=dict(TABLES[table].columns), orient="row")
            row = pl.Series("row", range(len(rows)), pl.UInt64)
            pieces += [Piece(table, frame.with_columns(row), "test")] if rows else []
        write(tmp_path, pieces, Source("test", "test", "0" * 64), SMALL, NOW)
        return Lake(tmp_path)

    return make


def pairs(frame):
    return frame.select("a", "b").rows()


def test_an_account_is_named_by_its_owner_and_others_keep_their_names(lake):
    made = lake(
        [("twitter:x", "twitter:y", 5), ("q", "twitter:x", 6), ("wiki:x", "p", 7)],
        [("p", "x", 1, None)],
    )
    assert pairs(lake_judgements(made)) == [("p", "twitter:y"), ("q", "p"), ("wiki:x", "p")]
    assert lake_judgements(made).columns == list(TABLES["judgements"].columns)


def test_two_accounts_of_one_person_are_left_out_and_counted(lake):
    made = lake(
        [("twitter:x", "twitter:y", 5), ("p", "twitter:x", 5), ("p", "q", 5)],
        [("p", "x", 1, None), ("p", "y", 1, None)],
    )
    owned = owned_judgements(made)
    assert (pairs(owned.judgements), owned.left_out) == ([("p", "q")], 2)


def test_only_what_is_known_before_as_of_counts(lake):
    made = lake(
        [("twitter:x", "q", 5), ("twitter:y", "q", 8)], [("p", "x", 6, None), ("p", "y", 9, None)]
    )
    assert pairs(lake_judgements(made, date(2014, 1, 6))) == [("twitter:x", "q")]
    assert pairs(lake_judgements(made, date(2014, 1, 7))) == [("p", "q")]
    assert pairs(lake_judgements(made, date(2014, 1, 9))) == [("p", "q"), ("twitter:y", "q")]
    assert pairs(lake_judgements(made)) == [("p", "q"), ("p", "q")]


def test_a_disconnected_account_keeps_its_name(lake):
    made = lake([("twitter:x", "p", 9)], [("p", "x", 1, 4)])
    assert pairs(lake_judgements(made)) == [("twitter:x", "p")]


def test_no_person_is_on_both_sides_by_another_of_its_accounts(lake):
    names = range(200)
    made = lake(
        [(f"twitter:x{n}", f"twitter:z{n}", 5) for n in names]
        + [(f"twitter:y{n}", f"twitter:z{n}", 5) for n in names],
        [(f"p{n}", f"{letter}{n}", 1, None) for n in names for letter in "xy"],
    )
    train, test = split(lake_judgements(made), 0.5, 1)
    assert len(train) > 50
    assert len(test) > 50
    assert not set(persons_of(train)) & set(persons_of(test))
