"""Accounts that may be of one person: proposed with evidence, never joined."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.people.accounts import connect
from features.people.forgetting import forget
from features.people.optouts import opt_out
from features.people.proposals import proposals
from tests.support.command import klout, refused
from tests.support.worlds import lake_of

NOW = datetime(2014, 2, 1, tzinfo=UTC)
EVERY = Catalogue(load_networks())
LINKS = [
    ("twitter", "ann", "https://www.instagram.com/Ann.Pics/?hl=en", None),
    ("instagram", "ann.pics", "http://twitter.com/ANN", None),
    ("twitter", "bob", "https://facebook.com/bob.b", True),
    ("twitter", "cid", "https://cid.example/", None),
    ("facebook", "cid.c", "HTTPS://CID.example#about", None),
    ("twitter", "dan", "klout.com/dan", None),
    ("twitter", "eve", "http://youtube.com", None),
    ("twitter", "eva", "http://youtube.com", None),
    ("facebook", "evi", "http://youtube.com", None),
    ("twitter", "fay", "mailto:fay@example.org", None),
    ("twitter", "gus", "https://x.com/gus", None),
]
FOUND = [
    ("facebook", "bob.b", "twitter", "bob", "verified"),
    ("instagram", "ann.pics", "twitter", "ann", "mutual"),
    ("facebook", "cid.c", "twitter", "cid", "same site"),
    ("klout", "dan", "twitter", "dan", "one way"),
]
PAIR = ("network", "account", "other_network", "other_account", "evidence")


@pytest.fixture
def lake(root: Path) -> Path:
    return linked(root, LINKS)


def linked(root: Path, links: list[tuple[object, ...]], *more: object) -> Path:
    """Ingest links of profiles: network, account, url, verified."""
    table = pl.DataFrame(links, ["network", "account", "url", "verified"], orient="row")
    file = root.parent / "profile_links.parquet"
    table.with_columns(pl.col("verified").cast(pl.Boolean), at=pl.lit(NOW)).write_parquet(file)
    ended = klout("ingest", "tables", file, "--lake", root, *more)
    assert ended.code == 0, ended.err
    return root


def pairs(lake: Path) -> list[tuple[str, ...]]:
    return proposals(Lake(lake)).select(PAIR).rows()


def test_evidence_is_what_the_accounts_say_of_each_other(lake):
    assert pairs(lake) == FOUND


def test_what_is_one_persons_already_is_not_proposed_and_the_rest_says_whose_it_is(lake):
    connect(lake, "ann", ("twitter", "ann"), "personal", NOW, EVERY)
    (row,) = proposals(Lake(lake)).filter(pl.col("evidence") == "mutual").rows(named=True)
    assert (row["person"], row["other_person"]) == (None, "ann")
    connect(lake, "ann", ("instagram", "ann.pics"), "personal", NOW, EVERY)
    assert pairs(lake) == [pair for pair in FOUND if "mutual" not in pair]


def test_nobody_is_proposed_who_left(lake):
    opt_out(lake, "twitter:dan", NOW, EVERY)
    forget(lake, "twitter:bob")
    assert [pair[-1] for pair in pairs(lake)] == ["mutual", "same site"]
    rows = Lake(lake).scan("profile_links").collect()
    assert "bob" not in str(rows.to_dicts())
    forget(lake, "facebook:bob.b", suppress=True)


def test_the_command_writes_a_table_and_joins_nothing(lake, tmp_path):
    before = Lake(lake).scan("identities").collect()
    ended = klout("identities", "propose", "--lake", lake)
    assert ended.code == 0, ended.err
    assert "4 pairs (1 verified, 1 mutual, 1 same site, 1 one way); none is joined" in ended.out
    assert "instagram:ann.pics" in ended.out
    file = tmp_path / "p.csv"
    assert klout("identities", "propose", "--lake", lake, "--out", file).code == 0
    assert pl.read_csv(io.StringIO(file.read_text())).select(PAIR).rows() == FOUND
    assert Lake(lake).scan("identities").collect().equals(before)
    own = tmp_path / "own.csv"
    own.write_text("a,b\n")
    assert "would be lost" in refused("identities", "propose", "--lake", lake, "--out", own)


def test_a_lake_without_links_has_no_proposals(root):
    lake_of({}, root)
    assert pairs(root) == []
    assert klout("identities", "propose", "--lake", root).out == "0 pairs; none is joined\n"


def test_accounts_of_hosts_are_named_with_their_host(root, tmp_path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n/toots.toml").write_text(
        'title = "Toots"\nprofiles = ["{host}/@{account}"]\n[reactions]\nboost = "boosts"\n'
    )
    links = [
        ("twitter", "ann", "https://toots.example/@Ann", None),
        ("toots", "ann@toots.example", "https://twitter.com/ann", None),
        ("twitter", "bob", "https://medium.example/@bob", None),
        ("facebook", "bob.b", "https://medium.example/@bob", None),
    ]
    linked(root, links, "--networks", tmp_path / "n")
    assert pairs(root) == [
        ("toots", "ann@toots.example", "twitter", "ann", "mutual"),
        ("facebook", "bob.b", "twitter", "bob", "same site"),
    ]


@pytest.mark.parametrize("profiles", ['"https://hub.example/{account}"', '["hub.example"]', "[7]"])
def test_a_profile_address_must_have_the_account_in_it(profiles, lake, tmp_path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n/hub.toml").write_text(f'title = "Hub"\nprofiles = {profiles}\n')
    said = refused("materialize", "--lake", lake, "--as-of", "2014-02-02", "--networks",
                   tmp_path / "n", "--out", tmp_path / "s.parquet")  # fmt: skip
    assert "hub.toml: profiles: must be addresses as github.com/{account}" in said
