"""What an audit finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One way in which a model breaks its promise.

    Attributes
    ----------
    tree
        The tree's number; None if it is about the whole model.
    what
        In words.
    """

    tree: int | None
    what: str

    def __str__(self) -> str:
        """Say it in a line."""
        return self.what if self.tree is None else f"tree {self.tree}: {self.what}"
