"""The one command, `klout`: each file of this folder brings its subcommands."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from typer._click import Context
from typer.core import TyperGroup, TyperOption

import serving.cli.champions
import serving.cli.compact
import serving.cli.daily
import serving.cli.data
import serving.cli.database
import serving.cli.evaluate
import serving.cli.explain
import serving.cli.first_look
import serving.cli.follow
import serving.cli.identities
import serving.cli.ingest
import serving.cli.integrity
import serving.cli.judgements
import serving.cli.keys
import serving.cli.model_export
import serving.cli.people
import serving.cli.promote
import serving.cli.rebuild
import serving.cli.scan
import serving.cli.serve
import serving.cli.topics
import serving.cli.topics_hidden
import serving.cli.topics_of
import serving.cli.train
import serving.cli.tune
import serving.cli.withdraw
from features.errors import in_one_line
from serving.cli.console import with_rereading
from serving.cli.obey_in_store import with_store
from serving.cli.outputs import guard
from serving.cli.printing import say


class Group(TyperGroup):
    """A group of commands whose help needs nothing but Typer."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """Give ``--help``, which is False where it is not given: None would be read by pydantic."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


app = typer.Typer(
    cls=Group,
    help="The Klout Score: from people's activity to one number from 1 to 100.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, which Typer gives."""

for part in (
    serving.cli.first_look,
    serving.cli.ingest,
    serving.cli.follow,
    serving.cli.scan,
    serving.cli.data,
    serving.cli.people,
    serving.cli.compact,
    serving.cli.judgements,
    serving.cli.train,
    serving.cli.tune,
    serving.cli.evaluate,
    serving.cli.promote,
    serving.cli.champions,
    serving.cli.serve,
    serving.cli.daily,
    serving.cli.rebuild,
    serving.cli.withdraw,
    serving.cli.explain,
):
    app.registered_commands += map(with_store, part.app.registered_commands)
for part in (serving.cli.topics_of, serving.cli.topics_hidden):
    serving.cli.topics.app.registered_commands += part.app.registered_commands
app.add_typer(serving.cli.integrity.app, cls=Group, name="integrity")
app.add_typer(serving.cli.identities.app, cls=Group, name="identities")
app.add_typer(serving.cli.model_export.app, cls=Group, name="model")
app.add_typer(serving.cli.topics.app, cls=Group, name="topics")
app.add_typer(serving.cli.database.app, cls=Group, name="store")
app.add_typer(serving.cli.keys.app, cls=Group, name="keys")
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
