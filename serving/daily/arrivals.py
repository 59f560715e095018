"""What came into the lake since the run before, as its ledger says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from features.catalogue.catalogue import HORIZON
from features.incremental.inputs import Inputs
from features.lake.compacting import RAW
from features.lake.ledger import Entry, LakeFile, newest_of_sources

DATED = ("interactions", "contents", "counters")
"""Tables whose rows happen on a day, and that every report tells of."""
HAPPENING = (*DATED, "retractions", "tallies")
BROUGHT = (*HAPPENING, "links", "identities")
"""Tables that sources bring; the others are what the project itself said or decided."""


@dataclass(frozen=True)
class Arrivals:
    """Rows of the ledger entries that the run before had not seen.

    Attributes
    ----------
    rows
        Rows that count for the first time, by table: they came late, on time, or before their day.
    late
        Interactions of days before the run before, by day. Scores of those days stay as published:
        history is what was said.
    too_old
        How many of them lie before the widest window, and count for nothing.
    came
        Rows taken into the tables that sources bring.
    quarantined, repeated, suppressed
        Rows left out: see `features.lake.ledger.Entry`.
    """

    rows: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    too_old: int = 0
    came: int = 0
    quarantined: int = 0
    repeated: int = 0
    suppressed: int = 0

    @property
    def share_quarantined(self) -> float:
        """Quarantined rows as a share of all that were read."""
        read = self.came + self.quarantined + self.repeated + self.suppressed
        return self.quarantined / read if read else 0.0


def to_fold(inputs: Inputs) -> int:
    """Count the interactions that a run folds: of new days, or of the widest window if all are."""
    since = inputs.start if inputs.since is None else max(inputs.start, inputs.since)
    return sum(file.rows for file in inputs.lake.files("interactions", None, since, inputs.as_of))


def arrivals(entries: list[Entry], known: int, since: date | None, as_of: date) -> Arrivals:
    """Tell what is new.

    Parameters
    ----------
    entries
        The lake's, oldest first.
    known
        How many of them the run before had seen.
    since
        The date of the run before; None: there was none, and nothing is late.
    as_of
        The date of the run.
    """
    start = as_of - timedelta(HORIZON)
    before, new = entries[:known], [entry for entry in entries[known:] if not entry.removed]
    fresh = [file for file in _dated(new) if _day(file) < as_of]
    to_come = [file for file in _dated(before) if since and since <= _day(file) < as_of]
    counted = [f for f in (*fresh, *to_come) if f.table not in RAW or _day(f) >= start]
    late = [f for f in fresh if f.table == "interactions" and since and _day(f) < since]
    return Arrivals(
        rows=dict.fromkeys(DATED, 0) | _sum((file.table, file.rows) for file in counted),
        late=dict(sorted(_sum((str(file.day), file.rows) for file in late).items())),
        too_old=sum(file.rows for file in late if _day(file) < start),
        came=sum(entry.rows.get(table, 0) for entry in new for table in BROUGHT),
        quarantined=sum(entry.quarantined for entry in newest_of_sources(new).values()),
        repeated=sum(entry.repeated for entry in new),
        suppressed=sum(entry.suppressed for entry in new),
    )


def _dated(entries: Iterable[Entry]) -> Iterator[LakeFile]:
    """Name what entries brought; a rewriting (it removes files) brings nothing new."""
    for entry in entries:
        if not entry.removed:
            yield from (file for file in entry.files if file.table in HAPPENING)


def _day(file: LakeFile) -> date:
    return date.fromisoformat(str(file.day))


def _sum(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, rows in pairs:
        total[name] += rows
    return dict(total)
