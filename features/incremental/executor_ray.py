"""The work of a run on a Ray cluster: jobs are tasks, what they give lies in the object store.

A task that is lost with its machine is done again, also those whose results were lost with it. It
may be done twice: all that jobs write are files that name their run, and count only once the run's
manifest names them.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from features.errors import KloutError
from features.incremental.executor import Engine, Later, Resolved

T = TypeVar("T")

RETRIES = 10
"""Times that a task is done again whose machine is lost."""

PATIENCE = 10.0
"""Seconds to wait for a cluster's head."""


@dataclass(frozen=True)
class _Stored(Generic[T]):
    """A value in the object store."""

    ref: Any

    def get(self) -> T:
        import ray

        try:
            value: T = ray.get(self.ref)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except ray.exceptions.RayError as error:
            raise KloutError(f"Ray: {str(error).strip().splitlines()[0]}") from error
        return value


@dataclass(frozen=True)
class _Place:
    """Stands for a value that comes to a task as an argument of its own."""

    number: int


@dataclass(frozen=True)
class OnRay:
    """The cluster that this process is connected to."""

    ahead = 1_000_000
    is_remote = True

    def shards(self) -> int:
        """One for each core."""
        import ray

        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return max(1, int(resources.get("CPU", 1)))

    def share(self, value: T) -> Later[T]:
        """Put the value into the object store."""
        import ray

        return _Stored(ray.put(value))

    def submit(self, job: Callable[..., T], *arguments: Any) -> Later[T]:
        """Begin when what it needs is there and a core is free."""
        return _Stored(_begun(job, arguments, None))

    def pieces(self, count: int, job: Callable[..., list[T]], *arguments: Any) -> list[Later[T]]:
        """Begin when what it needs is there; each piece is an object of its own."""
        refs = _begun(job, arguments, count)
        return [_Stored(ref) for ref in (refs if count > 1 else [refs])]


def _begun(job: Callable[..., Any], arguments: tuple[Any, ...], count: int | None) -> Any:
    """Begin a task, and give references to its value, or to so many pieces.

    Ray waits with a task for what stands among its own arguments. A task that had to ask for it
    would keep others waiting, or have Ray start one more process.
    """
    needed: list[Any] = []

    def placed(value: Any) -> Any:
        if not isinstance(value, _Stored):
            return value
        needed.append(value.ref)
        return _Place(len(needed) - 1)

    return _remote(count or 1).remote(job, _each(arguments, placed), count, *needed)


@cache
def _remote(count: int) -> Any:
    """Make a task of so many values known to Ray: once, for it takes each worker a while."""
    import ray

    options = {"num_cpus": 1, "max_retries": RETRIES, "num_returns": count}
    remote: Any = ray.remote(**options)  # type: ignore[call-overload]
    return remote(_task)


def _task(
    job: Callable[..., Any], arguments: tuple[Any, ...], count: int | None, *needed: Any
) -> Any:
    def given(value: Any) -> Any:
        return Resolved(needed[value.number]) if isinstance(value, _Place) else value

    result = job(*_each(arguments, given))
    return result[0] if count == 1 else result


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change whatever is named within an argument."""
    if isinstance(value, partial):
        return partial(value.func, *(_each(each, change) for each in value.args))
    if isinstance(value, dict):
        return {key: _each(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_each(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type | _Stored | _Place):
        named = {each.name: _each(getattr(value, each.name), change) for each in fields(value)}
        return replace(value, **named)
    return change(value)


def on_ray(address: str | None = None) -> Callable[[], AbstractContextManager[Engine]]:
    """Give an engine on a cluster.

    Parameters
    ----------
    address
        Of the cluster's head; None: that of the environment (``RAY_ADDRESS``), or else a cluster of
        this machine alone, started for the time.
    """
    return partial(_connected, address)


@contextmanager
def _connected(address: str | None) -> Iterator[Engine]:
    try:
        import ray
    except ImportError:
        raise KloutError("--engine ray needs Ray: pip install 'klout-score[cluster]'") from None
    if ray.is_initialized():
        yield OnRay()
        return
    _check(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        reason = str(error).strip().splitlines()[0]
        where = address or os.environ.get("RAY_ADDRESS") or "this machine"
        raise KloutError(f"no Ray cluster at {where}: {reason}{_of_token()}") from error
    try:
        yield OnRay()
    finally:
        ray.shutdown()


def _of_token() -> str:
    """Say what may be wrong with the token: Ray itself names no more than the address.

    Once there is a token a head that is started asks for it, but who connects does not show it
    unless told to.
    """
    home = Path.home() / ".ray" / "auth_token"
    places = (os.environ.get("RAY_AUTH_TOKEN_PATH"), home)
    found = next((str(place) for place in places if place and Path(place).is_file()), None)
    token = "RAY_AUTH_TOKEN" if os.environ.get("RAY_AUTH_TOKEN") else found
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "token":
        return f" (RAY_AUTH_MODE=token, and the token is {token or 'missing'})"
    if token is None:
        return ""
    return f"; there is a token, {token}: if the head asks for it, set RAY_AUTH_MODE=token"


def _check(address: str | None) -> None:
    """Ray itself tries for a minute, and then ends the process."""
    host, _, port = (address or "").rpartition(":")
    if not (host and port.isdigit()) or "/" in host:
        return
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except OSError as error:
        raise KloutError(f"no Ray cluster at {address}: {error.strerror or error}") from error
