"""Publishing: the model, the file with all there is, then the history, which makes it count."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.files import replacing, sync_file, sync_folder
from features.identity import midnight
from features.lake import Lake, Piece, Source, write
from features.people.scrubbing import PUBLISHED
from serving.daily.models import keep_model
from training.model import Model

FORMAT = "daily"


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


def source_of(as_of: date | str, version: str) -> str:
    """Say how the ledger names the scores of a day by a model."""
    return f"scores of {as_of} by model {version}"


def published_by(lake: Lake, as_of: date) -> str | None:
    """Name the version of the model that published a day; None: none did."""
    prefix = source_of(as_of, "")
    sources = (entry.source for entry in lake.entries if entry.format == FORMAT)
    return next((s.removeprefix(prefix) for s in sources if s.startswith(prefix)), None)


def publish(root: Path, as_of: date, scores: pl.DataFrame, model: Model) -> None:
    """Make a day's scores visible: first the model and all there is, then the history."""
    keep_model(root, model)
    file = root / PUBLISHED / f"{as_of}.parquet"
    with replacing(file) as draft:
        scores.write_parquet(draft)
        sync_file(draft)
    sync_folder(file.parent)
    rows = scores.select(
        pl.int_range(pl.len(), dtype=pl.UInt64).alias("row"),
        "person",
        "score",
        as_of=pl.lit(midnight(as_of)),
    )
    piece = Piece("scores", rows, file.name)
    source = Source(source_of(as_of, model.version), FORMAT, _digest(as_of))
    now = max(datetime.now(UTC), midnight(as_of))  # a day far ahead was asked for by name
    write(root, [piece], source, model.catalogue, now)


def _digest(as_of: date) -> str:
    return hashlib.sha256(f"{FORMAT} {as_of}".encode()).hexdigest()
