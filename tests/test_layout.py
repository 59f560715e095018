"""What the folders promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.draw import DRAWN, PAGE, drawn
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


def test_only_evaluation_may_be_given_the_truth():
    stages = pipelines()
    reading = [name for name, stage in stages.items() if "truth" in stage["cmd"]]
    assert reading == ["evaluate"]


def test_what_is_begun_first_is_there():
    begun = [name for name in LONGEST if name not in TOGETHER]
    assert [name for name in begun if not (ROOT / name).is_file()] == []
    assert {*LONGEST} >= {*TOGETHER}


def test_the_database_of_mlflow_is_no_output_of_dvc():
    outs = [str(out) for stage in pipelines().values() for out in stage["outs"]]
    assert [out for out in outs if "mlflow" in out and "mlflow/promotion.json" not in out] == []
