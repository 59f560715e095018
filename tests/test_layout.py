"""What the folders promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.draw import DRAWN, PAGE, drawn
from docs.figures import FIGURES, Said
from tests.conftest import LONGEST, TOGETHER

ROOT = Path(__file__).resolve().parents[1]


def test_the_folder_mlflow_is_no_package_and_does_not_shadow_the_library():
    assert not (ROOT / "mlflow" / "__init__.py").exists()
    code = "import importlib.util as u; print(u.find_spec('mlflow').origin)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).is_relative_to(Path(sys.prefix))


@pytest.mark.parametrize(
    ("command", "page"),
    [("signals --format markdown", "signals.md"), ("ingest --tables", "tables.md")],
)
def test_a_page_that_is_generated_is_up_to_date(command, page):
    done = subprocess.run(
        [sys.executable, "-m", "serving.cli", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (ROOT / "docs" / page).read_text(), "run `make docs`"


def test_what_the_architecture_shows_is_drawn_of_the_code():
    page = PAGE.read_text()
    assert all(f"<!-- drawn: {name} -->" in page for name in DRAWN)
    assert drawn(page) == page, "run `make docs`"


def pipelines():
    """All stages."""
    files = ("dvc.yaml", "pipeline/release/dvc.yaml")
    found = [yaml.safe_load((ROOT / file).read_text())["stages"] for file in files]
    return found[0] | found[1]


@pytest.mark.parametrize("said", FIGURES, ids=lambda said: said.page)
def test_a_figure_that_a_page_says_is_that_of_the_code(said):
    page = (ROOT / said.page).read_text()
    assert said.written(page) == page, "run `make docs`"


def test_every_number_of_signals_that_a_page_says_is_written_by_the_code():
    """But for what is generated as a whole, and what happened once."""
    generated = {"signals.md", "tables.md", "benchmarks.md", "evaluations.md"}
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    texts = {p: p.read_text() for p in pages if p.name not in generated}
    found = [
        (page.name, number)
        for page, text in texts.items()
        for number in re.findall(r"\b(\d{3,})(?= signals)", text)
    ]
    assert len(found) == sum(said.page.endswith(".md") for said in FIGURES)


def test_an_old_figure_is_written_again_and_a_sentence_that_is_gone_is_missed():
    said = Said("p", "has ", " signals", lambda _: 1234)
    assert said.written("it has 904 signals.") == "it has 1,234 signals."
    with pytest.raises(ValueError, match="0 times"):
        said.written("it has signals.")


def test_only_evaluation_may_be_given_the_truth():
    stages = pipelines()
    reading = [name for name, stage in stages.items() if "truth" in stage["cmd"]]
    assert reading == ["evaluate"]


def test_what_is_begun_first_is_there():
    begun = [name for name in LONGEST if name not in TOGETHER]
    assert [name for name in begun if not (ROOT / name).is_file()] == []
    assert {*LONGEST} >= {*TOGETHER}


def test_the_database_of_mlflow_is_no_output_of_dvc():
    outs = [str(out) for stage in pipelines().values() for out in stage.get("outs", [])]
    assert [out for out in outs if "mlflow" in out and "mlflow/promotion.json" not in out] == []
