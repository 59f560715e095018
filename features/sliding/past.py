"""Days that were counted already, put right by what came late or is known only now."""

from __future__ import annotations

import polars as pl

from features.identity import Owners, account_key, day_number
from features.sliding.accounts import Accounts, actor_of, ends, receiver_of
from features.sliding.inputs import Inputs
from features.sliding.known import Known, Learned, Moved
from features.sliding.pairs import Pairs
from features.sliding.repair import Side, concerned, repair
from features.sliding.shards import Shard
from features.sliding.store import Store
from features.standing import standing_by_account


def put_right(
    inputs: Inputs,
    store: Store,
    shard: Shard,
    accounts: Accounts,
    pairs: Pairs,
    learned: Learned,
) -> tuple[Accounts, pl.Series]:
    """Count days anew, as far as something late or something learned makes them others.

    Parameters
    ----------
    inputs
        With a run before.
    store
        The tiles that it kept; changed.
    shard
        Whose tiles they are.
    accounts, pairs
        As it left them.
    learned
        Of the network's people.

    Returns
    -------
    tuple
        All accounts, and the receivers (keys) whose figures must be read anew.
    """
    was, now, change = learned.was, learned.now, learned.moved
    files = inputs.files_by_day(now.owners.network.name)
    assert inputs.since is not None
    stale = [change.targets, _one(was.owners, change), _one(now.owners, change)]
    is_moved = len(change.actors) > 0
    for day in sorted(day for day in files if day < day_number(inputs.since)):
        late = [file for file in files[day] if inputs.is_new(file)]
        if not late and not is_moved:
            continue
        new = inputs.lake.scan_files("interactions", late)
        old_files = [file for file in files[day] if not inputs.is_new(file)]
        after_rows = inputs.lake.scan_files("interactions", files[day])
        actors = concerned(after_rows, new, change)
        if actors.is_empty():
            continue
        # Who is somebody else's now may be new to the shard, with all who react to it.
        theirs = new if shard.is_all else after_rows.filter(_by(actors))
        accounts = accounts.with_ends(ends(theirs))
        standing = _standing_of(inputs, day, actors, accounts, was, now)
        sides = (
            Side(inputs.lake.scan_files("interactions", old_files), was, standing[0]),
            Side(after_rows, now, standing[1]),
        )
        stale.append(repair(store, day, accounts, actors, shard, *sides))
    if is_moved:
        stale.append(_gave_to(pairs, change.actors, accounts))
    return accounts, pl.concat(stale).unique()


def _by(actors: pl.Series) -> pl.Expr:
    return account_key("actor").is_in(actors.implode())


def _one(owners: Owners, change: Moved) -> pl.Series:
    """Name what stands for the accounts that receive for somebody else."""
    mine = owners.merged.filter(pl.col("key").is_in(change.targets.implode()))
    return mine["one"]


def _gave_to(pairs: Pairs, actors: pl.Series, accounts: Accounts) -> pl.Series:
    """Name everybody (keys) to whom some actors gave, also on a day that leaves."""
    met = pairs.lazy().select(actor=actor_of(), number=receiver_of())
    theirs = accounts.numbered(actors)
    found = met.join(theirs, left_on="actor", right_on="number", how="semi")
    keyed = accounts.keyed(found.select("number").unique(), "number", "key")
    return keyed.collect(engine="streaming")["key"]


def _standing_of(
    inputs: Inputs, day: int, actors: pl.Series, accounts: Accounts, was: Known, now: Known
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Standing of some actors on a day, by what was known of their owners, and by what is."""
    theirs = accounts.table.filter(pl.col("key").is_in(actors.implode()))
    unclaimed = theirs.select(
        person=pl.concat_str(pl.lit(f"{now.owners.network.name}:"), pl.col("account"))
    )
    owned = [
        known.owners.claimed.filter(pl.col("key").is_in(actors.implode())).select("person")
        for known in (was, now)
    ]
    persons = pl.concat([unclaimed, *owned])["person"].drop_nulls().unique()
    by_person = inputs.standing(day, persons)
    return standing_by_account(by_person, was.owners), standing_by_account(by_person, now.owners)
