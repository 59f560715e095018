"""A lake knows its networks: what was declared once holds for every command after it."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import features
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.lake.ledger import NETWORKS, read_ledger
from serving.cli.app import app

FROG = """
title = "Frog"
[reactions]
croak = "croaks at the person"
[counters]
hops = { unit = "hops", sign = "up", meaning = "hops counted" }
"""
ROWS = """network,reaction,actor,target,content,at,id
frog,croak,al,bo,,2014-02-20T12:00:00Z,1
frog,croak,cy,bo,,2014-02-20T12:00:00Z,2
"""
DAY = ("--as-of", "2014-03-01")


@pytest.fixture
def pond(tmp_path, monkeypatch):
    """A folder with a lake of a network of one's own, and its declaration in `own`."""
    monkeypatch.chdir(tmp_path)
    Path("own").mkdir()
    Path("own/frog.toml").write_text(FROG)
    Path("interactions.csv").write_text(ROWS)
    said = klout("ingest", "tables", "interactions.csv", "--lake", "L", "--networks", "own")
    assert said.exit_code == 0, said.output
    assert said.stderr == "networks: frog added\n"
    return tmp_path


def klout(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def well(*arguments):
    said = klout(*arguments)
    assert said.exit_code == 0, (said.output, said.exception)
    return said


def reactions():
    return [reaction.name for reaction in Lake("L").catalogue.network("frog").reactions]


def test_what_was_declared_once_holds_for_every_command(pond):
    assert "frog.croak.count.7d" in well("signals", "--lake", "L", "--format", "json").stdout
    well("materialize", "--lake", "L", *DAY, "--out", "s.parquet")
    signals = pl.read_parquet("s.parquet").filter(person="frog:bo")
    assert signals["frog.croak.reactors.90d"].to_list() == [2.0]
    well("connect", "bo", "frog", "bo", "--lake", "L")
    well("disconnect", "bo", "frog", "bo", "--lake", "L")
    well("optout", "bo", "--lake", "L")
    well("integrity", "override", "frog:al", 0.5, "--lake", "L", "--why", "a bot")
    well("integrity", "assess", "--lake", "L", *DAY)
    assert json.loads(well("integrity", "explain", "frog:al", "--lake", "L", *DAY).stdout)
    assert "frog" in well("integrity", "report", "--lake", "L", *DAY, "--json").stdout
    Path("interactions.csv").write_text(ROWS.replace(",1\n", ",3\n"))
    assert "1 interactions" in well("ingest", "tables", "interactions.csv", "--lake", "L").stdout


def test_a_person_of_a_network_of_ones_own_is_forgotten_without_the_option(pond):
    assert "2 interactions" in well("forget", "frog:bo", "--lake", "L", "--yes").stdout
    assert Lake("L").scan("interactions").collect().is_empty()
    assert "forgotten before" in well("forget", "frog:bo", "--lake", "L", "--yes").stdout
    Path("interactions.csv").write_text(ROWS.replace(",1\n", ",7\n"))
    assert "suppressed 2" in well("ingest", "tables", "interactions.csv", "--lake", "L").stdout


def test_a_change_is_taken_with_a_word_about_it(pond):
    digest = Lake("L").catalogue.digest
    Path("own/frog.toml").write_text(FROG.replace("[counters]", 'ribbit = "ribbits"\n[counters]'))
    Path("own/newt.toml").write_text('[reactions]\nwave = "waves at the person"\n')
    said = well("connect", "bo", "frog", "bo", "--lake", "L", "--networks", "own")
    assert said.stderr == "networks: frog: reaction ribbit is new; newt added\n"
    assert reactions() == ["croak", "ribbit"]
    assert Lake("L").catalogue.digest != digest
    again = well("disconnect", "bo", "frog", "bo", "--lake", "L", "--networks", "own")
    assert again.stderr == ""
    history = [entry.source for entry in read_ledger(Path("L/ledger")) if entry.format == NETWORKS]
    assert history == ["networks: frog added", "networks: frog: reaction ribbit is new; newt added"]


def test_a_network_that_the_directory_does_not_declare_stays(pond):
    Path("own/frog.toml").rename("frog.toml")
    Path("own/newt.toml").write_text('[reactions]\nwave = "waves at the person"\n')
    well("optout", "frog:bo", "--lake", "L", "--networks", "own")
    assert {"frog", "newt"} <= {network.name for network in Lake("L").catalogue.networks}


def test_a_built_in_network_declared_otherwise_is_kept_and_one_declared_alike_is_not(pond):
    twitter = Path(features.__file__).parent / "networks" / "twitter.toml"
    Path("own/twitter.toml").write_text(twitter.read_text())
    assert well("optout", "frog:bo", "--lake", "L", "--networks", "own").stderr == ""
    Path("own/twitter.toml").write_text(twitter.read_text().replace("Twitter", "X", 1))
    said = well("optin", "frog:bo", "--lake", "L", "--networks", "own")
    assert said.stderr == 'networks: twitter: title is "X"\n'
    assert Lake("L").catalogue.network("twitter").title == "X"


def test_what_rows_are_of_cannot_be_taken_out_of_a_declaration(pond):
    before = Lake("L").catalogue
    Path("own/frog.toml").write_text(FROG.replace("croak =", "ribbit ="))
    said = klout("optout", "frog:bo", "--lake", "L", "--networks", "own")
    assert said.exit_code == 1
    expected = "frog does not declare the reaction 'croak', of which L has 2 rows"
    assert expected in str(said.exception)
    assert Lake("L").catalogue == before
    # No row is of a counter, so it can go.
    Path("own/frog.toml").write_text(FROG.partition("[counters]")[0])
    said = well("optout", "frog:bo", "--lake", "L", "--networks", "own")
    assert said.stderr == "networks: frog: counter hops is gone\n"


def test_a_command_that_only_reads_keeps_nothing(pond):
    Path("own/newt.toml").write_text('[reactions]\nwave = "waves at the person"\n')
    said = well(
        "materialize", "--lake", "L", *DAY, "--out", "s.parquet", "--networks", "own", "--quiet"
    )
    assert said.stderr == "networks, for this command alone: newt added\n"
    assert "newt.connected" in pl.read_parquet_schema("s.parquet")
    assert "newt" not in [network.name for network in Lake("L").catalogue.networks]


def test_no_lake_is_made_for_networks_alone(pond):
    said = klout("optout", "frog:bo", "--lake", "absent", "--networks", "own")
    assert said.exit_code == 1
    assert "absent: no lake here" in str(said.exception)
    assert not Path("absent").exists()


def test_a_simulated_world_keeps_its_networks(pond):
    world = ("simulate", "--out", "W", "--persons", 30, "--days", 3, "--networks", "own", "--quiet")
    well(*world)
    assert "frog" in [network.name for network in Lake("W").catalogue.networks]
    well(*world)
    said = klout("simulate", "--out", "L", "--persons", 30, "--days", 3)
    assert "simulate into a new directory" in str(said.exception)


def test_a_lake_that_nobody_declared_anything_to_has_the_built_in_networks(pond):
    Path("links.csv").write_text("network,source,target\nwikipedia,A,B\n")
    well("ingest", "tables", "links.csv", "--lake", "M")
    assert Lake("M").catalogue == Catalogue(load_networks())
