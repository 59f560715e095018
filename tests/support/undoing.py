"""Days of a larger world of whose reactions and contents many are taken back, on time or late."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.support.histories import History
from tests.support.naive import midnight
from tests.support.retractions import without_repeats
from tests.support.worlds import AS_OF, Row, World, big_world


def undoing(seed: int, days: int = 4, size: int = 800) -> History:
    """Make up some days; a quarter of what happens is undone, and some of that restored."""
    rng = random.Random(seed)
    world = big_world(seed, size)
    named = [row | {"id": rng.choice((None, f"i{n}", f"s{n % 50}"))} for n, row in _few_days(world)]
    world |= {"interactions": without_repeats(named), "scores": []}
    world["retractions"] = [_undo(rng, row) for row in named if rng.random() < 0.25]
    world["retractions"] += [_undo(rng, {**row, "id": None}) for row in rng.sample(named, 6)]
    world["retractions"] += [_undo(rng, _as_id(row)) for row in rng.sample(world["contents"], 20)]
    runs = [AS_OF - timedelta(days - 1 - n) for n in range(days)]
    arrivals: list[World] = [{} for _ in runs]
    for table, rows in world.items():
        for row in rows:
            happened = row.get("at", row.get("connected_at"))
            on_time = next((n for n, run in enumerate(runs) if _before(happened, run)), days - 1)
            number = rng.randrange(days) if rng.random() < 0.2 else on_time
            arrivals[number].setdefault(table, []).append(row)
    return History(runs, arrivals)


def _few_days(world: World) -> list[tuple[int, Row]]:
    """Leave out most days of interactions: each is some files, and takes its time."""
    rows = [row for row in world["interactions"] if (AS_OF - row["at"].date()).days < 8]
    return list(enumerate(rows))


def _before(happened: object, run: object) -> bool:
    return happened is None or happened < midnight(run)  # type: ignore[operator,arg-type]


def _as_id(content: Row) -> Row:
    return {"network": content["network"], "id": content["content"], "actor": content["author"]}


def _undo(rng: random.Random, row: Row) -> Row:
    actor = row["actor"] if row["id"] is None or rng.random() < 0.3 else None
    at = midnight(AS_OF - timedelta(rng.randrange(-1, 6))) + timedelta(hours=rng.randrange(24))
    number = row["id"] if row["id"] is not None or actor is None else None
    back = rng.choice((None, False, False, True))
    return {"network": row["network"], "id": number, "actor": actor, "at": at, "restored": back}
