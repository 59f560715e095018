"""Connecting and disconnecting accounts."""

from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.people.accounts import connect, disconnect
from features.signals.materialize import materialize
from features.signals.owners import claims
from serving.cli.app import app
from tests.support.worlds import SMALL, lake_of

TWEETER = ("twitter", "a")


def day(number):
    return datetime(2014, 2, number, tzinfo=UTC)


@pytest.fixture
def lake(root):
    """Let b retweet a."""
    row = {"network": "twitter", "reaction": "retweet", "actor": "b", "target": "a"}
    lake_of({"interactions": [row | {"content": "1", "at": day(1), "id": None}]}, root)
    return root


def owners(root, on=20):
    known = claims(Lake(root), date(2014, 2, on))
    return dict(known.select("account", "person").rows())


def received(root):
    table = materialize(Lake(root), date(2014, 2, 20), SMALL).collect()
    return dict(table.select("person", "twitter.retweet.count.90d").rows())


def test_a_connection_brings_what_the_account_received(lake):
    assert received(lake) == {"twitter:a": 1}
    assert connect(lake, "ann", TWEETER, "personal", day(2), SMALL) is None
    assert received(lake) == {"ann": 1}


def test_a_disconnection_takes_it_away_and_a_new_connection_brings_it_back(lake):
    connect(lake, "ann", TWEETER, "personal", day(2), SMALL)
    disconnect(lake, "ann", TWEETER, day(3), SMALL)
    assert received(lake) == {"ann": 0}
    connect(lake, "ann", TWEETER, "personal", day(4), SMALL)
    assert received(lake) == {"ann": 1}
    assert [owners(lake, on)["a"] for on in (3, 4, 5)] == ["ann", None, "ann"]


def test_whoever_connects_last_has_it_and_is_told_who_had_it(lake):
    connect(lake, "ann", TWEETER, "personal", day(2), SMALL)
    assert connect(lake, "bea", TWEETER, "personal", day(3), SMALL) == "ann"
    assert owners(lake)["a"] == "bea"


def test_kind_is_kept(lake):
    connect(lake, "ann", TWEETER, "page", day(2), SMALL)
    assert claims(Lake(lake), date(2014, 2, 20))["page"].to_list() == [True]
    with pytest.raises(KloutError, match="kind is 'pet'; expected one of"):
        connect(lake, "ann", ("wiki", "a"), "pet", day(2), SMALL)


@pytest.mark.parametrize(
    "change", [disconnect, lambda *rest: connect(*rest[:3], "page", *rest[3:])]
)
def test_an_unknown_network_is_told_the_known_ones(change, lake):
    with pytest.raises(KloutError, match=r"no network 'twiter'; there are \['twitter', "):
        change(lake, "ann", ("twiter", "a"), day(2), SMALL)


def test_connected_is_not_connected_again(lake):
    connect(lake, "ann", TWEETER, "personal", day(2), SMALL)
    with pytest.raises(KloutError, match="a on twitter is already connected to ann since 2014-02"):
        connect(lake, "ann", TWEETER, "personal", day(3), SMALL)


@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_connection_does_not_begin_within_or_before_an_earlier_one(at, lake):
    connect(lake, "ann", TWEETER, "personal", day(2), SMALL)
    disconnect(lake, "ann", TWEETER, day(5), SMALL)
    with pytest.raises(KloutError, match="was connected to ann until 2014-02-05"):
        connect(lake, "ann", TWEETER, "personal", day(at), SMALL)


def test_only_what_is_connected_is_disconnected(lake):
    with pytest.raises(KloutError, match="a on twitter is not connected to ann"):
        disconnect(lake, "ann", TWEETER, day(3), SMALL)
    connect(lake, "ann", TWEETER, "personal", day(5), SMALL)
    with pytest.raises(KloutError, match=r"connected to ann since 2014-02-05 .*, not at"):
        disconnect(lake, "ann", TWEETER, day(3), SMALL)
    disconnect(lake, "ann", TWEETER, day(6), SMALL)
    with pytest.raises(KloutError, match="a on twitter is not connected to ann"):
        disconnect(lake, "ann", TWEETER, day(7), SMALL)


def test_names_that_break_the_contract_are_refused_and_not_quarantined(lake):
    with pytest.raises(KloutError, match="identities: person: empty"):
        connect(lake, "", TWEETER, "personal", day(2), SMALL)
    assert not (lake / "quarantine").exists()
    assert len(Lake(lake).entries) == 1


def test_there_must_be_a_lake(tmp_path):
    with pytest.raises(KloutError, match="no lake here"):
        connect(tmp_path / "absent", "ann", TWEETER, "personal", day(2), SMALL)


def test_the_ledger_does_not_say_who(lake):
    connect(lake, "ann", ("twitter", "ann_tweets"), "personal", day(2), SMALL)
    assert not [path for path in lake.glob("ledger/*.json") if "ann" in path.read_text()]


def test_the_commands_say_what_they_did_and_when_it_counts(lake):
    words = ["ann", "twitter", "a", "--lake", str(lake), "--at", "2014-02-02T10:00:00"]
    assert CliRunner().invoke(app, ["connect", *words]).stdout == (
        "a on twitter is connected to ann; "
        "takes effect at the next run, of --as-of 2014-02-03 or later\n"
    )
    assert owners(lake, 2) == {}
    assert owners(lake, 3) == {"a": "ann"}
    assert "no longer connected" in CliRunner().invoke(app, ["disconnect", *words]).stdout
    assert owners(lake, 3) == {"a": None}
    assert "takes effect" in CliRunner().invoke(app, ["connect", *words[:-2]]).stdout
