"""Made-up worlds and real logs side by side: ``make eval-realism``.

A row for each statistic, a column for each real log and each network of the world that has enough
reactions. A statistic of a world is inside if it lies between the least and the greatest of the
real logs; its distance is that to their median, in their standard deviations.

    python -m evaluations.realism --lake data/lake
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluations.command import code_of, described
from evaluations.real.logs import LOGS
from evaluations.realism.activity import Activity
from evaluations.realism.statistics import STATISTICS
from features.errors import KloutError
from features.lake import Lake

FEWEST = 200
"""Reactions that a network of a world, or a real log, needs to be looked at."""


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = described("evaluations.realism", __doc__)
    add = parser.add_argument
    add("--lake", type=Path, nargs="+", default=[Path("data/lake")], help="worlds' lakes")
    add("--shared", type=Path, default=Path("../shared/data"), help="the folder of real logs")
    return code_of(lambda asked: _run(asked.lake, asked.shared), parser.parse_args(given))


def _run(lakes: list[Path], shared: Path) -> None:
    real = {log.name: figures(log) for log in _logs(shared)}
    worlds = {log.name: figures(log) for log in _worlds(lakes)}
    if len(real) < 2:
        raise KloutError(
            f"{shared}: holds {len(real)} of the real logs, and a range needs two; "
            "name their folder with --shared"
        )
    if not worlds:
        raise KloutError(f"{lakes[0]}: no network of it has {FEWEST} reactions")
    columns = {name: pl.Series(values) for name, values in (real | worlds).items()}
    names = pl.DataFrame({"statistic": [each.name for each in STATISTICS]})
    judged = compare(np.array([*real.values()]), np.array([*worlds.values()]))
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=250,
        float_precision=2,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        print(names.with_columns(**columns))
        print(names.hstack(judged))
    print(json.dumps(_line(judged, len(real), len(worlds))))


def figures(log: Activity) -> list[float]:
    """Compute all statistics of a log."""
    return [each.of(log) for each in STATISTICS]


def compare(real: NDArray[np.float64], worlds: NDArray[np.float64]) -> pl.DataFrame:
    """Say of each statistic how near the worlds come to the real logs.

    Parameters
    ----------
    real, worlds
        Shape (logs, statistics); NaN where a log has nothing to tell.

    Returns
    -------
    DataFrame
        ``least``, ``median``, ``greatest`` of the real logs, ``world`` (the worlds' median),
        ``inside`` (the share of worlds between least and greatest) and ``distance`` (mean of
        |world - median of real|, in standard deviations of the real logs). Null where either has
        nothing.
    """
    rows = [_compared(*pair) for pair in zip(real.T, worlds.T, strict=True)]
    names = ["least", "median", "greatest", "world", "inside", "distance"]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.Float64), orient="row")


def _compared(real: NDArray[np.float64], world: NDArray[np.float64]) -> list[float | None]:
    known, made = real[np.isfinite(real)], world[np.isfinite(world)]
    if len(known) < 2 or not len(made):
        return [None] * 6
    low, high, middle = known.min(), known.max(), np.median(known)
    inside = np.mean((made >= low) & (made <= high))
    distance = np.mean(np.abs(made - middle)) / max(float(np.std(known)), 1e-9)
    return [*map(float, (low, middle, high, np.median(made), inside, distance))]


def _line(judged: pl.DataFrame, real: int, worlds: int) -> dict[str, float]:
    known = judged.drop_nulls()
    numbers = known.select(pl.col("inside").mean(), pl.col("distance").mean()).row(0, named=True)
    rounded = {name: round(float(value), 3) for name, value in numbers.items()}
    return rounded | {"statistics": len(known), "real": real, "worlds": worlds}


def _logs(shared: Path) -> Iterator[Activity]:
    """Read the real logs that are there and have reactions."""
    for log in LOGS.values():
        if not (shared / log.file).exists():
            print(f"{log.name}: skipped, {shared / log.file} is not there", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            activity = Activity.of(log.name, log.lake(shared, Path(folder) / "lake"), log.network)
        if len(activity.reactions) >= FEWEST:
            yield activity


def _worlds(lakes: list[Path]) -> Iterator[Activity]:
    """Read the networks of worlds that have enough reactions."""
    for root in lakes:
        if not root.is_dir():
            raise KloutError(f"{root}: no such lake; make one with `klout simulate --out {root}`")
        lake = Lake(root)
        counts = lake.scan("interactions").group_by("network").len().sort("network").collect()
        for network, rows in counts.iter_rows():
            if rows >= FEWEST:
                name = network if len(lakes) == 1 else f"{root.name}.{network}"
                yield Activity.of(f"*{name}", lake, network)


if __name__ == "__main__":
    sys.exit(main())
