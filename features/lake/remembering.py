"""What was worked out of a lake as it is, kept for as long as it is so.

A `Lake` sees one state of its ledger. `lake_now` gives the same one for as long as the ledger is
the same, and what functions marked `remembered` found of it goes with it: whoever answers many
questions about a lake reads its identities once. A lake that is opened otherwise remembers nothing,
as a run that works through it once would only need more memory.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from features.lake.lake import Lake
from features.storage.objects import is_remote
from features.storage.paths import location

P = ParamSpec("P")
T = TypeVar("T")

MOST = 200
"""Things remembered of a lake: some for each network and day asked about."""
LAKES = 4

_LedgerState = tuple[tuple[str, int, int, int], ...]
_lakes: OrderedDict[Path, tuple[_LedgerState, Lake]] = OrderedDict()
_lock = Lock()


def lake_now(root: Path | str) -> Lake:
    """Open a lake, or give the one opened before if its ledger is the same."""
    place = location(root)
    if is_remote(place):
        return Lake(place)
    state = _state(place / "ledger")
    with _lock:
        known = _lakes.get(place)
        if known is None or known[0] != state or not state:
            known = _lakes[place] = state, Lake(place)
            known[1].memory = {}
        _lakes.move_to_end(place)
        while len(_lakes) > LAKES:
            _lakes.popitem(last=False)
    return known[1]


def _state(ledger: Path) -> _LedgerState:
    try:
        with os.scandir(ledger) as found:
            stats = [(each.name, each.stat()) for each in found]
    except OSError:
        return ()
    return tuple(sorted((n, s.st_ino, s.st_size, s.st_mtime_ns) for n, s in stats))


def remembered(
    find: Callable[Concatenate[Lake, P], T],
) -> Callable[Concatenate[Lake, P], T]:
    """Keep what a function found of a lake, by its other arguments.

    What it gives is shared, and must not be changed. Arguments must be hashable.
    """

    @wraps(find)
    def found(lake: Lake, /, *args: P.args, **kwargs: P.kwargs) -> T:
        known, asked = lake.memory, (find, args, *sorted(kwargs.items()))
        if known is None:
            return find(lake, *args, **kwargs)
        if asked in known:
            answer: T = known[asked]
            return answer
        answer = known[asked] = find(lake, *args, **kwargs)
        while len(known) > MOST:
            known.pop(next(iter(known)), None)
        return answer

    return found
