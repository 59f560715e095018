"""The lakes that days are run over: made by the bulk generator, in shapes that differ in kind."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.bulk import AS_OF, Bulk, generate
from benchmarks.daily_child import in_child
from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import Network, load_networks
from features.errors import KloutError
from features.lake import Lake

BYTES = 60
"""On disk for each interaction of a lake: some 25 the lake, as much the cache, and some air."""
FEWEST_PEOPLE = 1_000


@dataclass(frozen=True)
class Shape:
    """What a lake is made from."""

    people: int
    daily: int
    """Interactions a day."""
    before: int = HORIZON + 24
    """Days of the lake before `AS_OF`."""
    after: int = 6
    """Days from `AS_OF` on, which are there to be run."""
    retracted: float | None = None
    """See `Bulk.retracted`."""

    @property
    def interactions(self) -> int:
        """In the whole lake."""
        return self.daily * (self.before + self.after)

    def scaled(self, scale: float) -> Shape:
        """Give the same with fewer people and interactions."""
        people = max(FEWEST_PEOPLE, int(self.people * scale))
        return replace(self, people=people, daily=int(self.daily * scale))

    def bulk(self) -> Bulk:
        """Give what the generator makes it from."""
        full = range(HORIZON - self.before, HORIZON + self.after)
        catalogue = Catalogue(load_networks())
        rows, retracted = self.daily * HORIZON, self.retracted
        return _Bulk(rows, catalogue, people=self.people, full=full, spare=0, retracted=retracted)


class _Bulk(Bulk):
    """A lake that may also begin after the first of the 90 days, from which days are counted."""

    def rng(self, network: Network, table: str, day: int = 0) -> np.random.Generator:
        """Make the numbers of one file; what is of no day is as if of the first."""
        return super().rng(network, table, max(day, self.days.start))


SHAPES = {"dense": Shape(50_000, 3_000_000), "sparse": Shape(200_000, 1_000_000)}


def fill(lake: str, shape: dict[str, int]) -> None:
    """Make a lake; a job for a process of its own."""
    generate(Shape(**shape).bulk(), Path(lake))


def made(shape: Shape, lake: Path) -> float:
    """Make a lake and give the seconds it took.

    Raises
    ------
    KloutError
        If there is not enough room on the disk.
    """
    lake.parent.mkdir(parents=True, exist_ok=True)
    need, free = BYTES * shape.interactions, shutil.disk_usage(lake.parent).free
    if free < need:
        raise KloutError(
            f"{lake.parent}: {need / 1e9:.0f} GB are needed for a lake of {shape.interactions:,} "
            f"interactions, {free / 1e9:.0f} GB are free; name another folder by --folder"
        )
    return in_child(fill, lake=str(lake), shape=asdict(shape)).seconds


def interactions(lake: Lake, until: date, days: int) -> int:
    """Count the interactions of so many days before a date."""
    since = until - timedelta(days)
    return sum(file.rows for file in lake.files("interactions", since=since, until=until))


def next_day(lake: Lake) -> date:
    """Give the first date to run: `AS_OF`, or the one after the last that was published."""
    published = [date.fromisoformat(str(file.day)) for file in lake.files("scores")]
    return max([*published, AS_OF - timedelta(1)]) + timedelta(1)


def last_day(lake: Lake) -> date:
    """Give the last date to run: the whole lake is before it."""
    days = [date.fromisoformat(str(file.day)) for file in lake.files("interactions")]
    return max(days) + timedelta(1)
