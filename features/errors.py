"""The one exception that people see as a single line."""

from __future__ import annotations


class KloutError(Exception):
    """Input or state that the user can mend; its message names what and what was expected."""
