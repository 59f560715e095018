"""People who do not want a score."""

from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.people.accounts import connect
from features.people.optouts import opt_in, opt_out, opted_out
from serving.cli.app import app
from tests.support.worlds import SMALL, lake_of


def day(number):
    return datetime(2014, 2, number, tzinfo=UTC)


@pytest.fixture
def lake(root):
    lake_of({}, root)
    connect(root, "ann", ("twitter", "a"), "personal", day(1), SMALL)
    return root


def out(root, on):
    return opted_out(Lake(root), date(2014, 2, on))["person"].to_list()


def test_nobody_has_opted_out_of_a_new_lake(lake):
    assert out(lake, 5) == []


def test_who_opts_out_is_out_until_back(lake):
    opt_out(lake, "ann", day(2), SMALL)
    opt_in(lake, "ann", day(4), SMALL)
    opt_out(lake, "ann", day(6), SMALL)
    assert [out(lake, on) for on in range(2, 8)] == [[], ["ann"], ["ann"], [], [], ["ann"]]


def test_several_are_named_in_order_also_accounts_that_nobody_connected(root):
    at = {"reaction": "retweet", "network": "twitter", "content": None, "id": None, "at": day(1)}
    lake_of({"interactions": [{"actor": "z", "target": "b"} | at]}, root)
    lake = root
    connect(lake, "ann", ("twitter", "a"), "personal", day(1), SMALL)
    for person in ("twitter:z", "ann", "twitter:b"):
        opt_out(lake, person, day(2), SMALL)
    assert out(lake, 3) == ["ann", "twitter:b", "twitter:z"]


def test_an_unknown_person_is_refused(lake):
    for person in ("an", "twiter:a", "twitter:", "twitter:b"):
        with pytest.raises(KloutError, match=f"no person '{person}'"):
            opt_out(lake, person, day(2), SMALL)


def test_an_account_of_a_person_is_told_whose_it_is(lake):
    with pytest.raises(KloutError, match="twitter:a is an account of 'ann'; name that person"):
        opt_out(lake, "twitter:a", day(2), SMALL)


def test_out_is_not_out_again_and_in_is_not_in_again(lake):
    with pytest.raises(KloutError, match="ann has not opted out"):
        opt_in(lake, "ann", day(2), SMALL)
    opt_out(lake, "ann", day(3), SMALL)
    with pytest.raises(KloutError, match="ann has opted out already, since 2014-02-03"):
        opt_out(lake, "ann", day(4), SMALL)
    with pytest.raises(KloutError, match=r"ann has opted out since 2014-02-03 .*, not at"):
        opt_in(lake, "ann", day(2), SMALL)
    opt_in(lake, "ann", day(5), SMALL)
    with pytest.raises(KloutError, match="ann is back since 2014-02-05"):
        opt_out(lake, "ann", day(3), SMALL)


def test_the_commands_say_what_they_did(lake):
    words = ["ann", "--lake", str(lake), "--at", "2014-02-02"]
    effect = "takes effect at the next run, of --as-of 2014-02-03 or later\n"
    assert CliRunner().invoke(app, ["optout", *words]).stdout == f"ann has opted out; {effect}"
    assert out(lake, 3) == ["ann"]
    assert CliRunner().invoke(app, ["optin", *words]).stdout == f"ann is back; {effect}"
    assert out(lake, 3) == []
