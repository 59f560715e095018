"""Names are printed, never obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from serving.cli.app import app
from serving.cli.printing import say
from serving.cli.score_report import show

ROOT = Path(__file__).parents[3]
NAMES = ["[/bold]", "[red]", "[link=http://x]", "a\u202eb", "a\u200bb", "[[/]"]
PRINTS = re.compile(r"typer\.echo\(|(?<![\w.])print\(|(?<!\w)Console\((?!stderr)")


def shown(name: str) -> str:
    return name.replace("\u202e", "\\u202e").replace("\u200b", "\\u200b")


@pytest.mark.parametrize("name", NAMES)
def test_the_last_step_of_the_pipeline_prints_any_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"score": 50.0, "confidence": 0.5, "low": 40.0, "high": 60.0, "part.twitter": 1.0}
    scores = pl.DataFrame({"person": [name]} | {of: [value] for of, value in figures.items()})
    metrics = {
        "model_version": "v",
        "judgements": 1,
        "accuracy": 0.5,
        "accuracy_low": 0.4,
        "accuracy_high": 0.6,
        "baselines": {},
        "lead": {},
    }
    show(scores, metrics, "v")
    assert shown(name) in capsys.readouterr().out


@pytest.mark.parametrize("sign", ["\x1b[2J", "\r", "\x07", "\x9b2J"])
def test_a_terminal_is_told_nothing(sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(f"ann{sign}: 3 rows\nsecond line")
    first, second = capsys.readouterr().out.splitlines()
    assert sign not in first and first.startswith("ann\\u00") and second == "second line"


def test_a_file_that_is_named_like_markup_is_named(tmp_path: Path) -> None:
    path = tmp_path / "[/red]\x1b[2J.parquet"
    result = CliRunner().invoke(app, ["judgements", str(path)])
    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_json_holds_any_name(tmp_path: Path) -> None:
    assert json.loads(CliRunner().invoke(app, ["signals", "--format", "json"]).stdout)


def test_one_place_prints() -> None:
    """What is printed elsewhere would be obeyed."""
    files = [f for part in ("features", "training", "serving") for f in (ROOT / part).rglob("*.py")]
    elsewhere = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.name != "printing.py"
        for line in file.read_text().splitlines()
        if PRINTS.search(line) and ">>>" not in line
    ]
    assert not elsewhere
