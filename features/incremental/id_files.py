"""The ids of a day's interactions and who made each, to be looked up where they lie on the disk."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class IdFile:
    """The keys of a day's ids (u64), ascending, and after them the key of the actor of each."""

    path: Path

    def put(self, ids: pl.DataFrame) -> None:
        """Write ``key`` and ``actor``."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        in_order = ids.sort("key")
        with self.path.open("wb") as file:
            for column in ("key", "actor"):
                in_order[column].to_numpy().tofile(file)

    @staticmethod
    def found(days: dict[int, IdFile], ids: Keys) -> pl.DataFrame:
        """Look some ids up (ascending) on several days: ``day``, ``key`` and ``actor``."""
        nothing = np.zeros(0, np.uint64)
        parts = [(0, nothing, nothing), *((day, *file.having(ids)) for day, file in days.items())]
        day = [np.full(len(keys), day, np.int32) for day, keys, _ in parts]
        keys, actors = [keys for _, keys, _ in parts], [actors for *_, actors in parts]
        arrays = (np.concatenate(day), np.concatenate(keys), np.concatenate(actors))
        return pl.DataFrame(dict(zip(("day", "key", "actor"), arrays, strict=True)))

    def having(self, ids: Keys) -> tuple[Keys, Keys]:
        """Look some ids up (ascending): those that are there, as often as they are, and actors."""
        keys, actors = self._mapped()
        first = keys.searchsorted(ids, "left")
        inside = np.flatnonzero(first < len(keys))
        here = inside[keys[first[inside]] == ids[inside]]
        last = keys.searchsorted(ids[here], "right")
        several = last - first[here]
        place = np.repeat(last - several.cumsum(), several) + np.arange(several.sum())
        return keys[place], actors[place]

    def _mapped(self) -> tuple[Keys, Keys]:
        """Give the columns as they lie on the disk: of many only some pages are read."""
        with self.path.open("rb") as file:
            if not file.seek(0, 2):  # what has no bytes can't be mapped
                return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
            every = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint64)
        half = len(every) // 2
        return every[:half], every[half:]
