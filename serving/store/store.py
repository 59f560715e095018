"""The store, opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Engine, func, select

from features.errors import KloutError
from serving.store import api_keys as keys
from serving.store import bulk, jobs, removing, upgrading
from serving.store.day import Day
from serving.store.engine import (
    COMMANDS,
    SQLITE,
    Patience,
    connected,
    parsed,
    reading,
    shown,
    translated_db_errors,
    writing,
)
from serving.store.lookups import Lookups, Words
from serving.store.publish_day import LeaveOut, drop_history, put_days, put_nobody, take_back
from serving.store.published_rows import Key, StoredJob
from serving.store.reading import Snapshot
from serving.store.schema import REVISION, days, persons

_PERSON = {"key": pl.Int64, "person": pl.String}


@dataclass(frozen=True)
class Store:
    """Published scores in a database. May be shared by threads; each transaction is of one.

    Every method raises a KloutError of one line if the database does not do what it is asked.

    Attributes
    ----------
    name
        Its URL without a password.
    engine
        Connections to it.
    sensitive
        Whether reading shows topics that speak of health, belief and the like.
    """

    name: str
    engine: Engine
    sensitive: bool = False
    _words: Words = field(default_factory=Words)

    @staticmethod
    def open(
        url: str, *, write: bool = False, patience: Patience = COMMANDS, sensitive: bool = False
    ) -> Store:
        """Open a store.

        Parameters
        ----------
        url
            ``sqlite:///FILE`` or ``postgresql+psycopg://USER@HOST/DATABASE``.
        write
            A SQLite file is then made if there is none, and its tables are brought up to date;
            tables in PostgreSQL are brought up to date by `klout store upgrade` alone.
        patience
            How long the database may take.
        sensitive
            Whether topics are read that an operator has to turn on.

        Raises
        ------
        KloutError
            If there is no such store, or its tables are of another version.
        """
        store = Store._at(url, patience, sensitive=sensitive)
        try:
            store._prepare(write=write)
        except BaseException:
            store.close()
            raise
        return store

    @staticmethod
    def upgraded(url: str) -> Store:
        """Open a store of any version, and bring its tables up to date."""
        store = Store._at(url)
        store.upgrade()
        return store

    def _prepare(self, *, write: bool) -> None:
        is_file = self.engine.dialect.name == SQLITE
        if is_file and write:
            self.upgrade()
        elif is_file and not _file(self.engine).exists():
            raise KloutError(f"no store at {self.name}; make one with `klout store load`")
        with translated_db_errors(self.name), self._reader.connect() as connection:
            upgrading.check(connection, self.name)

    @staticmethod
    def _at(url: str, patience: Patience = COMMANDS, *, sensitive: bool = False) -> Store:
        made = parsed(url)
        return Store(shown(made), connected(made, patience), sensitive)

    def upgrade(self) -> None:
        """Bring the tables up to date, all or none; those that are so already stay untouched."""
        with translated_db_errors(self.name):
            if self.engine.dialect.name == SQLITE:
                _file(self.engine).parent.mkdir(parents=True, exist_ok=True)
            with self.engine.connect() as connection:
                if upgrading.revision(connection) == REVISION:
                    return
            with writing(self.engine) as connection:
                upgrading.upgrade(connection)

    def __enter__(self) -> Store:
        """Give itself, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Give a snapshot: what is published within the block is not seen in it."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            yield Snapshot(Lookups(connection, self._words), sensitive=self.sensitive)

    def latest(self) -> date | None:
        """Tell the latest day; None: nothing is published."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return _latest(connection)

    def publish(
        self,
        day: Day,
        *,
        earlier: Sequence[Day] = (),
        leave_out: LeaveOut = lambda frame: frame,
        again: bool = False,
    ) -> bool:
        """Publish a day in one transaction: a reader sees what was before, or the day whole.

        Parameters
        ----------
        day
            Not before the latest one.
        earlier
            Days before it that the store lacks; they go to the history alone.
        leave_out
            Who must not be seen. Asked when no other writer is at work: of whoever is removed
            later, `remove` finds the rows.
        again
            Put the day in the place of what was published of it.

        Returns
        -------
        bool
            False: the day was published before, and nothing changed.

        Raises
        ------
        KloutError
            If a later day was published, or a frame is not as `serving.store.day` says.
        """
        with self._write() as connection:
            if _latest(connection) == day.as_of:
                if not again:
                    return False
                take_back(connection, day.as_of)
            put_days(connection, [*earlier, day], leave_out)
        return True

    def withdraw(self, since: date, last: Day | None, leave_out: LeaveOut) -> None:
        """Take all days from one on back, in one transaction.

        Parameters
        ----------
        since
            The first of them.
        last
            The latest day that stays, to be whole again; None: it is not known, and nobody has a
            score until the next day is published.
        leave_out
            As for `publish`.
        """
        with self._write() as connection:
            take_back(connection, since if last is None else last.as_of)
            if last is None:
                put_nobody(connection)
            else:
                put_days(connection, [last], leave_out)

    def prune(self, before: date) -> None:
        """Drop the history of earlier days.

        Raises
        ------
        KloutError
            If it is later than the latest day: nothing would be left of it.
        """
        with self._write() as connection:
            latest = _latest(connection)
            if latest is not None and before > latest:
                raise KloutError(f"{before} is after the latest day, {latest}: nothing would stay")
            drop_history(connection, before)

    def remove(self, person: str) -> bool:
        """Remove a person: no read that begins later sees it; returns whether it was there."""
        with self._write() as connection:
            return removing.remove(connection, person)

    def remove_all(self, people: Collection[str]) -> int:
        """Remove persons in one transaction; returns how many there were."""
        with self._write() as connection:
            return sum(removing.remove(connection, person) for person in people)

    def hide_topics(self, hidden: Mapping[str, Collection[str]]) -> int:
        """Take topics from persons in one transaction; returns from how many."""
        with self._write() as connection:
            return sum(removing.hide_topics(connection, *each) for each in hidden.items())

    def everybody(self) -> pl.DataFrame:
        """Name all whom the store knows, with or without a score: ``key`` and ``person``."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return bulk.read(connection, persons, _PERSON)

    def create_key(
        self, name: str, scopes: Collection[str], per_minute: int | None = None
    ) -> tuple[Key, str]:
        """Make a key to the API: see `api_keys.create`."""
        with self._write() as connection:
            return keys.create(connection, name, scopes, per_minute)

    def verify_key(self, secret: str) -> Key | None:
        """Find the key of a secret; None: there is none, or it was revoked."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return keys.verify(connection, secret)

    def revoke_key(self, key_id: str) -> None:
        """Have a key open nothing from now on: see `api_keys.revoke`."""
        with self._write() as connection:
            keys.revoke(connection, key_id)

    def take_keys(self, other: Store) -> int:
        """Take over the keys of another store that this one lacks; returns how many."""
        with translated_db_errors(other.name), other._reader.connect() as connection:
            rows = keys.rows(connection)
        with self._write() as connection:
            return keys.take(connection, rows)

    def keys(self) -> list[Key]:
        """List all keys, the oldest first; revoked ones too."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return keys.every_key(connection)

    def ask_job(self, what: str, person: str) -> StoredJob:
        """Ask for a job, in one transaction that removes the person: see `jobs.ask`."""
        with self._write() as connection:
            removing.remove(connection, person)
            return jobs.ask(connection, what, person)

    def job(self, job_id: str) -> StoredJob | None:
        """Find a job: see `jobs.find`."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return jobs.find(connection, job_id)

    def unfinished_jobs(self) -> int:
        """Count the jobs that are queued or running."""
        with translated_db_errors(self.name), self._reader.connect() as connection:
            return jobs.unfinished(connection)

    def claim_job(self, worker: str, silent: timedelta) -> StoredJob | None:
        """Take the next job: see `jobs.claim`."""
        if not self.unfinished_jobs():
            return None  # who only looks keeps no writer waiting
        with self._write() as connection:
            return jobs.claim(connection, worker, silent)

    def beat_job(self, job_id: str, worker: str) -> None:
        """Say that a job is still being run."""
        with self._write() as connection:
            jobs.beat(connection, job_id, worker)

    def end_job(self, job_id: str, worker: str, state: str, reason: str | None) -> None:
        """Say how a job ended: see `jobs.end`."""
        with self._write() as connection:
            jobs.end(connection, job_id, worker, state, reason)

    @cached_property
    def _reader(self) -> Engine:
        return reading(self.engine)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with translated_db_errors(self.name), writing(self.engine) as connection:
            yield connection


def _latest(connection: Connection) -> date | None:
    found: date | None = connection.scalar(select(func.max(days.c.as_of)))
    return found


def _file(engine: Engine) -> Path:
    return Path(str(engine.url.database))
