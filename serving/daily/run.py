"""The day's run as a library call, for whoever schedules it."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.files import replacing
from features.identity import midnight
from features.lake import Lake, Piece, Source, write
from features.lake.ledger import sync_folder
from features.materialize import identified
from features.people.optouts import opted_out
from features.sliding.cache import Cache, held
from features.sliding.run import Run, start
from features.sliding.tables import table_of
from features.sliding.trouble import explained, mending
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.arrivals import to_fold
from serving.daily.recording import reported, settle
from serving.daily.scoring import parts_of, scores_of, with_changed
from serving.daily.steps import Steps
from training.model import Model

PUBLISHED = "published"
FORMAT = "daily"
PATIENCE = 60.0
"""Seconds that publishing waits for whoever writes to the lake."""

_PAUSE = 0.2
_NOT_KEPT = "the next run starts from what an earlier one kept"
_LOG = logging.getLogger(__name__)
_PARTS = pl.DataFrame(schema={"person": pl.String, "part": pl.Float64})


def daily(
    root: Path,
    as_of: date,
    model: Model,
    steps: Steps | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
    thresholds: Thresholds = USUAL,
) -> pl.DataFrame | None:
    """Compute the scores of a day and publish them.

    Parameters
    ----------
    root
        The lake's directory.
    as_of
        Only what happened before 00:00 UTC of this day counts.
    model
        Whose networks and signals are computed.
    steps
        Is told how long each step takes.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.
    thresholds
        Beyond which the run's report (`serving.daily.report.RunReport`) holds an alarm.

    Returns
    -------
    DataFrame or None
        As `Model.score`; None if the day was published already.

    Raises
    ------
    KloutError
        If another run is at work, a later day was published, a file of the lake is damaged, there
        is no space left, or the lake can't be written to. What was published stays as it was.
    """
    steps = Steps() if steps is None else steps
    with held(root) as cache:
        lake = Lake(root)
        if is_published(lake, as_of):
            settle(root, as_of)
            return None

        def compute() -> tuple[Run, pl.DataFrame]:
            run = start(lake, as_of, model.catalogue, cache)
            steps.expect(to_fold(run.inputs))
            return run, _scores(run, cache, model, steps, on_rows)

        with explained(lake, as_of, f"{as_of} is not published"):
            run, scores = mending(cache, lake, as_of, compute)
        with (
            explained(lake, as_of, f"the report of {as_of} is not complete"),
            reported(run.inputs, scores, model, steps, thresholds),
        ):
            with steps.step("publish"), explained(lake, as_of, f"{as_of} is not published"):
                publish(root, as_of, scores, model)
            with steps.step("keep"), explained(lake, as_of, f"{as_of} is published; {_NOT_KEPT}"):
                run.commit([_parts_name(network.name, model) for network in run.catalogue.networks])
    return scores


def is_published(lake: Lake, as_of: date) -> bool:
    """Whether a day's scores are in the history.

    Raises
    ------
    KloutError
        If there are later ones, but not of this day: history is never written backwards.
    """
    days = sorted({str(file.day) for file in lake.files("scores")})
    # A day on which there was nobody to score has an entry and no file.
    if as_of.isoformat() in days or any(entry.digest == _digest(as_of) for entry in lake.entries):
        return True
    if days and days[-1] > as_of.isoformat():
        raise KloutError(
            f"{lake.root}: scores up to {days[-1]} are published; a run goes forward, not back to "
            f"{as_of}"
        )
    return False


def publish(root: Path, as_of: date, scores: pl.DataFrame, model: Model) -> None:
    """Make a day's scores visible: first the file with all there is, then the history."""
    file = root / PUBLISHED / f"{as_of}.parquet"
    with replacing(file) as draft:
        scores.write_parquet(draft)
        _sync(draft)
    sync_folder(file.parent)
    rows = scores.select(
        pl.int_range(pl.len(), dtype=pl.UInt64).alias("row"),
        "person",
        "score",
        as_of=pl.lit(midnight(as_of)),
    )
    piece = Piece("scores", rows, file.name)
    source = Source(f"scores of {as_of} by model {model.version}", FORMAT, _digest(as_of))
    _patiently(root, lambda: write(root, [piece], source, model.catalogue, datetime.now(UTC)))


def _patiently(root: Path, act: Callable[[], object]) -> None:
    """Do what needs the lake's lock; wait if somebody else holds it, at most `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    is_said = False
    while True:
        try:
            act()
        except KloutError as error:
            # Refused because the lock was not free: that is what was raised at first.
            if not isinstance(error.__context__, BlockingIOError) or time.monotonic() > deadline:
                raise
        else:
            return
        if not is_said:
            _LOG.warning("%s is being written to; waiting up to %g s", root, PATIENCE)
            is_said = True
        time.sleep(_PAUSE)


def _sync(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _digest(as_of: date) -> str:
    return hashlib.sha256(f"{FORMAT} {as_of}".encode()).hexdigest()


def _scores(
    run: Run, cache: Cache, model: Model, steps: Steps, on_rows: Callable[[int], None]
) -> pl.DataFrame:
    parts: dict[str, pl.DataFrame] = {}
    moved = run.networks(on_rows)
    while True:
        with steps.step("slide"):
            step = next(moved, None)
        if step is None:
            break
        owners, done = step
        name = owners.network.name
        before = cache.kept(_parts_name(name, model))
        persons = None if before is None else done.persons
        with steps.step("signals"):
            table = table_of(done.state, owners, persons)
        with steps.step("score"):
            anew = parts_of(table, owners.network, model)
        parts[name] = with_changed(_PARTS if before is None else before, persons, anew)
        cache.put_frame(_parts_name(name, model), parts[name])
        steps.network(name, done.state, anew)
    with steps.step("add up"):
        holders = [part.select("person") for part in parts.values()]
        lake, as_of = run.inputs.lake, run.inputs.as_of
        everybody = pl.concat([*holders, identified(lake, as_of)]).unique()
        stay = everybody.join(opted_out(lake, as_of), on="person", how="anti")
        return scores_of(stay, parts, model)


def _parts_name(network: str, model: Model) -> str:
    """Name what is kept of a network's parts: another model's are others."""
    return f"parts-{network}-{model.version}"
