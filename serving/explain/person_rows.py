"""The interactions of one person on a network, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serving.explain.person_tiles import Ints, Keys, Mask
from serving.explain.received import keys_of
from serving.explain.records import Records


@dataclass(frozen=True)
class PersonRows:
    """Interactions of `Records`, in arrays.

    Attributes
    ----------
    day, reaction
        Places among the days that count, and among the network's reactions.
    is_received
        Whether one of the person's accounts received it.
    """

    day: Ints
    reaction: Ints
    actor: Keys
    target: Keys
    has_content: Mask
    is_received: Mask

    @staticmethod
    def of(r: Records, first: int) -> PersonRows:
        """Take them from frames."""
        rows, own = r.interactions, keys_of([*r.accounts]).to_numpy()
        target = rows["target"].to_numpy()
        return PersonRows(
            rows["day"].to_numpy().astype(np.int64) - first,
            rows["reaction"].to_physical().to_numpy().astype(np.int64),
            rows["actor"].to_numpy(),
            target,
            rows["content"].is_not_null().to_numpy(),
            np.isin(target, own),
        )
