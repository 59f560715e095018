"""Contents and reactions as columns of numbers, before they become rows of the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from features.simulator.chance import Flags, Ints
from features.simulator.identities import DAY
from features.simulator.places import Place


@dataclass(frozen=True)
class Contents:
    """Published contents: authors, times in seconds, numbers on the network, kinds by index."""

    author: Ints
    at: Ints
    number: Ints
    kind: Ints

    def __len__(self) -> int:
        return len(self.author)

    @staticmethod
    def join(parts: Sequence[Contents]) -> Contents:
        """Put contents one after another."""
        if not parts:
            return Contents(*(np.empty(0, np.int64) for _ in fields(Contents)))
        columns = ([getattr(part, each.name) for part in parts] for each in fields(Contents))
        return Contents(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True)
class Reactions:
    """Reactions: actors, targets, times in seconds, kinds by index; content -1 is none."""

    actor: Ints
    target: Ints
    at: Ints
    reaction: Ints
    content: Ints

    def __len__(self) -> int:
        return len(self.actor)

    def only(self, wanted: Flags | Ints) -> Reactions:
        """Select reactions by flags or by place."""
        return Reactions(*(getattr(self, each.name)[wanted] for each in fields(self)))

    @staticmethod
    def join(parts: Sequence[Reactions]) -> Reactions:
        """Put reactions one after another."""
        if not parts:
            return Reactions(*(np.empty(0, np.int64) for _ in fields(Reactions)))
        columns = ([getattr(part, each.name) for part in parts] for each in fields(Reactions))
        return Reactions(*(np.concatenate(column) for column in columns))


def affordable(reactions: Reactions, place: Place) -> Reactions:
    """Keep what the actors' daily budgets allow, first come first, in order of time.

    Days must be whole: all reactions of a day come in one call.
    """
    day = reactions.at // DAY
    # An account that has not joined or fell silent does not react either.
    here = (place.accounts.since[reactions.actor] <= day) & (
        day < place.accounts.until[reactions.actor]
    )
    reactions, day = reactions.only(here), day[here]
    by_actor = np.lexsort((reactions.at, reactions.actor))
    key = (reactions.actor * (day.max(initial=0) + 1) + day)[by_actor]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(starts, append=len(key)))
    kept = np.sort(by_actor[rank < place.budget[reactions.actor[by_actor]]])
    return reactions.only(kept[np.argsort(reactions.at[kept], kind="stable")])
