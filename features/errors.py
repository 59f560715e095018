"""What people see of an error: a single line, in which names are shown and never obeyed."""

from __future__ import annotations

import errno
import os
import re

_NUMBER = re.compile(r"\(os error (\d+)\)")
"""How Polars names the error of the operating system."""

_SAID = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "no space left within the disk quota",
    errno.EROFS: "can't be written to: a read-only file system",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n)",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOENT: "no such file or folder",
    errno.EISDIR: "a folder where a file was expected",
    errno.ENOTDIR: "a file where a folder was expected",
    errno.EADDRINUSE: "the address is in use; another server may be running",
}
"""The errors of the operating system that people meet, in words."""


class KloutError(Exception):
    """Input or state that the user can mend; its message names what and what was expected."""


def os_number(error: BaseException | None) -> int | None:
    """Return the number of the operating system's error behind an error, if there is one."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        if found := _NUMBER.search(str(error)):
            return int(found[1])
        error = error.__cause__
    return None


def in_one_line(error: BaseException) -> str:
    """Describe an error in one line.

    Of ours that is its message. Of the operating system, of Polars or of a database it is the file
    where one is known, and what was refused. Anything else is a fault of this software, and named
    as one.
    """
    if isinstance(error, KloutError):
        return str(error)
    number, file = os_number(error), _file_of(error)
    if number is not None:
        said = _SAID.get(number) or os.strerror(number).lower()
        return f"{file}: {said}" if file else said
    if isinstance(error, MemoryError):
        return "not enough memory"
    package = type(error).__module__.partition(".")[0]
    first = " ".join(str(error).partition("\n\n")[0].split())
    if package in ("polars", "pyo3_runtime", "sqlalchemy", "psycopg", "sqlite3"):
        return f"{package.removesuffix('_runtime')} can't go on: {first}"
    return f"a fault of klout itself: {type(error).__name__}: {first} (KLOUT_DEBUG=1 shows where)"


def _file_of(error: BaseException | None) -> str | None:
    """Return the file that an error, or one behind it, names."""
    while error is not None:
        if isinstance(error, OSError) and error.filename is not None:
            return os.fsdecode(error.filename)
        error = error.__cause__
    return None


def printable(text: str) -> str:
    r"""Show what can't be seen, or would turn the writing around, by its number.

    >>> print(printable("bob\x1b[2J"))
    bob\u001b[2J
    """
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
