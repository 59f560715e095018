"""Publishing: the model, the file with all there is, then the history, which makes it count."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from features.lake import Lake, Piece, Source, write
from features.lake.published import DAILY, source_of
from features.lake.times import midnight
from features.lake.withdrawals import again
from features.people.scrubbing import PUBLISHED, PUBLISHED_TOPICS
from features.storage.atomic import replacing, sync_file, sync_folder
from features.storage.paths import remove
from training.influence.model import Model
from training.registry.archive import keep_model


def publish(
    root: Path,
    as_of: date,
    scores: pl.DataFrame,
    model: Model,
    why: str = "",
    topics: pl.DataFrame | None = None,
) -> None:
    """Make a day's scores visible: first the model and all there is, then the history.

    Parameters
    ----------
    why
        Why it may be published beyond the gate's bounds (`serving.daily.gate`), for the ledger.
    topics
        `serving.store.day.TOPICS`; None or empty: the day has none.
    """
    keep_model(root, model)
    _write(root / PUBLISHED / f"{as_of}.parquet", scores)
    of_topics = root / PUBLISHED_TOPICS / f"{as_of}.parquet"
    if topics is not None and len(topics):
        _write(of_topics, topics)
    elif of_topics.exists():  # of a run that was killed before it published
        remove([of_topics])
    rows = scores.select(
        pl.int_range(pl.len(), dtype=pl.UInt64).alias("row"),
        "person",
        "score",
        as_of=pl.lit(midnight(as_of)),
    )
    piece = Piece("scores", rows, f"{as_of}.parquet")
    source = Source(source_of(as_of, model.version), DAILY, _digest(Lake(root), as_of), why)
    now = max(datetime.now(UTC), midnight(as_of))  # a day far ahead was asked for by name
    write(root, [piece], source, model.catalogue, now)


def _write(file: Path, rows: pl.DataFrame) -> None:
    with replacing(file) as draft:
        rows.write_parquet(draft)
        sync_file(draft)
    sync_folder(file.parent)


def _digest(lake: Lake, as_of: date) -> str:
    return hashlib.sha256(f"{DAILY} {as_of}{again(lake, as_of)}".encode()).hexdigest()
