"""The pipeline removes what it made and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def outs() -> set[str]:
    found = [out for stage in STAGES.values() for out in stage.get("outs", [])]
    return {out if isinstance(out, str) else next(iter(out)) for out in found}


def test_make_clean_names_the_outputs_of_the_pipeline_but_the_served_lake() -> None:
    text = (ROOT / "Makefile").read_text()
    made = re.search(r"^MADE = (.*?[^\\])\n", text, re.MULTILINE | re.DOTALL)
    assert made is not None
    assert set(made[1].replace("\\\n", " ").split()) == outs() - {"data/live/klout.json"}


def test_no_stage_removes_anything_by_itself() -> None:
    for name, stage in STAGES.items():
        assert not re.search(r"\b(rm|mv|cp)\b", stage["cmd"]), name


def test_the_served_lake_is_no_output_and_its_marker_is_never_removed() -> None:
    assert STAGES["live"]["outs"] == [{"data/live/klout.json": {"cache": False, "persist": True}}]
    assert not {out for out in outs() if out.rstrip("/") in ("data", "data/live")}
