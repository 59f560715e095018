"""Compare this build with an earlier revision, in one run: how much faster, how much smaller.

The revision is checked out beside, with an environment of its own; both get copies of their own of
a published lake (that of `make`, without the cache). Then each probe runs on both in turn, round
after round, so that what else the machine does falls on both alike. Ratios are before ÷ after, by
round; the last line is JSON, row to median ratio.

    python -m benchmarks.compare --base main --rounds 5
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare_rows import PROBES, Build, Figures
from benchmarks.machine import in_a_line
from features.errors import KloutError

ROOT = Path(__file__).parents[1]
PLACE = Path(tempfile.gettempdir()) / "klout-compare"
"""Where revisions are checked out and installed, once each."""
LEFT_OUT = shutil.ignore_patterns("cache", "by_account", "store.db.key", ".*lock")


@dataclass(frozen=True)
class Compared:
    """A row: what was measured before and after, a figure each a round."""

    name: str
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """How many times as large the figure was before, by round, in order."""
        pairs = zip(self.before, self.after, strict=True)
        return sorted(before / after for before, after in pairs)

    def line(self) -> str:
        """Write it as a row of a table."""
        low, middle, high = self.ratios[0], statistics.median(self.ratios), self.ratios[-1]
        was, now = statistics.median(self.before), statistics.median(self.after)
        return f"| {self.name} | {was:,.2f} | {now:,.2f} | {low:.2f} | {middle:.2f} | {high:.2f} |"


def compared(rounds: Sequence[tuple[Figures, Figures]]) -> list[Compared]:
    """Put rounds together by row; a row that one of the builds has not is left out."""
    names = [name for name in rounds[0][1] if name in rounds[0][0]]
    return [
        Compared(
            name,
            tuple(before[name] for before, _ in rounds),
            tuple(after[name] for _, after in rounds),
        )
        for name in names
    ]


def installed(revision: str) -> Path:
    """Check a revision out, and install it beside.

    Raises
    ------
    KloutError
        If there is no such revision.
    """
    named = ["git", "rev-parse", "--verify", "--short=12", f"{revision}^{{commit}}"]
    found = subprocess.run(named, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        raise KloutError(f"--base {revision}: no such revision")
    commit = found.stdout.strip()
    root = PLACE / commit
    if not root.exists():
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        add = ["git", "worktree", "add", "--detach", "--quiet", str(root), commit]
        subprocess.run(add, cwd=ROOT, check=True)
    subprocess.run(["make", "--silent", ".venv/ready"], cwd=root, check=True)
    return root


def main() -> None:
    """Run the comparison."""
    told = _told()
    builds = []
    with tempfile.TemporaryDirectory(dir=told.scratch) as scratch:
        for name, root in (("before", installed(told.base)), ("after", ROOT)):
            folder = Path(scratch) / name
            sys.stderr.write(f"{name}: {root}\n")
            shutil.copytree(told.lake, folder / "lake", ignore=LEFT_OUT)
            build = Build(
                root, folder / "lake", told.model.resolve(), told.signals, folder, told.people
            )
            build.prepare()
            builds.append(build)
        rounds = []
        for number in range(told.rounds):
            sys.stderr.write(f"round {number + 1} of {told.rounds}\n")
            before, after = (_measured(build, told.probes) for build in builds)
            rounds.append((before, after))
    rows = compared(rounds)
    head = ["| row | before | after | ratio, least | median | most |", "|---|--:|--:|--:|--:|--:|"]
    sys.stdout.write("\n".join([in_a_line(), "", *head, *(row.line() for row in rows)]) + "\n\n")
    sys.stdout.write(json.dumps({r.name: round(statistics.median(r.ratios), 2) for r in rows}))
    sys.stdout.write("\n")


def _measured(build: Build, probes: Sequence[str]) -> Figures:
    figures: Figures = {}
    for name in probes:
        figures |= PROBES[name](build)
    return figures


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="the revision to compare with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=20, help="whose scores are explained")
    parser.add_argument("--probes", nargs="+", choices=list(PROBES), default=list(PROBES))
    parser.add_argument("--lake", type=Path, default=Path("data/live"))
    parser.add_argument("--model", type=Path, default=Path("models/champion"))
    parser.add_argument("--signals", type=Path, default=Path("data/signals.parquet"))
    parser.add_argument("--scratch", type=Path, help="where copies are made; else the system's")
    told = parser.parse_args()
    for file in (told.lake / "klout.json", told.model / "model.json", told.signals):
        if not file.exists():
            raise KloutError(f"{file}: no such file; run `make` first")
    return told


if __name__ == "__main__":
    try:
        main()
    except KloutError as error:
        sys.exit(f"{error}")
