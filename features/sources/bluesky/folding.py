"""From operations in their order to rows of the lake: what was said, changed, taken back.

**Ids.** The id of an interaction, and of a post's content, is the address of the record that says
it. So whoever deletes it needs no memory of what it said: the retraction names the address. Of a
record that was changed, or whose key was used again, what it says now has another id,
``ADDRESS#REV`` (``ADDRESS#REV.N`` for the N-th further operation on it in one commit), and what it
said before is retracted. All ids follow from the operations alone, so the same ones that come
twice, as streams send them, make the same rows.

**Memory** is thus needed of records only that were changed or deleted: which operation was the
last, and whether the record is there. An operation that is not later is one that comes again. Of
accounts it holds whether they are there, of profiles since when they ask not to be shown.

**Time.** An interaction happened when its record says, but not after it was seen nor before the
network began; where the day is none of the calendar (30 February), when it was seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl

from features.lake import Piece
from features.lake.contracts import TIME
from features.lake.times import read_times
from features.sources.bluesky.operations import (
    CREATE,
    DELETE,
    STANDS,
    Account,
    Broken,
    Event,
    Handle,
    Operation,
    Unread,
)
from features.sources.bluesky.records import (
    COLLECTIONS,
    POSTS,
    PROFILES,
    TO_ONESELF,
    Act,
    display_name,
    is_address,
    is_hidden,
    said,
    tags_of,
)
from features.sources.bluesky.twins import Twins, fact_of

NETWORK = "bluesky"
BEGAN = datetime(2022, 11, 1, tzinfo=UTC)
"""No record can be older, whatever it says of itself."""

OVERTAKEN = "overtaken in their commit"
AGAIN = "operations that come again"
OTHER = "of other applications"
STANDING = "accounts that were there"
PROFILE = "profiles"

_OWN = "app.bsky."

_ACTS = ("reaction", "actor", "target", "content", "created", "seen", "id", "damaged")
_MADE = ("author", "content", "created", "seen")
_BACK = ("id", "actor", "seen", "restored")
_OUT = ("person", "opted_out_at", "opted_in_at")
_OTHER_TYPES = {
    "seen": pl.Int64(),
    "restored": pl.Boolean(),
    "opted_out_at": pl.Int64(),
    "opted_in_at": pl.Int64(),
}


class Known(NamedTuple):
    """What is remembered of an address.

    Attributes
    ----------
    rev, turn
        The last operation: the repository's revision, and which one on the address it was in it.
        Of an account, its time as ISO 8601.
    is_there
        Whether the record stands, or the account is there.
    since
        Of a profile that asks not to be shown, since when, microseconds since 1970.
    """

    rev: str
    turn: int
    is_there: bool
    since: int = 0


@dataclass
class Folding:
    """Rows that are made of operations, and what is remembered for those to come.

    Attributes
    ----------
    known
        What is remembered, by address.
    changed
        What of it these operations changed.
    twins
        Which facts several records state.
    """

    known: Mapping[str, Known] = field(default_factory=dict)
    changed: dict[str, Known] = field(default_factory=dict)
    twins: Twins = field(default_factory=Twins)
    _plain: list[pl.DataFrame] = field(default_factory=list)
    _acts: list[tuple[Any, ...]] = field(default_factory=list)
    _made: list[tuple[Any, ...]] = field(default_factory=list)
    _back: list[tuple[Any, ...]] = field(default_factory=list)
    _out: list[tuple[Any, ...]] = field(default_factory=list)
    _called: list[tuple[Any, ...]] = field(default_factory=list)
    _links: list[tuple[Any, ...]] = field(default_factory=list)
    _about: list[tuple[Any, ...]] = field(default_factory=list)
    _left_out: Counter[str] = field(default_factory=Counter)
    _met: dict[str, str] = field(default_factory=dict)
    _turns: dict[str, tuple[str, int, object]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take the next event of the stream."""
        if isinstance(event, Operation):
            self._operation(event)
        elif isinstance(event, Unread):
            self._left_out[event.kind] += 1
        elif isinstance(event, Account):
            self._account(event)
        elif isinstance(event, Handle):
            self._called.append((event.row, event.did, event.handle, event.seen))
            self._links.append((event.row, event.did, f"https://{event.handle}", event.seen))
        else:
            self._refuse(event)

    def is_first(self, address: str, rev: str) -> bool:
        """Whether nothing is remembered of an address; from now on it was met in a commit."""
        if address in self._met or address in self.changed or address in self.known:
            return False
        self._met[address] = rev
        return True

    def add(self, acts: pl.DataFrame) -> None:
        """Take interactions that need no memory, of records without a past.

        Parameters
        ----------
        acts
            ``row``, ``reaction``, ``actor``, ``target``, ``content``, ``created`` (a time),
            ``seen`` (microseconds), ``id``.
        """
        others = acts.filter(pl.col("actor") != pl.col("target"))
        self._left_out[TO_ONESELF] += len(acts) - len(others)
        self._plain.append(others)
        told = others.select("reaction", "actor", pl.coalesce("content", "target"))
        facts = list(map(fact_of, told.iter_rows()))
        again = self.twins.met(facts, others["id"].to_list(), self.changed)
        for place in again:
            row, actor, name, seen = others.select("row", "actor", "id", "seen").row(place)
            self._state(row, facts[place], actor, name, seen)

    def pieces(self, file: str) -> Iterator[Piece]:
        """Give the rows that were made since the last time, and forget them."""
        left_out, self._left_out = self._left_out, Counter()
        yield Piece("interactions", _interactions(self._acts, self._plain), file, left_out)
        if self._made:
            yield Piece("contents", _contents(self._made), file)
        if self._about:
            about = _frame(self._about, ("content", "topic", "author"))
            yield Piece("topics", about.with_columns(network=pl.lit(NETWORK)), file)
        if self._back:
            yield Piece("retractions", _retractions(self._back), file)
        if self._out:
            yield Piece("optouts", _optouts(self._out), file)
        if self._called:
            yield Piece("profiles", _of_accounts(self._called, "name"), file)
        if self._links:
            links = _of_accounts(self._links, "url").with_columns(verified=pl.lit(value=True))
            yield Piece("profile_links", links, file)
        self._called, self._links, self._about = [], [], []
        self._acts, self._made, self._back, self._out, self._plain = [], [], [], [], []
        self._turns.clear()
        self._met.clear()

    @property
    def rows(self) -> int:
        """How many rows wait to be given."""
        made = len(self._acts) + len(self._made) + len(self._back) + len(self._out)
        made += len(self._called) + len(self._links) + len(self._about)
        return made + sum(frame.height for frame in self._plain)

    def _operation(self, of: Operation) -> None:
        collection = of.collection
        if collection == PROFILES:
            self._profile(of)
            return
        if collection not in COLLECTIONS:
            self._left_out[collection if collection.startswith(_OWN) else OTHER] += 1
            return
        address = of.address
        known = self._get(address)
        if of.record is None and of.action != DELETE:
            self._left_out[OVERTAKEN] += 1
            self._turn(of)
        elif known is None and of.action in (CREATE, STANDS):
            self._met[address] = of.rev
            self.say(of, address)
        elif of.action == STANDS and known is not None and known.is_there:
            self._left_out[AGAIN] += 1
        else:
            self._change(of, address, known)

    def _change(self, of: Operation, address: str, known: Known | None) -> None:
        """Take what an address said back, and say what it says now, if anything."""
        turn = self._turn(of)
        if known is not None and (of.rev, turn) <= known[:2]:
            self._left_out[AGAIN] += 1
            return
        before = _id(address, known)
        if known is None or known.is_there:
            self._back.append((of.row, before, of.did, self.twins.later(before, of.seen), False))
        elif of.action == DELETE:
            self._left_out[AGAIN] += 1
        now = Known(of.rev, turn, of.action != DELETE)
        self.changed[address] = now
        if (next_one := self.twins.goes(before, self._stands)) is not None:
            self._twin(of.row, next_one, of.did, of.seen, restored=True)
        if now.is_there:
            self.say(of, _id(address, now))

    def _state(self, row: int, fact: int, actor: str, name: str, seen: int) -> None:
        """Have a fact count once that several of an account's records state."""
        if self._stands(name):
            undone = self.twins.states(fact, name, self._stands)
            if undone is not None:
                self._twin(row, undone, actor, seen, restored=False)

    def _twin(self, row: int, name: str, actor: str, seen: int, *, restored: bool) -> None:
        at = self.twins.later(name, seen)
        self.twins.times[name] = at
        self._back.append((row, name, actor, at, restored))

    def _stands(self, name: str) -> bool:
        """Tell whether what an id names was not taken back."""
        address = name.partition("#")[0]
        known = self._get(address)
        return known is None or (known.is_there and _id(address, known) == name)

    def say(self, of: Operation, name: str) -> None:
        """Make rows of what a record says, by an id; refuse one of no form, with its address."""
        row, did, collection, _, _, _, record, seen = of
        if not is_address(of.address):
            self._refuse(Broken(row, of.address, f"{of.address[:80]!r} is no address of a record"))
            return
        try:
            found = list(said(collection, did, record))
        except (ValueError, TypeError) as error:
            self._refuse(Broken(row, of.address, str(error)))
            return
        created = record["createdAt"]
        for each in found:
            if isinstance(each, Act):
                self._acts.append((row, each[0], did, each[1], each[2], created, seen, name, None))
                if collection != POSTS:
                    fact = fact_of((each.reaction, did, each.content or each.target))
                    self._state(row, fact, did, name, seen)
            elif collection != POSTS:
                self._left_out[each] += 1
        if collection == POSTS:
            self._made.append((row, did, name, created, seen))
            # Reactions name the address, also of a post that was changed since.
            self._about += ((row, of.address, tag, did) for tag in tags_of(record))

    def _profile(self, of: Operation) -> None:
        """Take somebody at its word that does not want to be shown to everybody."""
        if of.action != DELETE and (name := display_name(of.record)):
            self._called.append((of.row, of.did, name, of.seen))
        address = of.address
        known, turn = self._get(address), self._turn(of)
        is_hidden_now = of.action != DELETE and is_hidden(of.record)
        was_hidden = known is not None and known.is_there
        if is_hidden_now == was_hidden or (known and (of.rev, turn) <= known[:2]):
            self._left_out[PROFILE] += 1
            return
        since = of.seen if known is None or is_hidden_now else known.since
        until = None if is_hidden_now else max(of.seen, since)
        self._out.append((of.row, f"{NETWORK}:{of.did}", since, until))
        self.changed[address] = Known(of.rev, turn, is_hidden_now, since)

    def _account(self, of: Account) -> None:
        """Take an account away with all that it did, or back."""
        address, at = f"at://{of.did}", f"{of.seen:020d}"
        known = self._get(address)
        if known is not None and (at <= known.rev or known.is_there == of.is_active):
            self._left_out[STANDING if of.is_active else AGAIN] += 1
            return
        self._back.append((of.row, None, of.did, of.seen, of.is_active))
        self.changed[address] = Known(at, 0, of.is_active)

    def _refuse(self, of: Broken) -> None:
        self._acts.append((of.row, *(None,) * 5, None, of.address, of.reason))

    def _get(self, address: str) -> Known | None:
        return self.changed.get(address) or self.known.get(address)

    def _turn(self, of: Operation) -> int:
        """Count the operations on an address in one commit, from 0; the same one twice is one."""
        said = (of.action, of.record)
        first = (self._met.get(of.address, ""), 0, None)
        rev, last, before = self._turns.get(of.address, first)
        turn = last + (before != said) if rev == of.rev else 0
        self._turns[of.address] = (of.rev, turn, said)
        self._met[of.address] = of.rev
        return turn


def _id(address: str, known: Known | None) -> str:
    """Name what an address says since the operation that is remembered of it."""
    if known is None:
        return address
    return f"{address}#{known.rev}.{known.turn}" if known.turn else f"{address}#{known.rev}"


def _frame(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    types = {"row": pl.UInt64(), **{n: _OTHER_TYPES.get(n, pl.String()) for n in names}}
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    series = zip(types.items(), columns, strict=True)
    return pl.DataFrame([pl.Series(name, values, dtype) for (name, dtype), values in series])


def _interactions(rows: list[tuple[Any, ...]], plain: list[pl.DataFrame]) -> pl.DataFrame:
    frame = pl.concat([_read_times(_frame(rows, _ACTS)), *plain], how="diagonal")
    return _dated(frame).with_columns(network=pl.lit(NETWORK))


def _contents(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    frame = _dated(_read_times(_frame(rows, _MADE)))
    return frame.with_columns(network=pl.lit(NETWORK), kind=pl.lit("post"))


def _read_times(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(read_times(rows["created"]))


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    """Say when each happened: as the record says, within what is possible."""
    said, seen = pl.col("created"), pl.col("seen")
    at = pl.max_horizontal(pl.min_horizontal(said, seen.cast(TIME)), pl.lit(BEGAN))
    return rows.with_columns(at=pl.when(seen.is_not_null()).then(at)).drop("created", "seen")


def _retractions(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    frame = _frame(rows, _BACK).with_columns(at=pl.col("seen").cast(TIME))
    return frame.drop("seen").with_columns(network=pl.lit(NETWORK))


def _optouts(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return _frame(rows, _OUT).with_columns(pl.col("opted_out_at", "opted_in_at").cast(TIME))


def _of_accounts(rows: list[tuple[Any, ...]], what: str) -> pl.DataFrame:
    """Make rows of what accounts are called, or link to."""
    frame = _frame(rows, ("account", what, "seen")).with_columns(at=pl.col("seen").cast(TIME))
    return frame.drop("seen").with_columns(network=pl.lit(NETWORK))
