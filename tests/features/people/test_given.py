"""What is given to the commands about people: ids that the lake keeps, and plausible times."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from features.lake import Lake
from serving.cli.app import app
from tests.support.worlds import lake_of

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
SPOILT = {
    "line\nend": "holds the control character U+000A",
    "\x1b[31m": "holds the control character U+001B",
    "half \ud800": "holds U+D800, which is no character",
}
COMMANDS = {
    "connect": ["connect", "{id}", "twitter", "a"],
    "connect an account": ["connect", "ann", "twitter", "{id}"],
    "disconnect": ["disconnect", "ann", "twitter", "{id}"],
    "optout": ["optout", "{id}"],
    "optin": ["optin", "{id}"],
    "forget": ["forget", "{id}", "--yes"],
    "override": ["integrity", "override", "twitter:{id}", "1", "--why", "known"],
}


@pytest.fixture
def lake(root):
    row = {"network": "twitter", "reaction": "retweet", "actor": "b", "target": "a"}
    at = datetime(2014, 2, 1, tzinfo=UTC)
    lake_of({"interactions": [row | {"content": "1", "at": at, "id": None}]}, root)
    return root


def run(lake, *words):
    return CliRunner().invoke(app, [*words, "--lake", str(lake)], env={"COLUMNS": "200"})


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_id_that_the_lake_does_not_keep_is_bad_usage(name, spoilt, lake):
    ran = run(lake, *(word.replace("{id}", spoilt) for word in COMMANDS[name]))
    assert ran.exit_code == 2
    assert SPOILT[spoilt] in ran.output
    assert len(Lake(lake).entries) == 1


@pytest.mark.parametrize(
    "at", ["9999-12-31", "0001-01-01T00:00:00+14:00", "1969-12-31", "noon", "infinity", ""]
)
@pytest.mark.parametrize(
    "words", [["connect", "ann", "twitter", "a"], ["disconnect", "ann", "twitter", "a"]]
)
def test_a_time_that_is_none_or_not_plausible_is_bad_usage(words, at, lake):
    ran = run(lake, *words, "--at", at)
    assert ran.exit_code == 2
    assert "is not a time in ISO 8601" in ran.output or "before 1970 or later than" in ran.output
    assert len(Lake(lake).entries) == 1


def test_a_time_is_read_as_the_tables_have_it(lake):
    assert (
        run(lake, "connect", "ann", "twitter", "a", "--at", "20140201T120000+0200").exit_code == 0
    )
    assert run(lake, "disconnect", "ann", "twitter", "a", "--at", f"{TOMORROW}").exit_code == 0
    identity = Lake(lake).scan("identities").collect().row(0, named=True)
    assert identity["connected_at"] == datetime(2014, 2, 1, 10, tzinfo=UTC)


def test_an_override_that_breaks_the_contract_says_how(lake):
    ran = run(lake, "integrity", "override", "twitter:a", "1", "--why", "x" * 513)
    assert str(ran.exception) == "overrides: why: longer than 512 characters"
    assert len(Lake(lake).entries) == 1
    assert not [*lake.rglob("quarantine/*")]
