"""Where the best parameters are written: a file of their own, and `params.yaml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from features.errors import KloutError
from features.storage.atomic import replacing
from training.influence.params import TrainingParams

_LINE = r"^(?P<head>  {name}:[ \t]*)(?P<value>[^\s#]+)(?P<rest>.*)$"


def write_params(file: Path, params: TrainingParams) -> None:
    """Write a YAML file with a complete section ``train``."""
    with replacing(file) as draft:
        draft.write_text(yaml.safe_dump({"train": params.to_dict()}, sort_keys=False))


def update_params(file: Path, values: dict[str, Any]) -> None:
    """Put values into the section ``train`` of a YAML file, whose comments and layout stay.

    Parameters
    ----------
    file
        With a section ``train`` in block style, indented by two.
    values
        By parameter; one that has no line yet gets one at the section's end.

    Raises
    ------
    KloutError
        If the file has no such section, or would not say what it should.
    """
    before = file.read_text(encoding="utf-8")
    after = with_values(before, values, str(file))
    with replacing(file) as draft:
        draft.write_text(after, encoding="utf-8")


def with_values(text: str, values: dict[str, Any], where: str) -> str:
    """Edit the lines of the section ``train``; see `update_params`."""
    text = text if text.endswith("\n") else f"{text}\n"
    found = re.search(r"^train:[ \t]*(#.*)?\n(?:(?:[ \t]+.*|#.*|[ \t]*)\n)*?(?=\S|\Z)", text, re.M)
    if found is None:
        raise KloutError(f"{where}: no section train in block style, so nothing can be put into it")
    section = found.group()
    for name, value in values.items():
        section = _with_value(section, name, value)
    changed = text[: found.start()] + section + text[found.end() :]
    _check(text, changed, values, where)
    return changed


def _with_value(section: str, name: str, value: Any) -> str:
    """Replace a value in its line, or add a line after the last one that is indented."""
    line = re.compile(_LINE.format(name=re.escape(name)), re.M)
    written = yaml.safe_dump(value).partition("\n")[0]
    if line.search(section):
        return line.sub(lambda match: match["head"] + written + match["rest"], section)
    body = section.rstrip("\n")
    return f"{body}\n  {name}: {written}{section[len(body) :] or chr(10)}"


def _check(before: str, after: str, values: dict[str, Any], where: str) -> None:
    """Read both: nothing but the values may have changed."""
    expected = yaml.safe_load(before)
    expected["train"] = (expected["train"] or {}) | values
    try:
        good = yaml.safe_load(after) == expected
    except yaml.YAMLError:
        good = False
    if not good:
        raise KloutError(
            f"{where}: the section train can't be edited line by line; expected a line "
            "'name: value', indented by two, for each parameter"
        )
