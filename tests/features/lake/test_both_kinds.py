"""The same commands on a lake in a directory and on one in a bucket say and make the same."""

import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from features.lake import Lake
from features.storage.paths import found, location
from serving.cli.app import app
from tests.support.buckets import changes, serving
from tests.support.killing import contents

SIMULATE = "simulate --out {lake} --persons 16 --days 3 --seed 3 --end 2014-10-01"
COMMANDS = {
    "simulate": SIMULATE,
    "the same world again": SIMULATE,
    "ingest": "ingest tables {interactions} --lake {lake}",
    "the same source again": "ingest tables {interactions} --lake {lake}",
    "judge": "judge --lake {lake} --as-of 2014-09-29 --horizon 2 --out {out}/judged.parquet",
    "assess": "integrity assess --lake {lake} --as-of 2014-10-01",
    "override": "integrity override twitter:fan 0.5 --lake {lake} --why known",
    "connect": "connect p000001 twitter fan --lake {lake} --at 2014-09-29",
    "disconnect": "disconnect p000001 twitter fan --lake {lake} --at 2014-09-30",
    "opt out": "optout p000002 --lake {lake} --at 2014-09-30",
    "materialize": "materialize --lake {lake} --as-of 2014-10-01 --out {out}/all.parquet",
    "forget": "forget p000003 --lake {lake} --yes",
    "compact": "compact --lake {lake} --as-of 2014-10-01 --json",
    "materialize again": "materialize --lake {lake} --as-of 2014-10-01 --out {out}/left.parquet",
}


def row(id, reaction="reply", **other):
    at = "2014-09-28T12:00:00"
    pair = {"network": "twitter", "actor": "fan", "target": "star"}
    return json.dumps({**pair, "reaction": reaction, "content": None, "at": at, "id": id, **other})


@pytest.fixture(scope="module")
def bucket():
    with serving("both") as url:
        yield url


@pytest.fixture(scope="module")
def both(bucket, tmp_path_factory):
    """Run all commands on both; give their lakes, outputs and folders."""
    base = tmp_path_factory.mktemp("both")
    source = base / "interactions.jsonl"
    source.write_text("\n".join([row("1"), row("2", actor="other"), row("3", reaction="wink")]))
    done = {}
    for kind, lake in {"directory": str(base / "lake"), "bucket": f"{bucket}/lake"}.items():
        out = base / kind
        out.mkdir()
        said = {}
        for name, command in COMMANDS.items():
            filled = command.format(lake=lake, interactions=source, out=out)
            result = CliRunner().invoke(app, filled.split())
            text = f"{result.exit_code} {result.output}{result.exception or ''}"
            said[name] = text.replace(lake, "LAKE").replace(str(out), "OUT")
        done[kind] = (location(lake), said, out)
    return done


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_the_same(name, both):
    local, remote = both["directory"][1][name], both["bucket"][1][name]
    if name == "compact":
        # Anonymous ids and the salt are drawn at random: their files' sizes differ by some bytes.
        local, remote = (json.loads(text.removeprefix("0 ")) for text in (local, remote))
        alike = ("dropped_rows", "files_before", "files_after", "interactions")
        assert [local[key] for key in alike] == [remote[key] for key in alike]
        assert local["files_after"] < local["files_before"]
        return
    assert remote == local
    assert remote.startswith("1 " if name in ("ingest", "the same source again") else "0 ")


@pytest.mark.parametrize("name", ["judged", "all", "left"])
def test_what_is_computed_is_the_same_bit_for_bit(name, both):
    local, remote = (pl.read_parquet(both[kind][2] / f"{name}.parquet") for kind in both)
    assert len(local)
    assert_frame_equal(remote, local, check_exact=True)


def test_nothing_names_the_forgotten_and_all_others_are_there(both):
    lakes = [both[kind][0] for kind in both]
    local, remote = (contents(lake) for lake in lakes)
    assert {name: len(rows) for name, rows in remote.items()} == {
        name: len(rows) for name, rows in local.items()
    }
    assert "p000003" not in repr(remote)
    beside = pl.concat(pl.read_parquet(str(file)) for file in found(lakes[1], "truth.parquet"))
    assert len(beside)
    assert "p000003" not in beside["person"].to_list()


def test_the_objects_are_those_that_the_ledger_names(both):
    lake = both["bucket"][0]
    named = {file.path for file in Lake(lake).every_file()}
    files = [file for end in ("parquet", "arrow") for file in found(lake, f"*.{end}", deep=True)]
    there = {str(file.relative_to(lake)) for file in files}
    beside = {name for name in there if name.startswith("quarantine/") or "/" not in name}
    assert there - beside == named
    assert not found(lake, ".*.lock")


def test_a_lake_is_read_without_a_change_to_it(both, monkeypatch):
    done = changes(monkeypatch)
    contents(both["bucket"][0])
    assert not done
