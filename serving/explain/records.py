"""What the lake holds of one person: read once, and restricted to what the answer needs.

Read are the interactions that the person's accounts received, and of whoever gave them all that it
did on those days, since its attention is divided by that. Nothing of other people is folded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from features.catalogue.catalogue import HORIZON
from features.catalogue.declaration import Network
from features.catalogue.network import PAGE_FIGURES
from features.lake import Lake
from features.lake.remembering import remembered
from features.lake.retractions import KEYED, Undone
from features.lake.times import day_number, midnight
from features.signals.authenticity import authenticity_by_account
from features.signals.claim_index import ClaimIndex, claim_index
from features.signals.owners import claims
from features.signals.page_graph import page_table
from features.signals.standing import StandingHistory, standing_by_person
from serving.explain.person import accounts_by_network, accounts_of
from serving.explain.readings import of_accounts
from serving.explain.received import keys_of, published_by, received

Claimed = tuple[pl.DataFrame, pl.DataFrame]
"""Who owned the accounts at the first date and at the second.

Of `features.signals.owners.claims`.
"""

Believed = tuple[pl.DataFrame | None, pl.DataFrame | None]
"""What was believed of actors at both dates: of `features.signals.authenticity`."""

StandingTables = tuple[pl.DataFrame | None, pl.DataFrame | None]
"""People's standing as known at both dates: of `features.signals.standing.standing_by_person`."""


@dataclass(frozen=True)
class StandInTables:
    """What `klout materialize` is given for a lake without a history of its own."""

    standing: pl.DataFrame | None = None
    authenticity: pl.DataFrame | None = None


@dataclass(frozen=True)
class Records:
    """One person on one network, up to `as_of` and since 90 days before `since`.

    Attributes
    ----------
    accounts
        That the person had at either date.
    interactions
        Received by the accounts, and what else their actors did on the same days: as
        `features.signals.tiles.keyed` gives them.
    contents, counters, tallies
        Rows of the lake's tables: published by the accounts, and all their readings.
    pages
        Figures of all pages of the network, from `features.signals.page_graph.page_table`, if one
        of the accounts is among them.
    claimed, believed, standing
        As known at both dates; only of the network, and of the accounts concerned.
    undone
        What is undone at both dates; of the rows those are left out that are undone at both.
    """

    network: Network
    person: str
    since: date
    as_of: date
    accounts: tuple[str, ...]
    interactions: pl.DataFrame
    contents: pl.DataFrame
    counters: pl.DataFrame
    tallies: pl.DataFrame
    pages: pl.DataFrame
    claimed: Claimed
    believed: Believed
    standing: StandingTables
    undone: tuple[Undone, Undone]

    @property
    def undone_between(self) -> Undone:
        """What is undone at one of the dates only."""
        return self.undone[0].difference(self.undone[1])


def read(
    lake: Lake,
    since: date,
    as_of: date,
    person: str,
    networks: tuple[Network, ...],
    given: StandInTables | None = None,
) -> list[Records]:
    """Read what concerns a person, of each network where it had an account at either date.

    Parameters
    ----------
    since, as_of
        The two dates; the same for a question about one.
    given
        As in `features.signals.materialize.materialize`.
    """
    given = StandInTables() if given is None else given
    own = [accounts_by_network(claims(lake, day), person) for day in {since: 0, as_of: 0}]
    every = {
        network: sorted({each for by in own for each in by.get(network.name, [])})
        for network in networks
    }
    return [
        _records(lake, since, as_of, person, network, accounts, given)
        for network, accounts in every.items()
        if accounts
    ]


def at_the_end(records: list[Records]) -> list[Records]:
    """Keep what concerns the second date: all that `read` would read for a question about it."""
    found = []
    for each in records:
        accounts = accounts_of(each.claimed[1], each.person, each.network.name)
        if accounts:
            found.append(_ending(each, sorted(set(accounts))))
    return found


def _ending(r: Records, accounts: list[str]) -> Records:
    first = r.as_of - timedelta(HORIZON)
    within, in_days = pl.col("at") >= midnight(first), pl.col("day") >= day_number(first)
    counting = r.undone[1].left_of_frame
    return replace(
        r,
        since=r.as_of,
        accounts=tuple(accounts),
        interactions=counting(KEYED, r.interactions.filter(in_days)),
        contents=counting("contents", r.contents.filter(within, pl.col("author").is_in(accounts))),
        counters=r.counters.filter(pl.col("account").is_in(accounts)),
        tallies=r.tallies.filter(pl.col("account").is_in(accounts)),
        pages=_if_any(r.pages, accounts),
        claimed=(r.claimed[1], r.claimed[1]),
        believed=(r.believed[1], r.believed[1]),
        standing=(r.standing[1], r.standing[1]),
        undone=(r.undone[1], r.undone[1]),
    )


def _records(
    lake: Lake,
    since: date,
    as_of: date,
    person: str,
    network: Network,
    accounts: list[str],
    given: StandInTables,
) -> Records:
    name, first = network.name, since - timedelta(HORIZON)
    undone = Undone.of(lake, name, since), Undone.of(lake, name, as_of)
    at_both = undone[0].shared_with(undone[1])
    rows = received(lake, network, first, as_of, accounts, at_both)
    contents = at_both.left_of_frame("contents", published_by(lake, name, first, as_of, accounts))
    index = [claim_index(lake, day, name) for day in dict.fromkeys((since, as_of))]
    counters, tallies = (
        of_accounts(lake, each, name, as_of, accounts) for each in ("counters", "tallies")
    )
    return Records(
        network,
        person,
        since,
        as_of,
        tuple(accounts),
        rows,
        contents,
        counters,
        tallies,
        _if_any(_pages(lake, name) if network.page_graph else pl.DataFrame(schema=PAGES), accounts),
        _concerned(index, rows, accounts),
        _believed(lake, since, as_of, name, given),
        _standing(lake, since, as_of, _actors(index, rows, name), given),
        undone,
    )


PAGES = {"page": pl.String, **dict.fromkeys(PAGE_FIGURES, pl.Float64)}


def _if_any(pages: pl.DataFrame, accounts: list[str]) -> pl.DataFrame:
    return pages if pages["page"].is_in(accounts).any() else pages.clear()


@remembered
def _pages(lake: Lake, network: str) -> pl.DataFrame:
    return page_table(lake.scan("links", [network]))


def _concerned(index: list[ClaimIndex], rows: pl.DataFrame, accounts: list[str]) -> Claimed:
    """Keep the claims of accounts that are in the rows, and of all accounts of their persons.

    All of a person's accounts, since one of them stands for the others.
    """
    named = np.unique(pl.concat([rows["actor"], rows["target"], keys_of(accounts)]).to_numpy())
    kept = [each.frame(each.concerned(named)) for each in index]
    return kept[0], kept[-1]


def _believed(lake: Lake, since: date, as_of: date, network: str, given: StandInTables) -> Believed:
    days = dict.fromkeys((since, as_of))
    known = [
        _said(lake, day, network)
        if given.authenticity is None
        else authenticity_by_account(lake, day, given.authenticity, network)
        for day in days
    ]
    return known[0], known[-1]


@remembered
def _said(lake: Lake, day: date, network: str) -> pl.DataFrame | None:
    return authenticity_by_account(lake, day, None, network)


class _Actors(NamedTuple):
    """Whoever reacted: a network's name, the accounts' keys, and persons who may own them."""

    network: str
    keys: pl.Series
    owners: pl.Series


def _actors(index: list[ClaimIndex], rows: pl.DataFrame, network: str) -> _Actors:
    keys = np.unique(rows["actor"].to_numpy())
    owners = [each.claimed["person"].gather(each.of_keys(keys)) for each in index]
    return _Actors(network, pl.Series(keys), pl.concat(owners).drop_nulls())


def _standing(
    lake: Lake, since: date, as_of: date, actors: _Actors, given: StandInTables
) -> StandingTables:
    """Collect standing: the history of both dates is the same one, as far as each reaches.

    An interaction sees its own day's standing, so the first date's world may hold the later
    history too: none of its days sees it. Only what is given instead of a history is another.
    """
    now = _known(lake, as_of, actors, given)
    if since == as_of or _is_published(lake, since) or not _is_published(lake, as_of):
        return now, now
    return (now if given.standing is None else _known(lake, since, actors, given)), now


def _known(lake: Lake, day: date, actors: _Actors, given: StandInTables) -> pl.DataFrame | None:
    """Collect standing as of one date; what is given counts only where nobody has a history."""
    history = _history(lake, day)
    if history is not None:
        return history.of_actors(*actors)
    if given.standing is None or _is_published(lake, day):
        return None
    return standing_by_person(lake, day, given.standing)


@remembered
def _history(lake: Lake, day: date) -> StandingHistory | None:
    return StandingHistory.of(lake, day)


def _is_published(lake: Lake, as_of: date) -> bool:
    """Whether there is any history of scores before a date."""
    return bool(lake.files("scores", until=as_of))
