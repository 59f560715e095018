"""The fewest of something that are enough, of several things at once: pure search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

STEPS = 128
"""Amounts tried at once between one that is too few and one that is enough: many take hardly
longer than one."""

Pair = tuple[int, int]
"""Which thing, by place, and how many of it."""


def minimal_amounts(
    most: Sequence[int], are_enough: Callable[[list[Pair]], list[bool]]
) -> list[int | None]:
    """Find the fewest: by doubling, and then between the last two.

    Parameters
    ----------
    most
        Of each thing, how many there may be.
    are_enough
        Says of several amounts of several things whether they are enough; if some are, so are more.

    Returns
    -------
    list of int or None
        None of a thing of which even the most are not enough.

    Examples
    --------
    >>> minimal_amounts([100, 100], lambda pairs: [many >= (7, 1000)[which] for which, many in
    ... pairs])
    [7, None]
    """
    found: list[int | None] = [None] * len(most)
    too_few = [0] * len(most)
    tried = {which: _doublings(each) for which, each in enumerate(most) if each}
    while tried:
        pairs = [(which, many) for which, amounts in tried.items() for many in amounts]
        enough = {
            pair for pair, is_enough in zip(pairs, are_enough(pairs), strict=True) if is_enough
        }
        following: dict[int, list[int]] = {}
        for which, amounts in tried.items():
            upper = next((many for many in amounts if (which, many) in enough), None)
            if upper is None:
                continue
            too_few[which] = max((many for many in amounts if many < upper), default=too_few[which])
            if upper - too_few[which] == 1:
                found[which] = upper
            else:
                following[which] = _between(too_few[which], upper)
        tried = following
    return found


def _doublings(most: int) -> list[int]:
    return sorted({min(2**n, most) for n in range(most.bit_length() + 1)})


def _between(too_few: int, enough: int) -> list[int]:
    step = max(1, (enough - too_few) // STEPS)
    return [*range(too_few + 1, enough, step), enough]
