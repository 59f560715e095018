"""The models that scored published days, kept in the lake: `models/VERSION/`.

A day is explained by the model that scored it, also when another has long taken its place.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake.lock import writing
from features.storage.atomic import sync_file, sync_folder
from features.storage.objects import is_remote, reaching
from features.storage.paths import found, move, remove
from training.influence.model import NUMBERS, Model
from training.influence.reference import FILE, read_reference

MODELS = "models"
LOADED = 3
"""Kept models that a process holds: each takes some tens of megabytes once it has scored."""


@dataclass(frozen=True)
class ArchivedModel:
    """A model, and the percentiles of signals that belong to it; None: they are not known."""

    model: Model
    reference: pl.DataFrame | None = None


def keep_model(root: Path, model: Model) -> None:
    """Put a model into a lake, with its percentiles if it was read from a folder that has them.

    Whoever finds its numbers finds all of it, as they come last. What a killed run leaves is put
    right by the next that keeps the model.

    Raises
    ------
    BusyError
        If another run is writing to the lake.
    """
    folder = _folder(root, model.version)
    if _is_kept(folder):
        return
    with writing(root) as staging:
        staging.mkdir(exist_ok=True)
        draft = staging / MODELS
        model.save(draft, _reference(model))
        _place(draft, folder)
        for above in (folder.parent, root):
            sync_folder(above)


def model_of(root: Path, version: str) -> ArchivedModel | None:
    """Read a model that a lake keeps; None: it keeps none of this version.

    Raises
    ------
    KloutError
        If it is damaged.
    """
    folder = _folder(root, version)
    return _loaded(folder) if _is_kept(folder) else None


@lru_cache(maxsize=LOADED)
def _loaded(folder: Path) -> ArchivedModel:
    with reaching(folder):
        model, file = Model.load(folder), folder / FILE
        return ArchivedModel(
            model, pl.read_parquet(str(file), glob=False) if file.exists() else None
        )


def _folder(root: Path, version: str) -> Path:
    return root / MODELS / version


def _is_kept(folder: Path) -> bool:
    with reaching(folder):
        return (folder / NUMBERS).exists()


def _reference(model: Model) -> pl.DataFrame | None:
    """Read a model's percentiles, unless another model has taken its folder by now."""
    if model.folder is None or is_remote(model.folder):
        return None
    with suppress(OSError, ValueError, KeyError, KloutError):  # scores don't wait for it
        version = json.loads((model.folder / NUMBERS).read_text())["version"]
        if version == model.version and (model.folder / FILE).is_file():
            return read_reference(model.folder / FILE, model.catalogue)
    return None


def _place(draft: Path, folder: Path) -> None:
    """Move a draft's files to where they stay, the numbers last."""
    drafts = {file: folder / file.name for file in sorted(draft.iterdir())}
    remove([file for file in found(folder, "*") if file not in drafts.values()])
    for file in drafts:
        sync_file(file)
    last = {file: final for file, final in drafts.items() if final.name == NUMBERS}
    for some in ({file: drafts[file] for file in drafts.keys() - last.keys()}, last):
        move(some)
        sync_folder(folder)
