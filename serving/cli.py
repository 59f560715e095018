"""The one command, `klout`: each package brings its subcommands."""

from __future__ import annotations

import os
import sys
import traceback

import typer

import features.commands
import features.lake.commands
import features.people.commands
import serving.commands
import serving.daily.commands
import serving.daily.rebuild_command
import serving.daily.withdraw_command
import serving.explain.commands
import serving.integrity_commands
import serving.store.commands
import serving.store.keys_commands
import training.commands
from features.console import with_rereading
from features.errors import in_one_line
from features.outputs import guard
from features.printing import say
from serving.store.people import with_store

app = typer.Typer(
    help="The Klout Score: from people's activity to one number from 1 to 100.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, which Typer gives."""

for part in (
    features.commands,
    features.people.commands,
    features.lake.commands,
    training.commands,
    serving.commands,
    serving.daily.commands,
    serving.daily.rebuild_command,
    serving.daily.withdraw_command,
    serving.explain.commands,
):
    app.registered_commands += map(with_store, part.app.registered_commands)
app.add_typer(serving.integrity_commands.app, name="integrity")
app.add_typer(serving.store.commands.app, name="store")
app.add_typer(serving.store.keys_commands.app, name="keys")
guard(app)
for every in (app, *(group.typer_instance for group in app.registered_groups)):
    if every is not None:
        every.registered_commands[:] = map(with_rereading, every.registered_commands)


def main() -> None:
    """Run the command line: exit code 0 on success, 2 on bad usage, 1 on failure, 130 on Ctrl-C.

    This is the one place where errors become a line on stderr. With ``KLOUT_DEBUG=1`` the traceback
    comes before it.
    """
    try:
        app()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            say("klout: interrupted", err=True)
        raise
    except BaseException as error:  # Polars' panics are no exceptions
        if os.environ.get("KLOUT_DEBUG"):
            traceback.print_exception(error)
        say(f"klout: {in_one_line(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
