"""Jobs: what was asked for and takes longer than a request may. Their state is all in the store.

So whoever is asked knows it: another process, or the same after a restart. Who runs a job says so
every few seconds; where that ends, the next to look takes it over. A job that has ended, well or
not, names nobody.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from serving.store.published_rows import StoredJob
from serving.store.schema import jobs

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
MOST_TRIES = 3
"""Whoever runs it may die of it: then so would the next."""
KEPT = timedelta(30)
"""How long an ended job can be asked for."""
_DIED = (
    f"the server ended while it ran, {MOST_TRIES} times; ask for it again to have it tried again"
)


def ask(connection: Connection, what: str, person: str) -> StoredJob:
    """Ask for a job: the one there is, unless it has ended."""
    ended = jobs.c.state.in_([DONE, FAILED])
    connection.execute(delete(jobs).where(ended, jobs.c.asked_at < _now() - KEPT))
    wanted = select(jobs).where(jobs.c.what == what, jobs.c.person == person)
    found = connection.execute(wanted).one_or_none()
    if found is None:
        fresh = {"id": secrets.token_hex(16), "what": what, "person": person, "asked_at": _now()}
        connection.execute(insert(jobs).values(state=QUEUED, tries=0, **fresh))
    return _job(connection.execute(wanted).one())


def find(connection: Connection, job_id: str) -> StoredJob | None:
    """Find a job; None: there is none, or it ended long ago."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def unfinished(connection: Connection) -> int:
    """Count the jobs that are queued or running."""
    wanted = select(jobs.c.id).where(jobs.c.state.in_([QUEUED, RUNNING]))
    return len(connection.execute(wanted).all())


def claim(connection: Connection, worker: str, silent: timedelta) -> StoredJob | None:
    """Take the next job: one that is queued, or whose worker has said nothing for so long."""
    died = (jobs.c.state == RUNNING) & (jobs.c.beat_at < _now() - silent)
    given_up = {"state": FAILED, "reason": _DIED, "person": None}
    connection.execute(update(jobs).where(died, jobs.c.tries >= MOST_TRIES).values(given_up))
    free = select(jobs).where(or_(jobs.c.state == QUEUED, died)).order_by(jobs.c.asked_at)
    row = connection.execute(free.limit(1)).one_or_none()
    if row is None:
        return None
    mine = {"state": RUNNING, "worker": worker, "beat_at": _now(), "tries": row.tries + 1}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(mine))
    return _job(row)


def beat(connection: Connection, job_id: str, worker: str) -> None:
    """Say that a job is still being run."""
    connection.execute(update(jobs).where(*_of(job_id, worker)).values(beat_at=_now()))


def end(connection: Connection, job_id: str, worker: str, state: str, reason: str | None) -> None:
    """Say how a job ended. `QUEUED` puts it back, to be tried again, which counts for no try."""
    ended: dict[str, Any] = {"state": state, "reason": reason}
    if state in (DONE, FAILED):
        ended["person"] = None
    if state == QUEUED:
        ended["tries"] = jobs.c.tries - 1
    connection.execute(update(jobs).where(*_of(job_id, worker)).values(ended))


def _of(job_id: str, worker: str) -> tuple[Any, ...]:
    """Another may have taken it over from a worker that seemed dead and was not."""
    return jobs.c.id == job_id, jobs.c.worker == worker, jobs.c.state == RUNNING


def _job(row: Row[Any]) -> StoredJob:
    return StoredJob(row.id, row.what, row.person, row.state, row.reason, row.asked_at)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
