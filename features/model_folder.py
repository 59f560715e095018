"""A folder that holds a model: its trees as text, the rest as JSON. Nothing in it is code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import polars as pl

from features import folders
from features.errors import KloutError
from features.files import replacing_folder, standing

TREES = "trees.txt"
FORMAT = 1
"""Of what is written here; a folder that does not say is of the first."""


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
    folder: folders.Kind


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
        (draft / kind.numbers).write_text(json.dumps(said, indent=1) + "\n")
        for name, frame in frames.items():
            frame.write_parquet(draft / name)


def read(folder: Path, kind: Kind, make: Callable[[str, dict[str, Any]], Kept]) -> Kept:
    """Read a model, and check that it is the one that was written.

    Parameters
    ----------
    make
        Makes it of its trees and its numbers.

    Raises
    ------
    KloutError
        If there is none, a file of it is missing, damaged or changed, or it is of a newer klout.
    """
    trees, numbers = _content(standing(folder), kind)
    try:
        if (form := int(numbers.get("format", FORMAT))) > FORMAT:
            raise KloutError(
                f"{folder}: a {kind.name} of format {form}; this klout reads {FORMAT}: "
                "it is of a newer klout"
            )
        made, version = make(trees, numbers), numbers["version"]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _damaged(folder, kind, f"{type(error).__name__}: {error}") from error
    if made.version != version:
        raise _damaged(folder, kind, f"its content is not version {version}")
    return made


def refuse_faults(folder: Path, kind: Kind, found: Sequence[object]) -> None:
    """Raise a `KloutError` that names the first of the faults found, if there are any."""
    if found:
        raise KloutError(
            f"{folder}: the {kind.name} breaks its promises: {len(found)} faults; first: {found[0]}"
        )


def _content(folder: Path, kind: Kind) -> tuple[str, dict[str, Any]]:
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
    try:
        return (folder / TREES).read_text(), numbers
    except FileNotFoundError as error:
        raise _damaged(folder, kind, f"{TREES} is missing") from error
    except ValueError as error:
        raise _damaged(folder, kind, f"{TREES} is no text: {error}") from error
    except OSError as error:
        raise KloutError(f"{folder}: the {kind.name} can't be read: {error}") from error


def _damaged(folder: Path, kind: Kind, how: str) -> KloutError:
    return KloutError(f"{folder}: damaged {kind.name}: {how}")
