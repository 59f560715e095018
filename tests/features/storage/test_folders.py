"""What a command may write to: nothing is lost where it is pointed at something else."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.storage.atomic import replacing_folder, standing
from features.storage.folders import LAKE, MODEL, claim, read_marker
from serving.cli.app import app
from serving.cli.outputs import JSON, check_outputs
from tests.support.killing import kills


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with a model among others, a lake, an input and a stranger's work; it stays so."""
    for name in ("champion", "integrity"):
        with replacing_folder(tmp_path / "models" / name, MODEL, name) as draft:
            (draft / "model.json").write_text(name)
    claim(tmp_path / "lake", LAKE)
    (tmp_path / "lake" / "ledger").mkdir()
    pl.DataFrame({"person": ["a"], "score": [1.0]}).write_parquet(tmp_path / "s.parquet")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    before = tree(tmp_path)
    yield tmp_path
    assert tree(tmp_path) == before


FILES = "materialize", "score", "judge", "split", "assess", "spread", "ablate", "backup"


def words_of(command: str, place: Path, out: Path) -> list[str]:
    lake, signals, model = place / "lake", place / "s.parquet", place / "models" / "champion"
    day = ["--lake", lake, "--as-of", "2014-10-01"]
    known = {
        "train": ["train", "--signals", signals, "--judgements", signals, "--out", out],
        "integrity": ["integrity", "train", *day, "--labels", signals, "--out", out],
        "simulate": ["simulate", "--out", out, "--persons", 5, "--days", 2],
        "materialize": ["materialize", *day, "--standing", signals, "--out", out],
        "score": ["score", "--model", model, "--signals", signals, "--out", out],
        "judge": ["judge", *day, "--horizon", 3, "--networks", signals, "--out", out],
        "split": ["split", "--lake", lake, "--train", out, "--test", out],
        "assess": ["integrity", "assess", *day, "--model", signals, "--out", out],
        "spread": ["spread", *day, "--scores", signals, "--out", out],
        "ablate": ["ablate", "--signals", signals, "--judgements", signals, "--test", signals,
                   "--out", out],
        "backup": ["store", "backup", out, "--lake", lake],
        "evaluate": ["evaluate", "--model", model, "--signals", signals, "--judgements", signals,
                     "--plots", out],
        "metrics": ["evaluate", "--model", model, "--signals", signals, "--judgements", signals,
                    "--out", out],
        "audit": ["audit", "--model", model, "--report", out],
        "page": ["integrity", "report", *day, "--out", out],
        "tune": ["tune", "--signals", signals, "--judgements", signals, "--params", signals,
                 "--out", out],
        "rollback": ["rollback", "--why", "it jumped", "--champion", out],
    }  # fmt: skip
    return [str(word) for word in known[command]]


def refused(words: list[str]) -> str:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, KloutError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.mark.parametrize("out", ["models", "thesis", "lake", "s.parquet", "/", "lake/ledger"])
@pytest.mark.parametrize("command", ["train", "integrity", "simulate", "evaluate", "rollback"])
def test_a_folder_that_is_not_ours_is_refused_and_left(command: str, out: str, place: Path) -> None:
    if (command, out) == ("simulate", "lake"):
        pytest.skip("an empty lake may be written to")
    refused(words_of(command, place, place / out))


@pytest.mark.parametrize("out", ["models", "lake", "/", "lake/new.parquet", "models/champion/s"])
@pytest.mark.parametrize("command", FILES)
def test_a_file_is_not_written_over_a_folder_nor_into_one_of_ours(
    command: str, out: str, place: Path
) -> None:
    refused(words_of(command, place, place / out))


@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("materialize", "a Parquet file"),
        ("score", "a Parquet file"),
        ("judge", "a Parquet file"),
        ("assess", "a Parquet file"),
        ("spread", "a CSV file with the columns decile,persons,contents"),
        ("ablate", "a CSV file with the columns kind,without,signals"),
        ("backup", "a backup of a store"),
        ("metrics", "a JSON object"),
        ("audit", "a JSON object"),
        ("page", "a page of HTML"),
        ("tune", "a YAML file that begins with the section train"),
    ],
)
def test_a_file_of_another_form_is_not_written_over(command: str, form: str, place: Path) -> None:
    thesis = place / "thesis" / "thesis.tex"
    said = refused(words_of(command, place, thesis))
    assert f"thesis.tex: is not {form}, and would be lost" in said


@pytest.mark.parametrize("command", ["train", "integrity", "evaluate", "materialize", "score"])
def test_a_path_below_a_file_is_said_to_be_one(command: str, place: Path) -> None:
    said = refused(words_of(command, place, place / "s.parquet" / "within" / "out"))
    assert "s.parquet is a file; expected a folder to write it in" in said


def test_a_device_is_no_file_to_write(place: Path) -> None:
    assert "is no regular file" in refused(words_of("score", place, Path("/dev/null")))


def test_a_file_of_the_same_form_and_an_empty_one_are_written_over(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    for content in (b"", b"{}"):
        file.write_bytes(content)
        check_outputs([(file, JSON)], [])


@pytest.mark.parametrize("command", sorted({*FILES} - {"split", "backup"}))
def test_what_a_command_reads_is_not_written_over(command: str, place: Path) -> None:
    assert "the command reads it" in refused(words_of(command, place, place / "s.parquet"))


def test_the_same_file_is_not_written_twice(place: Path) -> None:
    assert "given twice" in refused(words_of("split", place, place / "new.parquet"))


def test_a_file_that_somebody_put_beside_a_model_keeps_it_from_being_replaced(
    tmp_path: Path,
) -> None:
    with replacing_folder(tmp_path / "mine", MODEL, "1") as draft:
        (draft / "model.json").write_text("1")
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    said = refused(words_of("train", tmp_path, tmp_path / "mine"))
    assert "holds 'notes.txt', which is no part of a model; move it away" in said
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "mine", MODEL, "1") as draft:
        with (
            pytest.raises(KloutError, match="another run is writing to it"),
            replacing_folder(tmp_path / "mine", MODEL, "2"),
        ):
            pass
        (draft / "model.json").write_text("1")
    assert (tmp_path / "mine" / "model.json").read_text() == "1"


def test_a_kill_at_any_moment_leaves_the_former_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models" / "mine"

    def write(text: str) -> None:
        with replacing_folder(folder, MODEL, text) as draft:
            (draft / "model.json").write_text(text)

    def fresh():
        shutil.rmtree(tmp_path / "models", ignore_errors=True)
        write("former")
        return lambda: write("new")

    for _ in kills(monkeypatch, fresh):
        found = standing(folder)
        text = (found / "model.json").read_text()
        assert text in ("former", "new")
        marker = read_marker(found)
        assert marker is not None and marker.id == text
        write("next")
        assert {path.name for path in folder.parent.iterdir()} == {"mine"}
        assert (folder / "model.json").read_text() == "next"


def test_a_block_that_fails_leaves_the_former(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "mine", MODEL, "1") as draft:
        (draft / "model.json").write_text("1")
    before = tree(tmp_path)
    with pytest.raises(ZeroDivisionError), replacing_folder(tmp_path / "mine", MODEL, "2"):
        raise ZeroDivisionError
    assert tree(tmp_path) == before


def test_a_lake_has_an_id_that_a_copy_shares_and_the_same_world_gets_again(
    tmp_path: Path,
) -> None:
    from features.lake import Lake

    ids = []
    for name in ("one", "two"):
        words = ["simulate", "--out", tmp_path / name, "--persons", 20, "--days", 3, "--quiet"]
        assert CliRunner().invoke(app, [str(word) for word in words]).exit_code == 0
        ids.append(Lake(tmp_path / name).id)
    shutil.copytree(tmp_path / "one", tmp_path / "three")
    assert {*ids, Lake(tmp_path / "three").id} == {ids[0]}
    said = json.loads((tmp_path / "one" / "klout.json").read_text())
    assert said == {"kind": "lake", "id": ids[0]}


def test_a_ledger_without_a_marker_is_no_lake_of_ours(tmp_path: Path) -> None:
    from features.lake import Lake

    claim(tmp_path / "lake", LAKE)
    (tmp_path / "lake" / "ledger").mkdir()
    (tmp_path / "lake" / "klout.json").unlink()
    with pytest.raises(KloutError, match=r"holds 'ledger', and no klout.json; expected a lake"):
        _ = Lake(tmp_path / "lake").id


class FullDisk:
    """Lets so many writes through and then has no space left, as the operating system says it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
        self.left = allowed
        for method in ("write_bytes", "write_text", "open"):
            monkeypatch.setattr(Path, method, self._limited(getattr(Path, method)))

    def _limited(self, act: Callable[..., object]) -> Callable[..., object]:
        def limited(path: Path, *given: object, **options: object) -> object:
            if act.__name__ == "open" and (given or ("r",))[0] in ("r", "rb"):
                return act(path, *given, **options)
            self.left -= 1
            if self.left < 0:
                if act.__name__ != "open":  # which makes no file then
                    path.touch()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            return act(path, *given, **options)

        return limited


@pytest.mark.parametrize("allowed", range(5))
def test_a_full_disk_leaves_no_draft(
    allowed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        FullDisk(patched, allowed)
        with (
            pytest.raises(KloutError, match="No space left"),
            replacing_folder(tmp_path / "mine", MODEL, "1") as draft,
        ):
            for _ in range(5):
                (draft / "model.json").write_text("1")
    assert list(tmp_path.iterdir()) == []
    with replacing_folder(tmp_path / "mine", MODEL, "1") as draft:
        (draft / "model.json").write_text("1")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
