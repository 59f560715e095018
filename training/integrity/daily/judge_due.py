"""The day's judgement: whoever is due, by what is kept of the days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import Cache
from features.incremental.inputs import Inputs
from features.incremental.manifest import Manifest
from features.lake import Lake
from features.lake.times import day_number
from features.signals.owners import Owners, claims
from training.integrity.assess import COLUMNS, judged, steps_of
from training.integrity.classifier import Classifier
from training.integrity.daily.account_state import State, update_state
from training.integrity.daily.day_files import Days
from training.integrity.daily.neighbourhood import measure_accounts
from training.integrity.daily.schedule import due_accounts

FOLDER = "judged"
"""Within the cache of a lake."""

AT_ONCE = 50_000
"""Accounts that are measured together: all of a network's, at first, may not fit into memory."""

_DAYS = "days"


@dataclass(frozen=True)
class Judgement:
    """What was decided on a day, and what of it is to be kept.

    Attributes
    ----------
    rows
        As of `training.integrity.assess.assess`.
    tables
        By network, the behaviours of whoever was due.
    """

    rows: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    _cache: Cache
    _manifest: Manifest
    _used: list[Path]

    def commit(self, after: Lake) -> None:
        """Make the days read until now those that are kept: once the rows are in the lake.

        Where they are taken back, what is kept no longer holds.
        """
        rows = {file.path for file in after.files("authenticity")}
        self._cache.commit(replace(self._manifest, seen=self._manifest.seen | rows), self._used)


def judge_due(
    cache: Cache,
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    classifier: Classifier | None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> Judgement:
    """Judge whoever is due; all, if nothing is kept that can be moved on.

    Parameters
    ----------
    cache
        Of `FOLDER`; held by the caller.
    lake, as_of, catalogue, classifier, on_rows
        As `training.integrity.assess.assess`.
    """
    if cache.manifest is not None and not cache.manifest.holds(lake, as_of, catalogue):
        cache.drop()
    before, claimed = cache.manifest, claims(lake, as_of)
    since, seen = (None, frozenset[str]()) if before is None else (before.as_of, before.seen)
    inputs = Inputs(lake, as_of, since, seen)
    stores, used = dict[str, dict[str, dict[int, int]]](), list[Path]()
    rows, tables = [pl.DataFrame(schema=COLUMNS)], dict[str, pl.DataFrame]()
    for network in judged(catalogue):
        name, owners = network.name, Owners.of(network, claimed)
        runs = {} if before is None else dict(before.stores[name][_DAYS])
        days = Days(cache.root / name, cache.kept.run, runs)
        who, state = _moved_on(cache, days, inputs, owners, on_rows)
        some = [measure_accounts(state, days, as_of, keys) for keys in _in_parts(who["key"])]
        tables[name] = pl.concat(some).sort("account")
        turn = who.filter("turn")["account"]
        among = tables[name]["account"].is_in(turn.implode()).to_numpy()
        rows.append(steps_of(lake, as_of, network, tables[name], classifier, among))
        stores[name] = {_DAYS: days.runs}
        used += [*days.paths(), *State.paths(cache.root / name, cache.kept.run)]
    manifest = Manifest.of(cache.kept.run, lake, as_of, catalogue, 1, stores)
    return Judgement(pl.concat(rows), tables, cache, manifest, used)


def _moved_on(
    cache: Cache,
    days: Days,
    inputs: Inputs,
    owners: Owners,
    on_rows: Callable[[int], None],
) -> tuple[pl.DataFrame, State]:
    """Move a network on, and choose whom to judge: ``key``, ``account`` and ``turn``."""
    name, since = owners.network.name, inputs.since
    before = State.empty(owners) if since is None else cache.kept.load(State, name)
    state = update_state(before, days, inputs, owners, on_rows)
    cache.kept.save(state, name)
    accounts = state.accounts.select("key", "account", given=state.given["given"])
    if since is None:
        return accounts.with_columns(turn=pl.lit(value=True)), state
    was = before.given["given"].extend_constant(0, len(accounts) - len(before.given))
    known = accounts.with_columns(was=was)
    return due_accounts(known, day_number(since), day_number(inputs.as_of)), state


def _in_parts(keys: pl.Series) -> Iterator[pl.Series]:
    """Divide keys; there is at least one part."""
    for first in range(0, max(1, len(keys)), AT_ONCE):
        yield keys[first : first + AT_ONCE]
