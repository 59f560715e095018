"""A PostgreSQL server of the machine, with data of its own, for as long as a test session."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_OPTIONS = "-c listen_addresses= -c max_connections=40"


def missing() -> str | None:
    """Say why there can be no server here; None: there can."""
    if _programs() is None:
        return "no PostgreSQL in /usr/lib/postgresql"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    return None


@contextmanager
def running(*databases: str, fsync: bool = False) -> Iterator[str]:
    """Start a server with some databases in a new folder; gives their URL, ``{}`` for the name."""
    programs, user = _programs(), _user()
    assert programs is not None
    # Not pytest's folder: another user may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="klout-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    made = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "klout",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    try:
        subprocess.run(made, user=user, check=True, capture_output=True, cwd=folder)
        command = [programs / "postgres", "-D", data, "-k", folder, *_OPTIONS.split()]
        command += ["-c", f"fsync={'on' if fsync else 'off'}"]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=folder) as process,
        ):
            try:
                _create(f"host={folder} user=klout dbname=postgres", process, databases)
                yield f"postgresql+psycopg://klout@/{{}}?host={folder}"
            finally:
                process.send_signal(signal.SIGQUIT)  # at once, since nothing of it is kept
                process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create(where: str, process: subprocess.Popen[bytes], databases: tuple[str, ...]) -> None:
    """Create the databases as soon as the server is up."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            with psycopg.connect(where, autocommit=True) as connection:
                for name in databases:
                    connection.execute(f"CREATE DATABASE {name}")
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PostgreSQL did not come up")


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _user() -> str | None:
    """Name who runs the server where we are root."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)
