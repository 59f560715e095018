"""One person's interactions on a network, folded into `serving.explain.person_tiles`.

The steps are those of `features.signals.tiles`, of arrays whose rows are one reaction each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.figures import BELIEVED, MICRO, QUARTERS, Sum
from features.catalogue.measures import figures_of
from features.signals.owners import Owners
from features.signals.tiles import kinds
from serving.explain.person_tiles import Ints, Keys, Mask, PersonTiles, Things


class Actors(NamedTuple):
    """What is known of actors: their standing and authenticity, as of `features.signals`."""

    standing: pl.DataFrame | None
    believed: pl.DataFrame | None


def fold_person(
    rows: pl.DataFrame, owners: Owners, actors: Actors, own: Keys, days: range
) -> PersonTiles:
    """Fold what some accounts received.

    Parameters
    ----------
    rows
        From `features.signals.tiles.keyed`: what the accounts received, and what else who gave it
        did on these days.
    owners
        Who owns the accounts.
    own
        The accounts' keys.
    days
        Since 1970; all rows are of these.
    """
    received = _counting(rows, owners, days.start)
    shape = len(kinds(owners.network)), len(days)
    who, actor = np.unique(received.actor, return_inverse=True)
    quarters = _quarters(actors.believed, who)
    is_mine = ~received.is_ignored & np.isin(received.receiver, own)
    codes = _Codes(shape, len(who))
    made, often = np.unique(codes.of(0, actor, received), return_counts=True)
    mine = received.where(is_mine)
    receiver = np.unique(mine.receiver, return_inverse=True)[1]
    pair, count = np.unique(codes.of(receiver, actor[is_mine], mine), return_counts=True)
    pair, count = _only(quarters[codes.actor(pair)] > 0, pair, count)
    believed, kind, day = quarters[codes.actor(pair)], codes.kind(pair), codes.day(pair)
    found = brought(
        count,
        often[made.searchsorted(pair % codes.size)],
        standing_on(actors.standing, who, codes.actor(pair), day + days.start),
    )
    return PersonTiles(
        {
            figure: _summed((kind, day), each * figure.believed(believed), shape)
            for figure, each in found.items()
        },
        _active(codes.receiver(pair), kind, day, believed >= BELIEVED, shape),
        np.bincount(day, minlength=shape[1]) > 0,
        Things(codes.actor(pair), kind, day, count),
        believed,
        *_contents(mine, receiver, quarters[actor[is_mine]] >= BELIEVED, shape),
    )


@dataclass(frozen=True)
class _Received:
    day: Ints
    reaction: Ints
    actor: Keys
    receiver: Keys
    content: Keys
    has_content: Mask
    is_ignored: Mask

    def where(self, which: Mask) -> _Received:
        return _Received(**{name: each[which] for name, each in vars(self).items()})


def _counting(rows: pl.DataFrame, owners: Owners, first: int) -> _Received:
    """Bring together the accounts of a person, drop self-reactions: as `tiles` does."""
    actor, target = rows["actor"].to_numpy(), rows["target"].to_numpy()
    receiver = _one(target, owners)
    every = _Received(
        rows["day"].to_numpy().astype(np.int64) - first,
        rows["reaction"].to_physical().to_numpy().astype(np.int64),
        actor,
        receiver,
        rows["content"].fill_null(0).to_numpy() ^ target,
        rows["content"].is_not_null().to_numpy(),
        np.isin(target, owners.ignored["key"].to_numpy()),
    )
    return every.where((actor != target) & (_one(actor, owners) != receiver))


def _one(keys: Keys, owners: Owners) -> Keys:
    """Give of each account the one that stands for all of its person's."""
    merged = owners.merged
    if merged.is_empty():
        return keys
    known, one = merged["key"].to_numpy(), merged["one"].to_numpy()
    order = np.argsort(known)
    known, one = known[order], one[order]
    place = known.searchsorted(keys).clip(max=len(known) - 1)
    return np.where(known[place] == keys, one[place], keys)


class _Codes:
    """Numbers of receiver, actor, day and reaction in one, in this order."""

    def __init__(self, shape: tuple[int, int], actors: int) -> None:
        self.kinds, self.days = shape
        self.size = max(1, actors) * self.days * self.kinds

    def of(self, receiver: Any, actor: NDArray[np.intp], rows: _Received) -> Ints:
        """Number each row twice: by its reaction, and as any."""
        each = receiver * self.size + (actor * self.days + rows.day) * self.kinds
        return np.concatenate([each + rows.reaction, each + self.kinds - 1])

    def receiver(self, code: Ints) -> Ints:
        return code // self.size

    def actor(self, code: Ints) -> Ints:
        return code % self.size // (self.kinds * self.days)

    def day(self, code: Ints) -> Ints:
        return code // self.kinds % self.days

    def kind(self, code: Ints) -> Ints:
        return code % self.kinds


def brought(count: Ints, made: Ints, standing: Ints | None) -> dict[Sum, Ints]:
    """Ask each `Sum` what pairs of receiver and actor bring, a reaction a row."""
    columns = {"it.count": count.astype(np.uint32), "it.made": made.astype(np.uint32)}
    worth = None if standing is None else pl.col("standing")
    rows = pl.DataFrame(columns if standing is None else columns | {"standing": standing})
    found = rows.select(figure.prepare("it", worth) for figure in figures_of(Sum))
    return {
        figure: found[figure.column("it")].to_numpy().astype(np.int64) for figure in figures_of(Sum)
    }


def standing_on(standing: pl.DataFrame | None, who: Keys, actor: Ints, day: Ints) -> Ints | None:
    """Look up each row's standing, of a history the latest up to the row's day."""
    if standing is None:
        return None
    keys, worth = standing["actor"].to_numpy(), standing["standing"].to_numpy()
    since = np.zeros(len(keys), np.int64)
    if "day" in standing.columns:
        since = standing["day"].to_numpy().astype(np.int64)
    number = who.searchsorted(keys)
    there = who.take(number, mode="clip") == keys if len(who) else np.zeros(len(keys), np.bool_)
    number, since, worth = _only(there, number, since, worth)
    order = np.lexsort((since, number))
    number, since, worth = number[order], since[order], worth[order]
    if not len(number):
        return np.full(len(actor), MICRO)
    end = 1 + int(max(since.max(), day.max(initial=0)))
    place = (number * end + since).searchsorted(actor * end + day, side="right") - 1
    return np.where((place >= 0) & (number[place] == actor), worth[place], MICRO)


def _quarters(believed: pl.DataFrame | None, who: Keys) -> Ints:
    """Say how far actors are believed."""
    found = np.full(len(who), QUARTERS, np.int64)
    if believed is None or not len(who):
        return found
    place = who.searchsorted(believed["actor"].to_numpy())
    there = who.take(place, mode="clip") == believed["actor"].to_numpy()
    found[place[there]] = believed["quarters"].to_numpy()[there]
    return found


def changed_of(believed: tuple[pl.DataFrame | None, pl.DataFrame | None], actors: Keys) -> bool:
    """Whether any of some actors is believed otherwise at one date than at the other."""
    if believed[0] is believed[1]:
        return False
    who = np.unique(actors)
    return not np.array_equal(_quarters(believed[0], who), _quarters(believed[1], who))


def _active(receiver: Ints, kind: Ints, day: Ints, which: Mask, shape: tuple[int, int]) -> Ints:
    """Count the receivers for which a day counts, by reaction and day."""
    kinds_, days = shape
    each = np.unique(((receiver * kinds_ + kind) * days + day)[which])
    return np.bincount(each % (kinds_ * days), minlength=kinds_ * days).reshape(shape)


def _contents(
    rows: _Received, receiver: NDArray[np.intp], is_believed: Mask, shape: tuple[int, int]
) -> tuple[Things, Keys]:
    which = rows.has_content & is_believed
    keys, content = np.unique(rows.content[which], return_inverse=True)
    codes = _Codes(shape, len(keys))
    code, count = np.unique(
        codes.of(receiver[which], content, rows.where(which)), return_counts=True
    )
    return Things(codes.actor(code), codes.kind(code), codes.day(code), count), keys


def _summed(place: tuple[Ints, Ints], values: Ints, shape: tuple[int, int]) -> Ints:
    sums = np.zeros(shape, np.int64)
    np.add.at(sums, place, values)
    return sums


def _only(which: Mask, *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    return tuple(each[which] for each in arrays)
