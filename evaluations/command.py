"""What the commands of the evaluations share: how they are described, and how they fail."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from features.errors import KloutError


def described(name: str, about: str | None) -> argparse.ArgumentParser:
    """Begin the parser of ``python -m NAME``, whose module's docstring is its description."""
    return argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def asks_real_logs(parser: argparse.ArgumentParser) -> None:
    """Add which model is asked, where the real logs are, and where tables of them are kept."""
    add = parser.add_argument
    add("--model", type=Path, default=Path("models/champion"), help="a trained model's folder")
    add("--shared", type=Path, default=Path("../shared/data"), help="the folder of real logs")
    add("--work", type=Path, default=Path("data/real"), help="where tasks' tables are kept")


def code_of(run: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    """Run a command; an error of ours is one line, and exit code 1."""
    try:
        run(arguments)
    except KloutError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def nothing_in(shared: Path) -> KloutError:
    """Say that a folder holds none of the real logs."""
    return KloutError(f"{shared}: holds none of the real logs; name their folder with --shared")
