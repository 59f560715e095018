"""How Polars' memory is managed, said before Polars is loaded."""

from __future__ import annotations

import os

SETTING = "_RJEM_MALLOC_CONF"
KEPT_MS = 3000
"""Milliseconds for which memory that is free again is kept.

Polars gives it back after half a second. A day's run needs the same again and again, and getting it
anew, page by page, took a third of its time.
"""


def keep_memory() -> None:
    """Keep free memory for a while; without effect once Polars is loaded.

    Whoever sets the same in the environment has the last word.
    """
    os.environ.setdefault(SETTING, f"dirty_decay_ms:{KEPT_MS},muzzy_decay_ms:{KEPT_MS}")
