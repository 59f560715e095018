"""Who asks, for sharing what is scarce: known in the whole of a request, its threads included."""

from __future__ import annotations

from contextvars import ContextVar

ASKER: ContextVar[str] = ContextVar("asker", default="")
"""The id of the key, or where none is needed the client's address."""
