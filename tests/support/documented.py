"""The commands of docs/operations.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
from functools import cache

from typer.testing import CliRunner

from serving.cli.app import app
from tests.serving.conftest import ROOT

DOCUMENT = ROOT / "docs/operations.md"


@cache
def boxes() -> dict[str, list[str]]:
    """Lines of each box of commands, by what its first line says they do."""
    text = DOCUMENT.read_text()
    found = re.findall(r"^```sh\n# (.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    assert len(found) == len(dict(found)) > 0
    return {what: lines.splitlines() for what, lines in found}


def run(what: str, lines: slice = slice(None), **other: str) -> str:
    """Run the commands of a box, ``klout`` in this process; gives what they print.

    Words that can't be the same in a test, as the date, are put in the place of the document's.
    """
    return "".join(_run(_with(line, other)) for line in boxes()[what][lines])


def _with(line: str, other: dict[str, str]) -> str:
    for name, value in other.items():
        word = {"day": "2014-09-28", "key": " ID ", "address": "http://127.0.0.1:3000"}[name]
        line = line.replace(word, f" {value} " if word.startswith(" ") else value)
    return line


def _run(line: str) -> str:
    if line.startswith("klout "):
        done = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout
    shell = ["bash", "-euo", "pipefail", "-c", line]
    return subprocess.run(shell, check=True, capture_output=True, text=True).stdout
