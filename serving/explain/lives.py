"""A person at one date on all its networks; who was asked about last is kept.

A page asks why a score is what it is and what would raise it, one after the other: what the person
received is read and folded once for both.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from features.catalogue.declaration import Network
from features.lake import Lake
from features.lake.remembering import remembered
from serving.explain.records import StandInTables, read
from serving.explain.scenario_inputs import ScenarioInputs


def lives_of(
    lake: Lake,
    as_of: date,
    person: str,
    networks: tuple[Network, ...],
    given: StandInTables | None = None,
) -> list[ScenarioInputs]:
    """Read what concerns a person, as `serving.explain.records.read` does for one date."""
    key, last = (as_of, person, networks), _last(lake)
    known = last.get("asked")
    if given is None and known is not None and known[0] == key:
        lives: list[ScenarioInputs] = known[1]
        return lives
    found = [ScenarioInputs(each) for each in read(lake, as_of, as_of, person, networks, given)]
    if given is None:
        last["asked"] = key, found
    return found


@remembered
def _last(lake: Lake) -> dict[str, Any]:
    """Keep one person, while the ledger is the same; filled by who asks."""
    del lake
    return {}
