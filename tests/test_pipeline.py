"""The pipeline removes what it made and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
EXPERIMENT, RELEASE = (
    yaml.safe_load((ROOT / file).read_text())["stages"]
    for file in ("dvc.yaml", "pipeline/release/dvc.yaml")
)
STAGES = EXPERIMENT | RELEASE


def outs() -> set[str]:
    found = [out for stage in STAGES.values() for out in stage.get("outs", [])]
    return {out if isinstance(out, str) else next(iter(out)) for out in found}


def test_make_clean_names_the_outputs_of_the_pipeline_but_the_served_lake() -> None:
    text = (ROOT / "Makefile").read_text()
    made = re.search(r"^MADE = (.*?[^\\])\n", text, re.MULTILINE | re.DOTALL)
    assert made is not None
    assert set(made[1].replace("\\\n", " ").split()) == outs() - {"data/live/klout.json"}


def concerned(section: str) -> set[str]:
    """Name the stages that run again when a section of params.yaml changes, whatever comes out."""
    made = {out: name for name, stage in STAGES.items() for out in named(stage.get("outs", []))}
    made |= {out: name for name, stage in STAGES.items() for out in named(stage.get("metrics", []))}
    stale = {name for name, stage in STAGES.items() if section in stage.get("params", [])}
    while True:
        after = {name for name, stage in STAGES.items()
                 if stale & {made.get(dep) for dep in stage["deps"] if dep in made}}  # fmt: skip
        if after <= stale:
            return stale
        stale |= after


def named(outs: list[str | dict[str, object]]) -> list[str]:
    return [out if isinstance(out, str) else next(iter(out)) for out in outs]


def test_another_parameter_of_training_trains_one_model_and_computes_no_signals() -> None:
    training = {name for name in concerned("train") if "${klout} train" in STAGES[name]["cmd"]}
    assert training == {"train"}
    assert not {"cold_score", "materialize", "cold_materialize", "assess"} & concerned("train")


def test_the_scale_of_cold_scores_is_that_of_the_others() -> None:
    cold, others = (yaml.safe_load((ROOT / f).read_text()) for f in ("cold.yaml", "params.yaml"))
    assert cold["scale"] == others["scale"]
    assert cold["train"].keys() == others["train"].keys()


def test_scores_are_shown_before_the_week_of_days_is_lived() -> None:
    recipe = re.search(r"^all:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    model, first, table, rest = recipe[1].strip().split("\n\t")
    assert (model, first, rest) == (
        "dvc repro",
        "dvc repro $(RELEASE):score",
        "dvc repro $(RELEASE)",
    )
    assert table.startswith("klout report --scores data/scores.parquet")


def test_an_experiment_writes_nothing_but_outputs_that_can_be_restored_and_a_run() -> None:
    """Everything else follows it, in the other pipeline."""
    assert "outs" not in EXPERIMENT["record"]
    effects = ("promote", "rebuild", "serve", "daily", "evaluations.real")
    for name, stage in EXPERIMENT.items():
        assert not [word for word in stage["cmd"].split() if word in effects], name
        assert all(isinstance(out, str) for out in stage.get("outs", [])), name


def test_what_leaves_traces_elsewhere_is_never_restored_but_run() -> None:
    """DVC keeps no run of a stage of which an output persists."""
    for name in ("promote", "live"):
        options = [
            next(iter(out.values())) for out in RELEASE[name]["outs"] if isinstance(out, dict)
        ]
        assert any(each.get("persist") for each in options), name


def test_a_stage_runs_the_code_beside_the_pipeline() -> None:
    """In an experiment's own folder `klout` would be that of the checkout it was made from."""
    for name, stage in STAGES.items():
        assert stage["cmd"].startswith(("${klout} ", "python -m ")), name


def test_no_stage_removes_anything_by_itself() -> None:
    for name, stage in STAGES.items():
        assert not re.search(r"\b(rm|mv|cp)\b", stage["cmd"]), name


def test_the_served_lake_is_no_output_and_its_marker_is_never_removed() -> None:
    assert STAGES["live"]["outs"] == [{"data/live/klout.json": {"cache": False, "persist": True}}]
    assert not {out for out in outs() if out.rstrip("/") in ("data", "data/live")}
