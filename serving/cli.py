"""The one command, `klout`: each package brings its subcommands."""

from __future__ import annotations

import sys

import typer

import features.commands
import features.integrity.commands
import features.lake.commands
import features.people.commands
import serving.commands
import serving.daily.commands
import serving.daily.rebuild_command
import serving.explain.commands
import serving.store.commands
import serving.store.keys_commands
import training.commands
from features.console import with_rereading
from features.errors import KloutError
from features.outputs import guard
from serving.store.people import with_store

app = typer.Typer(
    help="The Klout Score: from people's activity to one number from 1 to 100.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (
    features.commands,
    features.people.commands,
    features.lake.commands,
    training.commands,
    serving.commands,
    serving.daily.commands,
    serving.daily.rebuild_command,
    serving.explain.commands,
):
    app.registered_commands += map(with_store, part.app.registered_commands)
app.add_typer(features.integrity.commands.app, name="integrity")
app.add_typer(serving.store.commands.app, name="store")
app.add_typer(serving.store.keys_commands.app, name="keys")
guard(app)
for every in (app, *(group.typer_instance for group in app.registered_groups)):
    if every is not None:
        every.registered_commands[:] = map(with_rereading, every.registered_commands)


def main() -> None:
    """Run the command line: exit code 0 on success, 2 on bad usage, 1 on failure."""
    try:
        app()
    except KloutError as error:
        typer.echo(f"klout: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
