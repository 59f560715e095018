"""Which code a stage depends on: what its command loads, and nothing that only people read."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.used_code import (
    BESIDE,
    PACKAGES,
    PIPELINES,
    ROOT,
    code_of,
    graph,
    main,
    stages,
    used_by,
)

LOADING = """
import sys
from serving.cli.app import main
before = {*sys.modules}
try:
    main()
finally:
    print("\\nloaded:", *({*sys.modules} - before))
"""
PARAMS = "train: {num_trees: 20, validation_share: 0.4, min_sum_hessian_in_leaf: 0.5}\n"
COMMANDS = {
    "simulate": "simulate --out lake --persons 300 --days 30 --seed 3 --quiet",
    "split": "split --lake lake --train train.parquet --test test.parquet",
    "materialize": "materialize --lake lake --as-of 2014-10-01 --out s.parquet --quiet",
    "train": "train --signals s.parquet --judgements train.parquet --params p.yaml "
    "--from scratch --out model",
    "audit": "audit --model model",
    "score": "score --model model --signals s.parquet --out scores.parquet",
}


def definitions() -> dict[str, dict[str, list[str]]]:
    found = [yaml.safe_load((ROOT / file).read_text())["stages"] for file in PIPELINES]
    return found[0] | found[1]


def test_a_stage_depends_on_the_code_it_uses_and_on_no_folder_of_code():
    for name, stage in definitions().items():
        code = {dep for dep in stage["deps"] if dep.split("/")[0] in (*PACKAGES, "pipeline")}
        if name == "code":
            assert code == {*PACKAGES, "pipeline/used_code.py"}
        else:
            assert not code, name
            assert f"data/code/{name}.txt" in stage["deps"]


def test_what_a_command_loads_is_what_its_stage_depends_on(tmp_path):
    """The graph of imports beside what Python really imports: nothing is missing."""
    (tmp_path / "p.yaml").write_text(PARAMS)
    for stage, words in COMMANDS.items():
        done = subprocess.run(
            [sys.executable, "-c", LOADING, *words.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        loaded = done.stdout.rpartition("\nloaded: ")[2].split()
        ours = {name for name in loaded if name.split(".")[0] in PACKAGES}
        known = {re.sub(r"(/__init__)?\.py$", "", path) for path in used_by(stages()[stage])}
        missing = {name for name in ours if name.replace(".", "/") not in known}
        assert ours
        assert {name for name in missing if not name.startswith("serving.cli")} == set(), stage


def test_a_stage_does_not_depend_on_what_others_use():
    simulated, trained = (used_by(stages()[name]) for name in ("simulate", "train"))
    assert any(path.startswith("features/simulator/") for path in simulated)
    assert any(path.startswith("training/influence/") for path in trained)
    assert not any(path.startswith("training/") for path in simulated)
    assert not any(path.startswith("features/simulator/") for path in trained)
    assert "serving/cli/train.py:train_command" in trained
    assert "serving/cli/train.py:score_command" not in trained
    assert "features/networks/twitter.toml" in trained


def test_the_same_code_is_the_same_file_to_the_byte(tmp_path):
    main(tmp_path / "once")
    before = {file.name: file.read_bytes() for file in (tmp_path / "once").iterdir()}
    assert set(before) == {f"{name}.txt" for name in stages()}
    main(tmp_path / "once")
    assert {file.name: file.read_bytes() for file in (tmp_path / "once").iterdir()} == before


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ('def f(a):\n    """Say more."""\n    return a  # why\n', True),
        ("def f(a):\n    return a\n\n\n", True),
        ('X = f(3, help="other words")\n\n\ndef f(a):\n    return a\n', False),
        ("def f(a):\n    return a + 0\n", False),
    ],
)
def test_only_code_counts(changed, same):
    written = code_of(ast.parse('def f(a):\n    "Say."\n    return a\n'))
    assert (code_of(ast.parse(changed)) == written) is same


def test_the_help_of_an_option_does_not_count():
    one, other = (code_of(ast.parse(f'A = Option(min=1, help="{text}")')) for text in ("a", "b"))
    assert one == other == "A = Option(min=1)"


def test_what_is_read_beside_the_code_is_there():
    for module, path in BESIDE.items():
        assert module in graph().modules
        assert (ROOT / path).exists()
    assert {Path(path).parts[0] for path in BESIDE.values()} <= {*PACKAGES}
