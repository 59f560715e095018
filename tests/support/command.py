"""Run `klout` in this process."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import NamedTuple
from unittest import mock

from serving.cli.app import main


class Ended(NamedTuple):
    """How a command ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def klout(*words: object) -> Ended:
    """Run a command; what it raises beside its own errors is raised here, as a traceback would."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["klout", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def refused(*words: object) -> str:
    """Run a command that must fail in one line, and give the line."""
    ended = klout(*words)
    assert ended.code == 1, (ended.out, ended.err)
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.startswith("klout: ")
    return ended.err
