"""Links between pages as TSV: ``source target``, URL-encoded titles, ``#`` comments, maybe gz."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import batched
