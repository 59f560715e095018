"""Which reader takes a path for its own, if nobody says what it is."""

from __future__ import annotations

import shlex
from pathlib import Path

from features.errors import KloutError
from features.sources.glance import Glance, Known, glance
from features.sources.ingest import READERS

MOST_INSIDE = 100
"""Files of a folder that are looked at one by one."""


def detected(path: Path) -> list[str]:
    """Say what a file, a folder or a zip is, and how it is read.

    Parameters
    ----------
    path
        Of a folder that is no format's, the files and folders in it are looked at.

    Returns
    -------
    list of str
        Two lines for each format that it may be: what, and the command.

    Raises
    ------
    KloutError
        If there is nothing, or nothing that is known.
    """
    lines = _lines(path)
    if not lines and path.is_dir():
        inside = sorted(path.iterdir())[:MOST_INSIDE]
        lines = [line for part in inside for line in _lines(part)]
    if not lines:
        raise KloutError(f"{path}: of no format that is known; klout ingest --list shows them")
    return lines


def _lines(path: Path) -> list[str]:
    seen = glance(path)
    asked = ((reader.name, reader.knows(seen)) for reader in READERS.values())
    known = [(name, found) for name, found in asked if found is not None]
    sure = [each for each in known if not each[1].is_guess]
    return [line for name, found in sure or known for line in _said(seen, name, found)]


def _said(seen: Glance, name: str, known: Known) -> list[str]:
    must_unzip = seen.is_zip and not known.reads_zip
    path = "FOLDER" if must_unzip else shlex.quote(str(seen.path))
    words = ("klout ingest", name, path, known.options, "--lake LAKE")
    command = " ".join(word for word in words if word)
    what = f"{seen.path}: {name}: {known.what}"
    if must_unzip:
        return [f"{what}, in a zip", f"    unzip it to FOLDER, then: {command}"]
    return [what, f"    {command}"]
