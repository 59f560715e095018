"""What people are called: the latest profile of their accounts, before the day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.people.accounts import connect, disconnect
from features.people.forgetting import forget
from features.people.profiles import names_of_people
from tests.support.command import klout, refused

EVERY = Catalogue(load_networks())


def day(number: int) -> datetime:
    return datetime(2014, 2, number, tzinfo=UTC)


def profiled(root: Path, rows: list[tuple[object, ...]], said: str = "") -> Path:
    """Ingest profiles: network, account, name, at; where some are refused, it is said."""
    table = pl.DataFrame(rows, ["network", "account", "name", "at"], orient="row")
    file = root.parent / "profiles.parquet"
    table.write_parquet(file)
    ended = klout("ingest", "tables", file, "--lake", root)
    assert (ended.code, said in ended.err) == (bool(said), True), ended.err
    return root


@pytest.fixture
def lake(root: Path) -> Path:
    return profiled(
        root,
        [
            ("twitter", "ann", "Ann", day(1)),
            ("instagram", "ann.pics", "Ann Example", day(2)),
            ("facebook", "ann.f", "Ann F", day(2)),
            ("twitter", "bob", "Bob", day(3)),
            ("twitter", "bob", "Bobby", day(5)),
        ],
    )


def names(lake: Path, on: int = 20) -> dict[str, str]:
    return dict(names_of_people(Lake(lake), date(2014, 2, on)).rows())


def test_the_latest_profile_before_the_day_names_an_account(lake):
    assert [names(lake, on).get("twitter:bob") for on in (3, 4, 5, 6)] == [
        None, "Bob", "Bob", "Bobby",
    ]  # fmt: skip


def test_a_person_is_called_by_the_latest_of_its_accounts_and_of_equal_ones_the_first(lake):
    for account in (("twitter", "ann"), ("instagram", "ann.pics"), ("facebook", "ann.f")):
        connect(lake, "ann", account, "personal", day(4), EVERY)
    assert names(lake) == {"ann": "Ann F", "twitter:bob": "Bobby"}
    disconnect(lake, "ann", ("facebook", "ann.f"), day(6), EVERY)
    assert names(lake) == {"ann": "Ann Example", "twitter:bob": "Bobby"}


def test_the_order_of_rows_makes_no_difference(root):
    rows = [("twitter", "ann", name, day(1)) for name in ("C", "A", "B")]
    assert names(profiled(root, rows)) == {"twitter:ann": "A"}


def test_signs_that_turn_or_hide_others_are_not_shown(root):
    """Nor does a name of nothing else bring the one before it back."""
    rows = [
        ("twitter", "rtl", "\u202etxt.exe\u202c  of\u00a0Ann ", day(1)),
        ("twitter", "none", "Old", day(1)),
        ("twitter", "none", "\u200b \u2066", day(2)),
        ("twitter", "heb", "דנה כהן", day(1)),
        ("twitter", "family", "👨\u200d👩\u200d👧", day(1)),
    ]
    assert names(profiled(root, rows)) == {
        "twitter:rtl": "txt.exe of Ann",
        "twitter:heb": "דנה כהן",
        "twitter:family": "👨\u200d👩\u200d👧",
    }


def test_a_name_comes_with_a_connection_and_can_be_changed_without_one(lake):
    words = ("connect", "ann", "twitter", "ann", "--lake", lake)
    ended = klout(*words, "--at", "2014-02-03", "--name", "Ann E.")
    assert "ann on twitter is connected to ann as Ann E.; takes" in ended.out, ended.err
    assert names(lake, 4)["ann"] == "Ann E."
    assert "already connected" in refused(*words)
    assert klout(*words, "--at", "2014-02-05", "--name", "Ann X").code == 0
    assert [names(lake, on)["ann"] for on in (5, 6)] == ["Ann E.", "Ann X"]
    assert len(Lake(lake).scan("identities").collect()) == 1


def test_a_name_that_cannot_be_kept_or_seen_connects_nobody(lake):
    words = ("connect", "ann", "twitter", "ann", "--lake", lake, "--name")
    assert "longer than 512 characters" in refused(*words, "x" * 513)
    for name in ("\u200b", " ", "a\nb"):
        assert klout(*words, name).code == 2
    assert Lake(lake).scan("identities").collect().is_empty()


def test_a_profile_that_breaks_its_contract_is_refused_by_name(root):
    rows = [("twitter", "ann", "x" * 513, day(1)), ("nowhere", "ann", "Ann", day(1))]
    rows += [("twitter", "bob", "x" * 512, day(1))]
    profiled(
        root, rows, "2 rows; first: " + str(root.parent / "profiles.parquet") + ", row 1: name: l"
    )
    assert names(root) == {"twitter:bob": "x" * 512}


def test_nothing_of_a_profile_stays_of_who_is_forgotten_nor_comes_back(lake):
    said = pl.DataFrame(
        {
            "network": "twitter",
            "account": ["cid", "dan"],
            "name": ["Cid", "Dan"],
            "url": ["https://twitter.com/bob", "https://dan.example"],
            "about": ["", "works with @bob."],
            "at": day(3),
        }
    )
    file = lake.parent / "more" / "profiles.parquet"
    file.parent.mkdir()
    said.write_parquet(file)
    assert klout("ingest", "tables", file, "--lake", lake).code == 0
    forget(lake, "twitter:bob")
    left = Lake(lake).scan("profiles").filter(network="twitter").sort("account")
    assert left.select("account", "name", "url", "about").collect().rows() == [
        ("ann", "Ann", None, None),
        ("cid", "Cid", None, ""),
        ("dan", "Dan", "https://dan.example", None),
    ]
    profiled(lake, [("twitter", "bob", "Robert", day(9))])
    assert "twitter:bob" not in names(lake)
    words = ("connect", "bob", "twitter", "bob", "--lake", lake, "--name", "Bob")
    assert "was forgotten" in refused(*words)
