"""Which reader takes a path for its own, if nobody says what it is."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from features.errors import KloutError
from features.sources.glance import Known, glance
from features.sources.ingest import READERS

MOST_INSIDE = 100
"""Files of a folder that are looked at one by one."""


@dataclass(frozen=True)
class Detected:
    """A format that a path may be of.

    Attributes
    ----------
    path
        Of the file, folder or zip.
    name
        The format's.
    known
        What its reader takes the path for.
    must_unzip
        Whether the reader wants the folder that the path is a zip of.
    """

    path: Path
    name: str
    known: Known
    must_unzip: bool

    @property
    def command(self) -> str:
        """The command that reads it."""
        path = "FOLDER" if self.must_unzip else shlex.quote(str(self.path))
        words = ("klout ingest", self.name, path, self.known.options, "--lake LAKE")
        return " ".join(word for word in words if word)

    @property
    def lines(self) -> list[str]:
        """What it is, and the command."""
        what = f"{self.path}: {self.name}: {self.known.what}"
        if self.must_unzip:
            return [f"{what}, in a zip", f"    unzip it to FOLDER, then: {self.command}"]
        return [what, f"    {self.command}"]


def detect(path: Path) -> list[Detected]:
    """Say what a file, a folder or a zip is, and how it is read.

    Parameters
    ----------
    path
        Of a folder that is no format's, the files and folders in it are looked at.

    Returns
    -------
    list of Detected
        Each format that it may be, of each path.

    Raises
    ------
    KloutError
        If there is nothing, or nothing that is known.
    """
    found = _formats(path)
    if not found and path.is_dir():
        inside = sorted(path.iterdir())[:MOST_INSIDE]
        found = [each for part in inside for each in _formats(part)]
    if not found:
        raise KloutError(f"{path}: of no format that is known; klout ingest --list shows them")
    return found


def _formats(path: Path) -> list[Detected]:
    seen = glance(path)
    asked = ((reader.name, reader.knows(seen)) for reader in READERS.values())
    known = [(name, found) for name, found in asked if found is not None]
    sure = [each for each in known if not each[1].is_guess]
    return [
        Detected(seen.path, name, found, seen.is_zip and not found.reads_zip)
        for name, found in sure or known
    ]
