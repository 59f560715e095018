"""The day's integrity work beside the day's tiles, at a million interactions a day.

The lake is copies of the default world's, so that there are friends, farms and crowds in it. Each
day whoever is due is judged, and then the day is folded into tiles and the windows are moved on, as
``klout daily`` does it. Beside it stands what it takes to judge everybody by reading the lake.

    python -m benchmarks.judging
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from benchmarks.behaviours import DATA, DOCUMENT, PARAMS
from benchmarks.copies import copies
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from benchmarks.stability import read_as_of
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.incremental.cache import Cache, held
from features.incremental.executor import local
from features.incremental.run import start
from features.lake import Lake
from features.signals.owners import Owners, claims
from features.signals.tiles import fold
from training.integrity.assess import assess, judged
from training.integrity.classifier import Classifier
from training.integrity.daily.judge_due import FOLDER, judge_due
from training.integrity.integrity_jobs import remember

NAME = "bench-judging"
MODEL = Path("models/integrity")
COPIES = 6
DAYS = 3
CATALOGUE = Catalogue(load_networks(None))

Seconds = dict[str, list[float]]
"""CPU seconds by what was done, of each day."""


def spent(seconds: Seconds, name: str, work: Callable[[], object]) -> None:
    """Add the CPU seconds of some work."""
    began = time.process_time()
    work()
    seconds.setdefault(name, []).append(time.process_time() - began)


def judge(root: Path, as_of: date) -> int:
    """Judge whoever is due, as the day's run does; returns how many."""
    lake = Lake(root)
    judgement = judge_due(
        Cache(root / "cache" / FOLDER), lake, as_of, CATALOGUE, Classifier.load(MODEL)
    )
    remember(root, judgement.rows, CATALOGUE)
    judgement.commit(Lake(root))
    return sum(map(len, judgement.tables.values()))


def slide(root: Path, as_of: date) -> None:
    """Fold the day into tiles and move all windows on, as the day's run does; nobody is scored."""
    with held(root) as cache, local() as engine:
        run = start(Lake(root), as_of, CATALOGUE, cache)
        for _ in run.networks(engine, lambda _: None):
            pass
        run.commit()


def fold_alone(root: Path, as_of: date) -> int:
    """Fold the day into tiles, of accounts without standing, and keep nothing; count its rows."""
    lake, claimed, rows = Lake(root), claims(Lake(root), as_of), 0
    for network in judged(CATALOGUE):
        files = lake.files("interactions", [network.name], as_of - timedelta(1), as_of)
        fold(lake.scan_files("interactions", files), Owners.of(network, claimed), None)
        rows += sum(file.rows for file in files)
    return rows


def measured(root: Path, number: int) -> tuple[Seconds, list[int], list[int]]:
    """Run the last days of a lake of copies: seconds, accounts judged, interactions."""
    copies(Lake(DATA / "lake"), root, number)
    end, seconds, accounts, rows = read_as_of(PARAMS), Seconds(), list[int](), list[int]()
    judge(root, end - timedelta(DAYS))
    slide(root, end - timedelta(DAYS))
    for day in (end - timedelta(DAYS - 1 - n) for n in range(DAYS)):
        spent(seconds, "judging whoever is due", lambda day=day: accounts.append(judge(root, day)))
        spent(seconds, "tiles and windows", lambda day=day: slide(root, day))
        spent(seconds, "tiles alone", lambda day=day: rows.append(fold_alone(root, day)))
    lake, classifier = Lake(root), Classifier.load(MODEL)
    everybody = "judging everybody, by reading the lake"
    spent(seconds, everybody, lambda: assess(lake, end, CATALOGUE, classifier))
    return seconds, accounts, rows


def main() -> None:
    """Measure, print, and write the table to docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--copies", type=int, default=COPIES, help="of the default world")
    parser.add_argument("--folder", type=Path, help="for the lake, which is removed again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-judging-", dir=options.folder) as folder:
        seconds, accounts, rows = measured(Path(folder) / "lake", options.copies)
    cpu = {name: median(each) for name, each in seconds.items()}
    windows = cpu["tiles and windows"]
    lines = [
        f"{median(rows):,.0f} interactions a day, {median(accounts):,.0f} accounts due.",
        "",
        "| of a day | CPU s | of tiles and windows |",
        "|---|---:|---:|",
        *(f"| {name} | {each:.2f} | {each / windows:.2f} |" for name, each in cpu.items()),
        "",
        f"Median of {DAYS} days in a row; everybody was judged once. "
        f"Measured on: {in_a_line(('polars', 'numpy', 'scipy', 'lightgbm'))}.",
    ]
    print("\n".join(lines))
    put_between_markers(DOCUMENT, NAME, "\n".join(lines))
    print(json.dumps({name.replace(" ", "_"): round(each, 2) for name, each in cpu.items()}))


if __name__ == "__main__":
    main()
