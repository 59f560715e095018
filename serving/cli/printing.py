"""Printing to a terminal: what comes from outside is shown, never obeyed."""

from __future__ import annotations

import typer
from rich.console import Console

from features.errors import printable


def say(text: str, *, err: bool = False) -> None:
    """Print lines for people, on stdout or stderr; names in them may be anybody's."""
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


def put(document: str) -> None:
    """Print a document for programs as it is, its last line end included."""
    typer.echo(document, nl=False)


def console(*, width: int | None = None, markup: bool = False) -> Console:
    """Return a console for tables; with markup, names must be escaped by `rich.markup.escape`."""
    return Console(width=width, markup=markup, highlight=False)
