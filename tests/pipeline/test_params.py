"""`dvc exp run -S` writes parameters back as they were, but for the value."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from pipeline.used_code import ROOT


def numbers(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Give every single value with its name, as `-S` takes it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from numbers(value, f"{name}.{key}" if name else key)
    elif not isinstance(content, list):
        yield name, content


@pytest.mark.parametrize("name", ["params.yaml", "cold.yaml"])
def test_a_file_survives_another_value_of_anything(name, tmp_path):
    """Comments, quotes, order and blank lines; the changed line keeps its comment."""
    before = (ROOT / name).read_text().splitlines()
    for key, value in numbers(yaml.safe_load("\n".join(before))):
        if isinstance(value, str):
            continue  # dates, which the next test changes
        other = not value if isinstance(value, bool) else value + 1
        shutil.copy(ROOT / name, tmp_path)
        apply_overrides(tmp_path / name, [f"{key}={str(other).lower()}"])
        after = (tmp_path / name).read_text().splitlines()
        changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1, key
        assert [line.partition("#")[2] for line in changed[0]] == [
            changed[0][0].partition("#")[2]
        ] * 2


def test_the_same_value_is_the_same_file_to_the_byte(tmp_path):
    file = shutil.copy(ROOT / "params.yaml", tmp_path)
    apply_overrides(tmp_path / "params.yaml", ["train.num_leaves=8", "as_of='2014-10-01'"])
    assert (tmp_path / "params.yaml").read_bytes() == (ROOT / "params.yaml").read_bytes(), file
