"""`klout --help` answers at once: what does the work is imported by the command that does it."""

from __future__ import annotations

import subprocess
import sys

from serving.cli import store_options
from serving.store import address

HEAVY = (
    "polars numpy pyarrow dataframely sqlalchemy lightgbm sklearn scipy mlflow bentoml jinja2 "
    "pydantic"
)
ALL = """
import contextlib, io, sys
from serving.cli.app import app
commands = [[each.name] for each in app.registered_commands]
for group in app.registered_groups:
    commands += [[group.name, each.name] for each in group.typer_instance.registered_commands]
for command in [[], *commands]:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        app([*command, "--help"], standalone_mode=False)
    assert "Usage" in said.getvalue(), command
print(len(commands), *sorted(set(sys.argv[1].split()) & set(sys.modules)))
"""


def test_no_help_imports_what_does_the_work():
    done = subprocess.run(
        [sys.executable, "-c", ALL, HEAVY], capture_output=True, text=True, check=True
    )
    commands, *loaded = done.stdout.split()
    assert int(commands) > 30
    assert not loaded


def test_the_store_option_reads_the_variable_that_servers_read():
    assert store_options.ENVIRONMENT == address.ENVIRONMENT
