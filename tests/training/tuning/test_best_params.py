"""The best parameters are put into `params.yaml`, whose comments and layout stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from features.errors import KloutError
from training.influence.params import TrainingParams
from training.tuning.best_params import update_params, with_values, write_params

ROOT = Path(__file__).resolve().parents[3]
TEXT = """\
# Policy.
split: {num_leaves: 3}   # another's

train:   # what is learned
  num_trees: 1500
  learning_rate: 0.06    # slow, and sure

  # Leaves are few.
  num_leaves: 8  # eight

tune:
  num_leaves: 5
"""


def test_only_the_values_change():
    changed = with_values(TEXT, {"learning_rate": 0.0123, "num_leaves": 12}, "params.yaml")
    expected = TEXT.replace("0.06 ", "0.0123 ").replace("num_leaves: 8 ", "num_leaves: 12 ")
    assert changed == expected


def test_a_parameter_without_a_line_gets_one_at_the_end_of_the_section():
    changed = with_values(TEXT, {"link_power": 0.5, "max_bin": 63}, "params.yaml")
    line = "  num_leaves: 8  # eight\n"
    assert changed == TEXT.replace(line, f"{line}  link_power: 0.5\n  max_bin: 63\n")


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "   # aside\n"])
def test_the_section_may_be_the_last(end):
    changed = with_values(f"train:\n  num_leaves: 8{end}", {"num_leaves": 4, "max_bin": 63}, "here")
    assert yaml.safe_load(changed) == {"train": {"num_leaves": 4, "max_bin": 63}}
    assert ("# aside" in changed) == ("# aside" in end)


@pytest.mark.parametrize("value", [1e-7, 1e22, 0.1, 30.0, 255])
def test_a_value_reads_as_it_was_written(value):
    changed = with_values(TEXT, {"lambda_l2": value}, "params.yaml")
    assert yaml.safe_load(changed)["train"]["lambda_l2"] == value


def test_the_params_of_the_project_keep_every_comment(tmp_path):
    file = tmp_path / "params.yaml"
    before = (ROOT / "params.yaml").read_text()
    file.write_text(before)
    update_params(file, {"num_leaves": 21, "feature_fraction": 0.33})
    after = file.read_text()
    assert TrainingParams.read(file) == replace(
        TrainingParams.read(ROOT / "params.yaml"), num_leaves=21, feature_fraction=0.33
    )
    comments = [line.partition("#")[2] for line in before.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in after.splitlines() if "#" in line] == comments
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "train: {num_leaves: 8}\n",  # not in block style
        "other: 1\n",
        "train:\n    num_leaves: 8\n",  # indented by four: the new line would not fit
        'train:\n  num_leaves: "8 9"\n',
    ],
)
def test_a_section_that_cannot_be_edited_is_an_error_and_stays(text, tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(KloutError, match="section train"):
        update_params(file, {"num_leaves": 4})
    assert file.read_text() == text


def test_what_is_written_for_a_study_is_a_whole_section(tmp_path):
    params = TrainingParams(num_leaves=5, link_power=0.25)
    write_params(tmp_path / "best.yaml", params)
    assert TrainingParams.read(tmp_path / "best.yaml") == params
