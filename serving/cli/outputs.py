"""What a command may write to: looked at before it begins, the same for all commands.

A parameter of a command that names what it writes says so by `Written` in its annotation; every
other path that a command is given is one that it reads. What is in the place of an output is only
replaced if it is of the same kind, a folder by its marker and a file by what it holds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer

from features.errors import KloutError
from features.storage.folders import FolderKind, check_own, ours_around
from features.storage.objects import is_remote


@dataclass(frozen=True)
class Form:
    """What a file that a command writes is known by, so that no other is replaced.

    Attributes
    ----------
    name
        In what is said, with its article.
    is_one
        Whether the file at a path, which is there and not empty, is one.
    """

    name: str
    is_one: Callable[[Path], bool]


def beginning(name: str, start: bytes) -> Form:
    """Make the form of files that begin with these bytes."""

    def begins(path: Path) -> bool:
        with path.open("rb") as stream:
            return stream.read(len(start)) == start

    return Form(name, begins)


PARQUET = beginning("a Parquet file", b"PAR1")
JSON = beginning("a JSON object", b"{")
HTML = beginning("a page of HTML", b"<!doctype html>")


def csv(*columns: str) -> Form:
    """Make the form of CSV files by their first columns."""
    head = ",".join(columns)
    return beginning(f"a CSV file with the columns {head}", head.encode())


@dataclass(frozen=True)
class Written:
    """Says of a parameter that it names what the command writes.

    Attributes
    ----------
    what
        The kind of folder that is replaced whole, or the form of a file; or one for each value of
        another parameter, on which it depends.
    by
        Names that parameter.
    """

    what: FolderKind | Form | Mapping[str, FolderKind | Form]
    by: str = ""

    def given(self, values: Mapping[str, Any]) -> FolderKind | Form:
        """Say what is written where the command's parameters have these values."""
        return self.what[values[self.by]] if isinstance(self.what, Mapping) else self.what


def guard(app: typer.Typer) -> None:
    """Have each command of a tree refuse, before it begins, what it may not write to."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = _guarded(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            guard(group.typer_instance)


def check_outputs(outputs: list[tuple[Path, FolderKind | Form]], inputs: list[Path]) -> None:
    """Refuse to write where that would cost anything that is not written by the command.

    Parameters
    ----------
    outputs
        Local paths, as they were given.
    inputs
        What the command reads.

    Raises
    ------
    KloutError
        If one is also read or written otherwise, is a folder where a file is written, is none of
        ours where a folder is, is a file of another form, or stands in a folder of ours or in no
        folder at all.
    """
    read, written = {path.resolve() for path in inputs}, set[Path]()
    for path, what in outputs:
        whole = path.resolve()
        if whole in read:
            raise KloutError(f"{path}: the command reads it; expected another place to write to")
        if whole in written:
            raise KloutError(f"{path}: given twice to write to; expected two different places")
        written.add(whole)
        if (around := ours_around(path)) is not None:
            raise KloutError(f"{path}: stands in {around}, which only klout itself writes to")
        above = next((folder for folder in whole.parents if folder.exists()), whole)
        if not above.is_dir():
            raise KloutError(f"{path}: {above} is a file; expected a folder to write it in")
        if isinstance(what, FolderKind):
            check_own(path, what)
        else:
            _check_form(path, what)


def _check_form(path: Path, form: Form) -> None:
    """Refuse a path that a file of this form may not be written to.

    Raises
    ------
    KloutError
        If it is a folder or a device, or a file that is not empty and of no such form.
    """
    if path.is_dir():
        raise KloutError(f"{path}: is a folder; expected the name of a file to write")
    if path.exists() and not path.is_file():
        raise KloutError(f"{path}: is no regular file; expected the name of a file to write")
    if path.is_file() and path.stat().st_size and not form.is_one(path):
        raise KloutError(
            f"{path}: is not {form.name}, and would be lost; expected one to replace, or a name "
            "that is free"
        )


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def checked(**given: Any) -> Any:
        outputs = _outputs(command)  # now, since `--help` has no need of it
        paths = [
            (given[name], written.given(given))
            for name, written in outputs.items()
            if _is_local(given[name])
        ]
        read = [path for name in given.keys() - outputs.keys() for path in _paths(given[name])]
        check_outputs(paths, read)
        return command(**given)

    return checked


def _outputs(command: Callable[..., Any]) -> dict[str, Written]:
    hints = get_type_hints(command, include_extras=True)
    found = {
        name: next((each for each in get_args(hints[name]) if isinstance(each, Written)), None)
        for name in inspect.signature(command).parameters
        if name in hints
    }
    return {name: written for name, written in found.items() if written is not None}


def _paths(given: Any) -> Iterator[Path]:
    for each in given if isinstance(given, list | tuple) else [given]:
        if _is_local(each):
            yield each


def _is_local(given: Any) -> bool:
    return isinstance(given, Path) and not is_remote(given)
