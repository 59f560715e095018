"""A folder that holds a model: its trees as text, the rest as JSON. Nothing in it is code.

``trees.txt`` holds the trees in LightGBM's text; ``model.json`` (``classifier.json`` of a model of
integrity) the version, the catalogue, link and scale as numbers, and how it was trained;
``signal_quantiles.parquet`` the percentiles of signals that explanations compare with;
``klout.json`` says that the folder is ours.

The JSON holds a digest of itself and of every other file, so that what was cut or changed is not
taken for a model, whichever file it is in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import polars as pl

from features.errors import KloutError
from features.storage import folders
from features.storage.atomic import replacing_folder, standing
from features.storage.paths import found, read_all

TREES = "trees.txt"
FORMAT = 3
"""Of what is written here."""
_FILES, _DIGEST = "files", "digest"
"""Names in the JSON: the digests of the other files, and that of the JSON without it."""


class Versioned(Protocol):
    """What is named by its content."""

    @property
    def version(self) -> str:
        """A digest of all that it computes with."""


Kept = TypeVar("Kept", bound=Versioned)


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes
    ----------
    name
        What it is called.
    numbers
        Its file beside the trees.
    made_by
        The command that makes it.
    folder
        What its folder is marked as.
    """

    name: str
    numbers: str
    made_by: str
    folder: folders.FolderKind


def write(
    folder: Path,
    kind: Kind,
    version: str,
    trees: str,
    numbers: dict[str, Any],
    frames: Mapping[str, pl.DataFrame] = MappingProxyType({}),
) -> None:
    """Write a model to a folder, which is replaced whole; with it frames, by the name of the file.

    Raises
    ------
    KloutError
        If the folder holds anything else; it is left as it is.
    """
    said = {"format": FORMAT, "version": version, **numbers}
    with replacing_folder(folder, kind.folder, version) as draft:
        (draft / TREES).write_text(trees)
        for name, frame in frames.items():
            frame.write_parquet(draft / name)
        said[_FILES] = {name: _digest((draft / name).read_bytes()) for name in (TREES, *frames)}
        said[_DIGEST] = _digest_of(said)
        (draft / kind.numbers).write_text(json.dumps(said, indent=1) + "\n")


def read(folder: Path, kind: Kind, make: Callable[[str, dict[str, Any]], Kept]) -> Kept:
    """Read a model, and check that it is the one that was written.

    Parameters
    ----------
    make
        Makes it of its trees and its numbers.

    Raises
    ------
    KloutError
        If there is none, a file of it is missing, damaged or changed, or it is of another klout.
    """
    place = standing(folder)
    numbers = _numbers(place, kind)
    if (form := numbers.get("format")) != FORMAT:
        raise KloutError(
            f"{folder}: a {kind.name} of format {form}; this klout reads {FORMAT}: it is of "
            f"another klout; make one with `{kind.made_by}`"
        )
    if (fault := _fault(place, kind, numbers)) is not None:
        raise _damaged(folder, kind, fault)
    try:
        made, version = make((place / TREES).read_text(), numbers), numbers["version"]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _damaged(folder, kind, f"{type(error).__name__}: {error}") from error
    if made.version != version:
        raise _damaged(folder, kind, f"its content is not version {version}")
    return made


def refuse_faults(folder: Path, kind: Kind, faults: Sequence[object]) -> None:
    """Raise a `KloutError` that names the first of the faults found, if there are any."""
    if faults:
        raise KloutError(
            f"{folder}: the {kind.name} breaks its promises: {len(faults)} faults; "
            f"first: {faults[0]}"
        )


def _numbers(folder: Path, kind: Kind) -> dict[str, Any]:
    try:
        numbers = json.loads((folder / kind.numbers).read_text())
    except FileNotFoundError as error:
        raise KloutError(
            f"{folder}: no {kind.name} here; make one with `{kind.made_by}`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, kind, f"{kind.numbers} is no JSON: {error}") from error
    except OSError as error:
        raise KloutError(f"{folder}: the {kind.name} can't be read: {error}") from error
    if not isinstance(numbers, dict):
        raise _damaged(folder, kind, f"{kind.numbers} holds no object")
    return numbers


def _fault(folder: Path, kind: Kind, numbers: dict[str, Any]) -> str | None:
    """Say which file is missing, changed, or none of the model's; None: all are as written."""
    files = numbers.get(_FILES)
    if numbers.get(_DIGEST) != _digest_of(numbers) or not isinstance(files, dict):
        return f"{kind.numbers} is not as it was written"
    own = [path for path in found(folder, "*") if path.name in kind.folder.own]
    here = {path.name: path for path in own if path.name != kind.numbers}
    if lost := sorted(files.keys() - here.keys()):
        return f"{lost[0]} is missing"
    if added := sorted(here.keys() - files.keys()):
        return f"{added[0]} is none of its files"
    try:
        contents = read_all([here[name] for name in files])
    except OSError as error:
        raise KloutError(f"{folder}: the {kind.name} can't be read: {error}") from error
    for (name, digest), content in zip(files.items(), contents, strict=True):
        if _digest(content) != digest:
            return f"{name} is not as it was written"
    return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(numbers: dict[str, Any]) -> str:
    """Digest all that a model's JSON says, whatever the order and the blanks."""
    said = {name: value for name, value in numbers.items() if name != _DIGEST}
    return _digest(json.dumps(said, sort_keys=True).encode())


def _damaged(folder: Path, kind: Kind, how: str) -> KloutError:
    return KloutError(f"{folder}: damaged {kind.name}: {how}")
