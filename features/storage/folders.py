"""Folders of ours: each says by a file what it is, and where that is missing nothing is removed.

The file is `MARKER`. A command makes it in a new or empty folder, knows it again, and refuses any
other folder in one line, before it writes or removes anything.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

from features.errors import KloutError
from features.storage.objects import create, is_remote, key_of, reaching
from features.storage.paths import found, read_all

MARKER = "klout.json"
"""No hidden name: it is seen by whoever looks into a folder, and ``cp -r L/* M`` copies it."""

_NOBODYS = ("lost+found", ".snapshot", ".DS_Store", f".{MARKER}.*")
"""What stands in folders that are empty: made by a file system, or by us a moment before a kill."""

_NAMED = 3
"""So many names are told of what a folder holds."""


@dataclass(frozen=True)
class FolderKind:
    """What a folder of ours can be.

    Attributes
    ----------
    name
        Stands in the marker, and in what is said.
    own
        Patterns of the names that stand in it; a folder that holds another is never removed.
    before
        Patterns of names that may be in a folder before it gets its marker.
    alone
        Whether a new one may not stand in another folder of ours.
    """

    name: str
    own: tuple[str, ...] = ("*",)
    before: tuple[str, ...] = ()
    alone: bool = False


LAKE = FolderKind("lake", before=(".lock", ".daily.lock"), alone=True)

CACHES = FolderKind("folder of caches", alone=True)
CACHE = FolderKind("cache of a lake", before=(".lock",))
MODEL = FolderKind("model", own=("trees.txt", "model.json", "signal_quantiles.parquet"))
INTEGRITY = FolderKind("integrity model", own=("trees.txt", "classifier.json"))
EXPORTED = FolderKind("model of MLflow")
PLOTS = FolderKind("folder of plots", own=("*.csv", "sheet.png"))
DRAFT = FolderKind("draft", before=(".draft.lock",))
"""Of a folder that is being written, beside the one whose place it takes."""


@dataclass(frozen=True)
class Marker:
    """What a folder says of itself.

    Attributes
    ----------
    kind
        `Kind.name`.
    id
        Its identity, which a copy of the folder shares.
    of
        Of a cache: the id of its lake.
    """

    kind: str
    id: str
    of: str | None = None


def read_marker(folder: Path) -> Marker | None:
    """Read what a folder says of itself; None: it is none of ours.

    Raises
    ------
    KloutError
        If the marker can't be read, or is damaged.
    """
    file = folder / MARKER
    try:
        with reaching(file):
            data = read_all([file])[0]
        return Marker(**json.loads(data))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KloutError(f"{file}: can't be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise KloutError(f"{file}: damaged: {error}") from error


def claim(
    folder: Path, kind: FolderKind, marker_id: str | None = None, of: str | None = None
) -> Marker:
    """Make a folder one of ours if it is new or empty; one that is stays as it is.

    Parameters
    ----------
    folder
        Also one of object storage.
    kind
        What it is, or is to be.
    marker_id
        Of a new one; None: at random.
    of
        As `Marker.of`.

    Raises
    ------
    KloutError
        If it holds anything else, or can't be made.
    """
    if (there := recognised(folder, kind)) is not None:
        return there
    marker = Marker(kind.name, marker_id or secrets.token_hex(16), of)
    if is_remote(folder):
        create(folder / MARKER, _text(marker))
    else:
        is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _create(folder / MARKER, _text(marker))
        except OSError as error:
            with suppress(OSError):  # what could not be marked is not left behind
                if is_new:
                    folder.rmdir()
            raise KloutError(f"{folder}: can't be written to: {error.strerror}") from error
    return read_marker(folder) or marker


def recognised(folder: Path, kind: FolderKind) -> Marker | None:
    """Know a folder of ours again; None: it is new or empty.

    Raises
    ------
    KloutError
        If it is of another kind, or holds anything that is not ours.
    """
    there = read_marker(folder)
    if there is not None and there.kind != kind.name:
        raise KloutError(f"{folder}: is {_one(there.kind)}; {_expected(kind)}")
    if there is None and not is_remote(folder) and folder.exists() and not folder.is_dir():
        raise KloutError(f"{folder}: a {kind.name} is a directory, this is a file")
    if there is None and (names := _others(folder, kind.before)):
        raise KloutError(f"{folder}: holds {_said(names)}, and no {MARKER}; {_expected(kind)}")
    if there is None and kind.alone and (around := ours_around(folder)) is not None:
        raise KloutError(f"{folder}: stands in {around}, which only klout itself writes to")
    return there


def check_made(folder: Path, kind: FolderKind, made_by: str) -> None:
    """Refuse a folder to read from that is not of this kind.

    Raises
    ------
    KloutError
        If it is not there, or is anything else; names the command that makes one.
    """
    if recognised(folder, kind) is None:
        raise KloutError(f"{folder}: no {kind.name} here; make one with `{made_by}`")


def check_own(folder: Path, kind: FolderKind) -> None:
    """Refuse a local folder that may not be replaced: it is none of this kind, or holds more.

    Raises
    ------
    KloutError
        Naming what it holds.
    """
    there = recognised(folder, kind)
    if there is not None and (names := _others(folder, (MARKER, *kind.own))):
        raise KloutError(
            f"{folder}: holds {_said(names)}, which is no part of a {kind.name}; move it away, "
            "since the folder is replaced whole"
        )


def mark(folder: Path, kind: FolderKind, marker_id: str) -> None:
    """Write the marker into a folder that this run has made."""
    (folder / MARKER).write_bytes(_text(Marker(kind.name, marker_id)))


def ours_around(path: Path) -> Path | None:
    """Name the folder of ours that a path on a disk stands in; None: in none."""
    if is_remote(path):
        return None
    above = path.resolve().parents
    return next((folder for folder in above if (folder / MARKER).is_file()), None)


def remove_files(root: Path, names: Iterable[str]) -> None:
    """Remove files below a folder, and the folders in which nothing is left, but not the root."""
    folders = set()
    for name in names:
        (root / name).unlink(missing_ok=True)
        folders |= {*Path(name).parents} - {Path()}
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        with suppress(OSError):  # something is left in it
            (root / folder).rmdir()


def _text(marker: Marker) -> bytes:
    said = {name: value for name, value in asdict(marker).items() if value is not None}
    return json.dumps(said, indent=1).encode() + b"\n"


def _create(file: Path, text: bytes) -> None:
    """Write a file whole, if there is none: of two at once one is first."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(text)
        _link(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    except OSError:  # a disk without such links
        draft.replace(file)


def _others(folder: Path, but: tuple[str, ...]) -> list[str]:
    """Name what stands in a folder, apart from some."""
    if is_remote(folder):
        start = len(key_of(folder)) + 1
        names = [key_of(path)[start:] for path in found(folder, "*", deep=True)]
    else:
        try:
            names = [path.name for path in folder.iterdir()] if folder.exists() else []
        except OSError as error:
            raise KloutError(f"{folder}: can't be read: {error.strerror}") from error
    known = (*_NOBODYS, *but)
    return sorted(name for name in names if not any(fnmatch(name, each) for each in known))


def _said(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _expected(kind: FolderKind) -> str:
    return f"expected {_one(kind.name)}, or an empty or new folder"


def _one(kind: str) -> str:
    """Put the article before a kind's name."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
