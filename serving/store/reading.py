"""Reading: all that one snapshot gives is of one day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, Row, bindparam, select

from serving.store import packing
from serving.store.labels import lowered
from serving.store.lookups import Lookups, RowsBy, StoredAccount
from serving.store.publish_day import EVERYWHERE
from serving.store.published_rows import HistoryPoint, PublishedDay, Ranked, Scored
from serving.store.schema import accounts, boards, days, history, names
from serving.store.topic_reading import LAST, TopicReading

_SEARCHED = 500
"""Names that a search looks at, in alphabetical order."""

# Made once, as in `serving.store.lookups`.
_DAYS = select(days).order_by(days.c.as_of)
_LATEST = select(days).order_by(days.c.as_of.desc()).limit(1)
_HISTORY = select(history).order_by(history.c.as_of)
_BETWEEN = RowsBy.of(
    _HISTORY.where(history.c.as_of.between(bindparam("since"), bindparam("until"))),
    history.c.block,
)

_EVERYBODY = select(history.c.block, history.c.scores).where(history.c.as_of == bindparam("as_of"))
_BOARD = (
    select(boards.c.block, boards.c.persons)
    .where(boards.c.network == bindparam("number"))
    .order_by(boards.c.block)
)


@lru_cache(maxsize=16)
def _on(days: int) -> RowsBy:
    """Make what reads so many days of the history, ``day0`` and so on."""
    wanted: list[BindParameter[date]] = [bindparam(f"day{number}") for number in range(days)]
    return RowsBy.of(_HISTORY.where(history.c.as_of.in_(wanted)), history.c.block)


class Snapshot:
    """The store as it is when the first question is asked; later ones see the same.

    Parameters
    ----------
    find
        Persons and words of a transaction that sees one state of the database.
    sensitive
        Whether topics are there that speak of health, belief and the like.
    """

    def __init__(self, find: Lookups, *, sensitive: bool = False) -> None:
        self._find = find
        self.topics = TopicReading(find, sensitive=sensitive)
        self._execute = find.connection.execute

    @cached_property
    def days(self) -> list[PublishedDay]:
        """All published days, oldest first."""
        return [_day(row) for row in self._execute(_DAYS)]

    @cached_property
    def day(self) -> PublishedDay | None:
        """The latest day; None: nothing is published."""
        row = self._execute(_LATEST).one_or_none()
        return None if row is None else _day(row)

    @property
    def model_switches(self) -> list[PublishedDay]:
        """The days on which another model scored than on the day published before."""
        both = zip(self.days, self.days[1:], strict=False)
        return [after for before, after in both if after.model != before.model]

    def person(self, person: str) -> Scored | None:
        """Find a person by its id."""
        return self.people([person]).get(person)

    def people(self, ids: Iterable[str]) -> dict[str, Scored]:
        """Find persons by their ids; those that have no score are left out."""
        return self._find.by_id(ids)

    def by_klout_id(self, number: int) -> Scored | None:
        """Find a person by its number in the Klout API v2."""
        return self._find.by_klout_id(number)

    def named(self, network: str, name: str) -> Scored | None:
        """Find the person that has an account by its name in upper or lower case.

        Of several, which only other networks than Twitter have, the one of the highest score.
        """
        if exact := self.owner(network, name):
            return exact
        rows = self._execute(select(names.c.key).where(names.c.name == lowered(name)))
        scored = self._find.by_key(row.key for row in rows.fetchmany(_SEARCHED))
        fitting = [
            each
            for each in scored.values()
            if any(
                (n, lowered(a)) == (network, lowered(name)) for n, a in self.accounts(each.person)
            )
        ]
        return min(fitting, key=lambda each: each.rank, default=None)

    def owner(self, network: str, account: str) -> Scored | None:
        """Find the person that has an account."""
        return self.owners([(network, account)]).get((network, account))

    def owners(self, wanted: Iterable[StoredAccount]) -> dict[StoredAccount, Scored]:
        """Find the persons that have accounts: who connected them, else themselves."""
        asked = list(wanted)
        connected = self._find.owners(asked)
        by_key = self._find.by_key(connected.values())
        alone = self.people(f"{network}:{account}" for network, account in asked)
        found = {
            each: by_key.get(connected[each]) if each in connected else alone.get(":".join(each))
            for each in asked
        }
        return {each: scored for each, scored in found.items() if scored is not None}

    def accounts(self, person: str) -> list[StoredAccount]:
        """Name the accounts of a person in order; of one that nobody connected, itself."""
        if self.person(person) is None:
            return []
        key = self._find.keys([person])[person]
        rows = self._execute(select(accounts).where(accounts.c.key == key))
        found = sorted((self._find.word(row.network), row.account) for row in rows)
        network, colon, account = person.partition(":")
        is_one = bool(colon) and self._find.number(network) is not None
        return found or [(network, account)] * is_one

    def history(
        self, person: str, since: date = date.min, until: date = date.max
    ) -> list[HistoryPoint]:
        """Read a person's scores of days ``[since, until]``, oldest first."""
        return self.histories([person], since, until).get(person, [])

    def scores_on(
        self, ids: Iterable[str], wanted: Collection[date]
    ) -> dict[str, dict[date, float]]:
        """Read persons' scores of some days; days on which they had none are left out."""
        days = {f"day{number}": day for number, day in enumerate(wanted)}
        found = self._histories(ids, _on(len(days)), days)
        return {person: {each.as_of: each.score for each in of} for person, of in found.items()}

    def histories(
        self, ids: Iterable[str], since: date = date.min, until: date = date.max
    ) -> dict[str, list[HistoryPoint]]:
        """Read persons' scores of days ``[since, until]``, oldest first."""
        return self._histories(ids, _BETWEEN, {"since": since, "until": until})

    def _histories(
        self, ids: Iterable[str], by: RowsBy, within: dict[str, Any]
    ) -> dict[str, list[HistoryPoint]]:
        places = {
            person: divmod(key, packing.HISTORY_BLOCK)
            for person, key in self._find.keys(ids).items()
        }
        rows: dict[int, list[tuple[date, bytes]]] = {}
        blocks = (block for block, _ in places.values())
        for row in by.rows(self._find.connection, blocks, **within):
            rows.setdefault(row.block, []).append((row.as_of, row.scores))
        return {
            person: _points(rows.get(block, []), place) for person, (block, place) in places.items()
        }

    def everybody(self, as_of: date) -> NDArray[np.int32]:
        """Read all scores of a day, in millionths of a point, by the persons' `keys`; 0: none."""
        rows = self._execute(_EVERYBODY, {"as_of": as_of}).all()
        found = np.zeros((1 + max((row.block for row in rows), default=-1), packing.HISTORY_BLOCK))
        for row in rows:
            found[row.block] = np.frombuffer(row.scores, packing.MILLIONTHS)
        return found.astype(np.int32).ravel()

    def keys(self, ids: Iterable[str]) -> dict[str, int]:
        """Give the keys of persons: where they stand in what `everybody` gives."""
        return self._find.keys(ids)

    def place(self, person: str, network: str) -> int | None:
        """Find a person's place on the leaderboard of a network; None: it has no part there."""
        number, key = self._find.number(network), self.keys([person]).get(person)
        if number is None or key is None:
            return None
        for row in self._execute(_BOARD, {"number": number}):
            found = np.flatnonzero(np.frombuffer(row.persons, packing.KEYS) == key)
            if len(found):
                return int(row.block * packing.BOARD_BLOCK + found[0] + 1)
        return None

    def leaderboard(
        self, network: str | None = None, after: int = 0, limit: int = 100
    ) -> list[Ranked]:
        """Read a leaderboard, best first.

        Parameters
        ----------
        network
            By its part of influence, those that have any; None: everybody by score.
        after
            The last place that was read; 0: from the top.
        limit
            At most so many.
        """
        number = EVERYWHERE if network is None else self._find.number(network)
        found: list[Ranked] = []
        while number is not None and len(found) < limit:
            block, skip = divmod(after, packing.BOARD_BLOCK)
            keys = self._board(number, block)[skip:][: limit - len(found)]
            if not keys:
                break
            scored = self._find.by_key(keys)
            places = enumerate(keys, after + 1)
            found += [Ranked(place, scored[key]) for place, key in places if key in scored]
            after += len(keys)
        return found

    def ranking(self, ids: Iterable[str]) -> list[Ranked]:
        """Order some people by score: a leaderboard of their own."""
        ordered = sorted(self.people(ids).values(), key=lambda each: each.rank)
        return [Ranked(place, each) for place, each in enumerate(ordered, 1)]

    def search(self, prefix: str, limit: int = 10) -> list[Scored]:
        """Find people whose id, an account, or a word of the name begins so, in any case.

        Those of exactly this name come first, then by rank. Of very many names only the first in
        the alphabet are looked at.
        """
        text = lowered(prefix)
        within = (names.c.name >= text, names.c.name < text + LAST)
        wanted = select(names).where(*within).order_by(names.c.name, names.c.key).limit(_SEARCHED)
        rows = self._execute(wanted).all() if text else []
        exact = {row.key for row in rows if row.name == text}
        scored = self._find.by_key(row.key for row in rows)
        ordered = sorted(scored, key=lambda key: (key not in exact, scored[key].rank))
        return [scored[key] for key in ordered[:limit]]

    def _board(self, number: int, block: int) -> list[int]:
        wanted = select(boards.c.persons).where(boards.c.network == number, boards.c.block == block)
        packed = self._find.connection.scalar(wanted)
        return [] if packed is None else np.frombuffer(packed, packing.KEYS).tolist()


def _day(row: Row[Any]) -> PublishedDay:
    return PublishedDay(
        as_of=row.as_of,
        model=row.model,
        catalogue=row.catalogue,
        published_at=row.published_at.replace(tzinfo=UTC),
        persons=row.persons,
    )


def _points(rows: list[tuple[date, bytes]], place: int) -> list[HistoryPoint]:
    """Read one place of a block's days."""
    found = ((as_of, np.frombuffer(packed, packing.MILLIONTHS)[place]) for as_of, packed in rows)
    return [HistoryPoint(as_of, int(score) / packing.MILLION) for as_of, score in found if score]
