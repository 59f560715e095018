"""Taking published days back: out of the history, the cache, `published` and the reports.

The ledger's entry is what counts. Whatever else is left of a withdrawn day is cleared up after it,
by the same command or, if that was killed, by the next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.errors import KloutError
from features.lake import Lake
from features.lake.ledger import LakeFile
from features.lake.published import by_day, published, scored_days
from features.lake.rewriting import rewriting
from features.lake.withdrawals import WITHDRAWAL, withdrawal_of, withdrawals
from features.people.scrubbing import PUBLISHED, PUBLISHED_TOPICS
from features.storage.atomic import replacing
from features.storage.paths import read_all, remove
from serving.daily.holding import held_days, let_go
from serving.daily.judging import JUDGED
from serving.daily.recording import RUNS

KEPT = f"{RUNS}/withdrawn"
"""Reports of days that were taken back, by how many ledger entries there were then."""


@dataclass(frozen=True)
class PublishedDay:
    """A day that was published.

    Attributes
    ----------
    as_of
        The day.
    model
        The version that scored; None: the scores came from elsewhere.
    people
        How many had a score.
    """

    as_of: date
    model: str | None
    people: int


@dataclass(frozen=True)
class Withdrawn:
    """What was taken back.

    Attributes
    ----------
    seen
        Days that readers of the lake saw.
    held
        Days that the gate had held, which nobody saw.
    accounts
        Rows of what accounts were believed to be, by the runs of these days.
    left
        What a withdrawal that was killed had left, and is cleared up now.
    before
        Why these days had been taken back before, if they had.
    """

    seen: tuple[PublishedDay, ...]
    held: tuple[date, ...]
    accounts: int
    left: int
    before: str | None


def withdraw(root: Path, since: date, why: str) -> Withdrawn:
    """Take back all days from one on; afterwards they may be run again.

    Raises
    ------
    KloutError
        If no reason is given, or another run is at work.
    """
    if not why.strip():
        raise KloutError("--why is empty: a withdrawal needs a reason")
    with rewriting(root, WITHDRAWAL) as work:
        taken = [each.why for each in withdrawals(work.lake) if each.since <= since]
        seen, held = _seen(work.lake, since), [day for day in held_days(root) if day >= since]
        judged = _judged(work.lake, since)
        work.drop([*work.lake.files("scores", since=since), *judged])
        if seen or held or judged:
            work.commit(withdrawal_of(since), why.strip())
        let_go(root, held)
        left = clear_up(Lake(root))
        return Withdrawn(
            seen=tuple(seen),
            held=tuple(held),
            accounts=sum(file.rows for file in judged),
            left=0 if seen else left,
            before=taken[-1] if taken else None,
        )


def clear_up(lake: Lake) -> int:
    """Remove the files of withdrawn days, and set their reports aside; returns how many."""
    if not (taken := withdrawals(lake)):
        return 0
    root, stay, since = lake.root, published(lake), min(each.since for each in taken)

    def left(folder: str, kind: str) -> list[Path]:
        files = by_day(root / folder, kind)
        return [file for day, file in files if day >= since and day not in stay]

    files = [file for folder in (PUBLISHED, PUBLISHED_TOPICS) for file in left(folder, "parquet")]
    reports = left(RUNS, "json")
    aside = root / KEPT / f"{lake.number:06d}"
    for file, text in zip(reports, read_all(reports), strict=True):
        with replacing(aside / file.name) as draft:
            draft.write_bytes(text)
    remove([*files, *reports])
    return len(files) + len(reports)


def _seen(lake: Lake, since: date) -> list[PublishedDay]:
    """List the published days from one on, and how many people had a score on each."""
    models = published(lake)
    days = sorted({*models, *scored_days(lake)})
    people = dict.fromkeys(days, 0)
    for file in lake.files("scores", since=since):
        people[date.fromisoformat(str(file.day))] += file.rows
    return [PublishedDay(day, models.get(day), people[day]) for day in days if day >= since]


def _judged(lake: Lake, since: date) -> list[LakeFile]:
    """Name the files of what daily runs believed of accounts, as of these days.

    After `klout compact` a file may also hold what `klout integrity assess` found out that day.
    """
    ours = {
        file.path
        for entry in lake.entries
        if entry.format == JUDGED or entry.removed
        for file in entry.files
    }
    return [file for file in lake.files("authenticity", since=since) if file.path in ours]
