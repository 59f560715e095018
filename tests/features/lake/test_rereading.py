"""A reader whose files a rewriting took away reads anew, and never blames its own output."""

from datetime import date
from pathlib import Path
from pkgutil import resolve_name

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.lake.compacting import compact
from features.lake.rereading import rereading
from serving.cli.app import app

DAY = ("--as-of", "2014-03-01")
READING = {
    "materialize": (
        "features.signals.materialize.materialize",
        ["materialize", *DAY, "--out", "out"],
    ),
    "report": (
        "training.integrity.report.integrity_report.report",
        ["integrity", "report", *DAY, "--out", "out"],
    ),
    "assess": ("training.integrity.assess.assess", ["integrity", "assess", *DAY, "--out", "out"]),
    "judge": (
        "training.judgements.outcomes.judge_outcomes",
        ["judge", "--as-of", "2014-02-20", "--horizon", "2", "--out", "out"],
    ),
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A lake whose partitions have two small files each, for `compact` to put together."""
    monkeypatch.chdir(tmp_path)
    for number, names in enumerate((("al", "bo"), ("cy", "al"), ("bo", "cy"))):
        rows = [
            f"twitter,retweet,{actor},{target},2014-02-{day}T12:00:00Z"
            for day in (18, 19, 20, 21)
            for actor, target in (names, names[::-1])
        ]
        folder = Path(f"{number}")
        folder.mkdir()
        text = "\n".join(["network,reaction,actor,target,at", *rows])
        (folder / "interactions.csv").write_text(text)
        words = ["ingest", "tables", str(folder / "interactions.csv"), "--lake", "L"]
        assert CliRunner().invoke(app, words).exit_code == 0
    return Path("L")


def rewritten(real, times, root):
    """Have a lake rewritten whenever somebody has opened it and begins to read, so many times."""
    left = [times]

    def reading(lake, *arguments, **options):
        assert lake.entries
        if left[0]:
            left[0] -= 1
            more(root, left[0])
            compact(root, date(2014, 2, 22))
        return real(lake, *arguments, **options)

    return reading


def more(root, number):
    """Ingest another small file, so that there is something to put together."""
    file = root.parent / "interactions.csv"
    at = "2014-02-18T13:00:00Z"
    file.write_text(f"network,reaction,actor,target,at\ntwitter,retweet,al,n{number},{at}\n")
    words = ["ingest", "tables", str(file), "--lake", str(root)]
    assert CliRunner().invoke(app, words).exit_code == 0


def patched(monkeypatch, name, root, times=1):
    monkeypatch.setattr(name, rewritten(resolve_name(name), times, root))


@pytest.mark.parametrize(("name", "words"), READING.values(), ids=READING)
def test_a_reader_whose_files_were_taken_away_reads_anew(root, monkeypatch, caplog, name, words):
    patched(monkeypatch, name, root)
    done = CliRunner().invoke(app, [*words, "--lake", "L"])
    assert done.exit_code == 0, done.exception
    assert "L: files were taken away by klout compact; reading anew" in caplog.text
    assert Path("out").exists()


def test_one_who_meets_a_rewriting_each_time_says_so(root, monkeypatch):
    name, words = READING["materialize"]
    patched(monkeypatch, name, root, times=9)
    done = CliRunner().invoke(app, [*words, "--lake", "L"])
    assert done.exit_code == 1
    expected = "L: files were taken away by klout compact while they were read; try again"
    assert str(done.exception) == expected
    assert not Path("out").exists()


def test_a_file_that_is_gone_for_another_reason_is_named_and_not_the_output(root):
    file = next(root.glob("interactions/**/*.parquet"))
    file.unlink()
    done = CliRunner().invoke(app, ["materialize", *DAY, "--out", "out", "--lake", "L"])
    assert done.exit_code == 1
    assert str(done.exception) == f"{file}: missing, though the lake's ledger names it"


def test_what_fails_for_another_reason_is_not_done_again(root):
    calls = []

    def act():
        calls.append(1)
        raise KloutError("no such person")

    with pytest.raises(KloutError, match="no such person"):
        rereading(root, act)
    assert len(calls) == 1


def test_a_reader_of_nothing_is_told(tmp_path):
    with pytest.raises(KloutError, match="no lake here"):
        rereading(tmp_path / "absent", lambda: Lake(tmp_path / "absent").entries)
