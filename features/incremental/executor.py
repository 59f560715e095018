"""Where the work of a run is done: on this machine, or on a cluster.

A run is made of jobs, functions of this package with their arguments. An engine runs them, and
hands what they give from one to another: as a `Later`, whose value may be on another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

THREADS = 3
"""Jobs at work at the same time on this machine: much of one is in one thread."""


class Later(Protocol[T_co]):
    """A value that is there, or is being computed, or is computed when it is asked for."""

    def get(self) -> T_co:
        """Wait for the value."""
        ...


class Engine(Protocol):
    """What runs jobs. A job must not wait for one that is submitted after it."""

    is_remote: bool
    """Whether jobs are done by other processes, which can't call back."""

    ahead: int
    """Networks that are begun before the first is waited for."""

    def shards(self) -> int:
        """Into how many parts a network's people are best divided."""
        ...

    def share(self, value: T) -> Later[T]:
        """Make a value known to all jobs."""
        ...

    def submit(self, job: Callable[..., T], *arguments: Any) -> Later[T]:
        """Begin a job; arguments may be `Later`, which it asks for itself."""
        ...

    def pieces(self, count: int, job: Callable[..., list[T]], *arguments: Any) -> list[Later[T]]:
        """Have a job done that gives so many pieces, each for somebody else."""
        ...


@dataclass(frozen=True)
class Resolved(Generic[T]):
    """A value that is there."""

    value: T

    def get(self) -> T:
        """Give it."""
        return self.value


@dataclass(frozen=True)
class _Begun(Generic[T]):
    future: Future[T]

    def get(self) -> T:
        return self.future.result()


@dataclass(frozen=True)
class _Deferred(Generic[T]):
    """One piece of what a job gives; computed when it is asked for, and not kept."""

    job: Callable[..., list[T]]
    arguments: tuple[Any, ...]
    piece: int

    def get(self) -> T:
        return self.job(*self.arguments)[self.piece]


@dataclass(frozen=True)
class Local:
    """Threads of this process.

    A job of several pieces is done for each of them again, so that no piece need be kept: with one
    shard, which is the usual, it is done once.
    """

    pool: ThreadPoolExecutor
    is_remote = False
    ahead = THREADS

    def shards(self) -> int:
        """One: Polars and numpy use all cores for it."""
        return 1

    def share(self, value: T) -> Later[T]:
        """Give the value as it is."""
        return Resolved(value)

    def submit(self, job: Callable[..., T], *arguments: Any) -> Later[T]:
        """Begin as soon as a thread is free, in the order of submission."""
        return _Begun(self.pool.submit(job, *arguments))

    def pieces(self, count: int, job: Callable[..., list[T]], *arguments: Any) -> list[Later[T]]:
        """Put the job off until a piece is asked for."""
        return [_Deferred(job, arguments, piece) for piece in range(count)]


@contextmanager
def local() -> Iterator[Engine]:
    """Work on this machine; when it ends, or fails, no job is at work any more."""
    pool = ThreadPoolExecutor(THREADS)
    try:
        yield Local(pool)
    finally:
        pool.shutdown(cancel_futures=True)
