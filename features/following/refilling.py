"""Gaps mended from repositories: what an account's records say takes the place of what is known.

What the lake has of an account, and its repository has not, was deleted; what says something else
was changed; what the lake lacks was made. Each becomes the operation that was missed, so that all
else is as if the stream had brought it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.following.batch import Batch
from features.following.memory import EVERY, Memory
from features.following.repositories import Listed, Repositories
from features.lake import Lake
from features.lake.retractions import Undone
from features.sources.bluesky.folding import NETWORK
from features.sources.bluesky.operations import (
    CREATE,
    DELETE,
    UPDATE,
    Account,
    Event,
    Operation,
    time_of_tid,
)
from features.sources.bluesky.records import COLLECTIONS, POSTS, PROFILES, Act, said
from features.sources.bluesky.repository import Repository
from features.storage.paths import exists

AT_ONCE = 50
"""Repositories that are read between two looks at the stream."""

MOST_TRIES = 5

MARGIN = 3600 * 1_000_000
"""Microseconds before a gap from which on repositories are taken to have changed."""

Fact = tuple[str, str | None, str | None]
"""A reaction, its target and content; of a post that is published, ``post`` and nothing."""

_POST: Fact = ("post", None, None)


def standing(root: Path, dids: Iterable[str]) -> dict[str, dict[str, set[Fact]]]:
    """Read from the lake what stands of some accounts: of each, address to facts."""
    found: dict[str, dict[str, set[Fact]]] = {did: {} for did in dids}
    if not exists(root / "ledger"):
        return found
    lake = Lake(root)
    undone = Undone.of(lake, NETWORK, _tomorrow())
    acts = lake.scan("interactions", [NETWORK]).filter(pl.col("actor").is_in(list(found)))
    made = lake.scan("contents", [NETWORK]).filter(pl.col("author").is_in(list(found)))
    left = undone.left_of("interactions", acts).select(
        "actor", "id", "reaction", "target", "content"
    )
    for actor, name, *fact in left.collect().iter_rows():
        found[actor].setdefault(name.partition("#")[0], set()).add(tuple(fact))
    for author, name in (
        undone.left_of("contents", made).select("author", "content").collect().iter_rows()
    ):
        found[author].setdefault(name.partition("#")[0], set()).add(_POST)
    return found


def missed(repository: Repository, stands: dict[str, set[Fact]]) -> Iterator[Operation]:
    """Name the operations between what the lake has of an account and its repository."""
    did, rev = repository.did, repository.rev
    last = min(time_of_tid(rev) or 0, _now())
    left = dict(stands)
    for each in repository.operations():
        if each.collection == PROFILES:
            yield each
        if each.collection not in COLLECTIONS:
            continue
        before, now = left.pop(each.address, None), facts(each)
        if before is None and now:
            yield each._replace(action=CREATE)
        elif before is not None and before != now:
            yield each._replace(action=UPDATE, seen=last)
    for address in left:
        collection, _, key = address.removeprefix(f"at://{did}/").partition("/")
        if (made := time_of_tid(key)) is None or made <= last:
            yield Operation(0, did, collection, key, DELETE, rev, None, last)


def facts(of: Operation) -> set[Fact]:
    """Say what a record says; nothing if it is of no form."""
    try:
        found = list(said(of.collection, of.did, of.record))
    except (ValueError, TypeError):
        return set()
    acts: set[Fact] = {(a.reaction, a.target, a.content) for a in found if isinstance(a, Act)}
    return acts | {_POST} if of.collection == POSTS else acts


def refill(
    root: Path, repositories: Repositories, batch: Batch, say: Callable[[str], None]
) -> list[str]:
    """Read some of the repositories that are wanted, and fold what was missed of them.

    Parameters
    ----------
    root
        The lake, which has all that the stream brought.
    batch
        An empty one; committed, it mends these gaps.
    say
        Is told which can't be read.

    Returns
    -------
    list of str
        The accounts whose repositories were read.

    Raises
    ------
    KloutError
        If the server does not list its repositories.
    """
    memory, wanted = batch.memory, batch.memory.wanted(AT_ONCE)
    if wanted and wanted[0][0] == EVERY:
        _want_changed(root, repositories, memory, wanted[0][1])
        wanted = memory.wanted(AT_ONCE)
    dids = [did for did, _ in wanted]
    stands, revs, mended = standing(root, dids), batch.rev_of(dids), []
    for did in dids:
        try:
            found = _read(repositories, did, revs.get(did, ""))
        except KloutError as error:
            again = memory.failed(did) < MOST_TRIES
            say(f"{error}; {'trying again' if again else 'its gap stays'}")
            if not again:
                memory.read_again(did)
            continue
        if found is None:
            _take(batch, [Account(0, did, False, _now())])
        else:
            here = [Account(0, did, True, _now())] if _is_away(batch, did) else []
            _take(batch, [*here, *missed(found, stands[did])])
            batch.revs[did] = found.rev
        mended.append(did)
    return mended


def _read(repositories: Repositories, did: str, last: str) -> Repository | None:
    found = repositories.read(did)
    if found is not None and found.rev < last:
        raise KloutError(f"{repositories.url}, {did}: is older than the stream ({found.rev})")
    return found


def _take(batch: Batch, events: list[Event]) -> None:
    records = [each.address for each in events if isinstance(each, Operation)]
    accounts = [f"at://{each.did}" for each in events if isinstance(each, Account)]
    batch.look_up([*records, *accounts])
    for event in events:
        batch.fold.take(event)
    batch.events += 1
    batch.gather()


def _is_away(batch: Batch, did: str) -> bool:
    known = batch.memory.known([f"at://{did}"]).get(f"at://{did}")
    return known is not None and not known.is_there


def _want_changed(root: Path, repositories: Repositories, memory: Memory, since: int) -> None:
    """Want all repositories that changed since a time, or whose account came or went."""
    listed: dict[str, Listed] = {each.did: each for each in repositories.every()}
    known = memory.known(f"at://{did}" for did in listed)
    for each in listed.values():
        away = known.get(f"at://{each.did}")
        was_active = away is None or away.is_there
        if each.is_active != was_active or (
            each.is_active and (time_of_tid(each.rev) or since) >= since - MARGIN
        ):
            memory.want(each.did)
    for did in _accounts(root) - listed.keys():
        memory.want(did)
    memory.read_again(EVERY)


def _accounts(root: Path) -> set[str]:
    """Name the accounts that did anything that stands."""
    if not exists(root / "ledger"):
        return set()
    lake = Lake(root)
    undone = Undone.of(lake, NETWORK, _tomorrow())
    acts = undone.left_of("interactions", lake.scan("interactions", [NETWORK])).select(
        pl.col("actor").unique()
    )
    made = undone.left_of("contents", lake.scan("contents", [NETWORK])).select(
        pl.col("author").unique()
    )
    return {*acts.collect().to_series(), *made.collect().to_series()}


def _tomorrow() -> date:
    return datetime.now(UTC).date() + timedelta(days=1)


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1e6)
