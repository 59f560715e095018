"""Who was champion when, by whom and why: aliases of MLflow keep no history.

Each decision is a file of JSON in `champions/` beside MLflow's database, numbered from 1. It
appears whole under a number that nobody else can take, and is never written to again.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.storage.atomic import sync_folder

FOLDER = "champions"
PROMOTED, REFUSED, ROLLED_BACK, FOUND = "promoted", "refused", "rolled back", "found"
"""Events; `FOUND` is a champion that no decision tells of."""
FIGURES = ("log_loss", "accuracy", "auc")
"""Metrics of a model that its decision keeps."""
_AT = "%Y-%m-%d %H:%M:%S%z"


@dataclass(frozen=True)
class Decision:
    """What became of a model.

    Attributes
    ----------
    event
        `PROMOTED`, `REFUSED`, `ROLLED_BACK` or `FOUND`.
    model
        Version of the model decided on; of a rollback, that of the model brought back.
    champion, before
        Versions of the models that are champion since, and were until then; None: there was none.
    why
        The reason, for people.
    version, run
        MLflow's names for the model and for its run; None where there are none.
    log_loss, accuracy, auc
        Of the model; None where they are not known.
    by
        Who ran the command.
    at
        When, in UTC.
    """

    event: str
    model: str | None
    champion: str | None
    before: str | None
    why: str
    version: str | None = None
    run: str | None = None
    log_loss: float | None = None
    accuracy: float | None = None
    auc: float | None = None
    by: str = ""
    at: str = ""

    @property
    def changed(self) -> bool:
        """Whether another model is champion since."""
        return self.champion != self.before


def user() -> str:
    """Name who runs this process, as MLflow does."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's number may have no name
        return "unknown"


def decided(home: Path, decision: Decision) -> None:
    """Add a decision of now, by the user of now.

    Raises
    ------
    KloutError
        If it can't be written.
    """
    folder = home / FOLDER
    signed = asdict(decision) | {"by": user(), "at": f"{datetime.now(UTC):{_AT}}"}
    draft = folder / f".{secrets.token_hex(8)}.draft"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(json.dumps(signed, indent=1) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            _take_number(folder, draft)
        finally:
            draft.unlink()
        sync_folder(folder)
    except OSError as error:
        raise KloutError(f"{folder}: can't be written: {error.strerror or error}") from error


def decisions(home: Path) -> list[Decision]:
    """Read all decisions, the first first.

    Raises
    ------
    KloutError
        If a file is damaged.
    """
    return [_read(file) for file in sorted((home / FOLDER).glob("[0-9]*.json"))]


def champion_told(told: list[Decision]) -> str | None:
    """Say who is champion by the decisions."""
    return told[-1].champion if told else None


def table(told: list[Decision]) -> pl.DataFrame:
    """Lay decisions out, a row each, in their order.

    Returns
    -------
    pl.DataFrame
        The fields of `Decision`, ``at`` as a time in UTC, and ``until``: when another model became
        champion, null of refusals and of the champion of now.
    """
    rows = [asdict(decision) for decision in told]
    kinds = {field.name: pl.String for field in fields(Decision)} | dict.fromkeys(
        FIGURES, pl.Float64
    )
    frame = pl.DataFrame(rows, schema=kinds).with_columns(
        pl.col("at").replace("", None).str.to_datetime(_AT, time_unit="us"),
    )
    changed = pl.Series("changed", [decision.changed for decision in told], dtype=pl.Boolean)
    # The change that comes after each: looked up from the end.
    ends = pl.when(changed).then(pl.col("at")).shift(-1).backward_fill()
    return frame.with_columns(until=pl.when(changed).then(ends)).select(
        "at", "until", *(name for name in frame.columns if name != "at")
    )


def _take_number(folder: Path, draft: Path) -> None:
    """Give a draft the next number that is free; a link to it appears at once or not at all."""
    number = 1 + max((int(file.stem) for file in folder.glob("[0-9]*.json")), default=0)
    while True:
        try:
            (folder / f"{number:06d}.json").hardlink_to(draft)
        except FileExistsError:
            number += 1
        else:
            return


def _read(file: Path) -> Decision:
    try:
        return Decision(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise KloutError(f"{file}: no decision about a champion: {error}") from error
