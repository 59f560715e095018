"""Small worlds in which one thing happens between two dates, and models to score them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.measures import MEASURES
from features.lake import Lake
from features.lake.times import midnight
from features.signals.materialize import materialize
from tests.support.worlds import AS_OF, SMALL, Row, World, big_world, lake_of
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams

SINCE = AS_OF - timedelta(10)
PEOPLE = 120


@cache
def model(seed: int = 1, catalogue: Catalogue = SMALL) -> Model:
    """Learn from signals as small as those of the scenes, so that each of them matters.

    Models of odd seeds have no evidence beside their trees: it would say most of it.
    """
    numbers, names = np.random.default_rng(seed), catalogue.names
    reach = numbers.gamma(0.7, 3.0, PEOPLE)
    there = numbers.random((PEOPLE, len(names))) < 0.8
    values = there * np.round(reach[:, None] * numbers.gamma(2.0, 0.7, (PEOPLE, len(names))), 1)
    down = [number for number, sign in enumerate(catalogue.monotone) if sign < 0]
    values[:, down] = np.round(numbers.gamma(1.0, 4.0, (PEOPLE, len(down))))
    if seed % 2:
        values[:, [name.endswith(".inlinks") or ".any.reactors." in name for name in names]] = 0
    worth = reach - 0.3 * values[:, down].sum(axis=1)
    a = numbers.integers(0, PEOPLE, 1500)
    b = (a + numbers.integers(1, PEOPLE, 1500)) % PEOPLE
    persons = pl.Series("person", [f"p{number}" for number in range(PEOPLE)])
    ends = {"a": persons.gather(a), "b": persons.gather(b)}
    judged = pl.DataFrame(
        {**ends, "preference": (worth[a] > worth[b]).astype(float), "weight": 1.0}
    )
    signals = pl.DataFrame(values, schema=names).insert_column(0, persons)
    params = TrainingParams(
        num_trees=60,
        measures=tuple(measure.name for measure in MEASURES),
        few=0,
        min_sum_hessian_in_leaf=0.1,
        feature_fraction=0.5,
        num_threads=1,
        seed=seed,
    )
    return fit(signals, judged, catalogue, params)


def score_of(lake: Lake, day: date, person: str, by: Model) -> float:
    """Score a person as `klout materialize` and `klout score` do: the slow and obvious way."""
    everybody = by.score(materialize(lake, day, by.catalogue).collect())
    mine = everybody.filter(person=person)["score"]
    nobody = by.points(np.array([by.base]))
    return float(mine[0] if len(mine) else nobody[0])


def ago(days: int, hour: int = 12) -> datetime:
    """An hour of the day so many days before `AS_OF`; 1 is the last day that counts."""
    return midnight(AS_OF - timedelta(days)) + timedelta(hours=hour)


def reaction(actor: str, days: int, target: str = "a", **other: object) -> Row:
    """Somebody retweets, so many days before `AS_OF`."""
    row = {"network": "twitter", "reaction": "retweet", "actor": actor, "target": target}
    return row | {"content": "1", "at": ago(days), "id": None} | other


def post(days: int, content: str, author: str = "a") -> Row:
    """A tweet."""
    row = {"network": "twitter", "author": author, "content": content}
    return row | {"kind": "tweet", "at": ago(days)}


def identity(person: str, account: str, network: str = "twitter", **other: object) -> Row:
    """A connection of long ago."""
    row = {"person": person, "network": network, "account": account, "kind": "personal"}
    return row | {"connected_at": ago(300), "disconnected_at": None} | other


def followers(days: int, value: float, account: str = "a") -> Row:
    """A reading of Twitter's followers."""
    row = {"network": "twitter", "account": account, "counter": "followers"}
    return row | {"value": value, "at": ago(days)}


STEADY: World = {
    "identities": [identity("ann", "a")],
    # Between one date and the other these change their window for none of 7, 30 and 90 days.
    "interactions": [reaction(f"f{n}", 45, content=str(n % 3)) for n in range(6)],
    "contents": [post(50, str(n)) for n in range(3)],
    "counters": [followers(60, 2.0)],
}
"""Ann, of whom nothing changes from `SINCE` to `AS_OF`."""


def scene(root: Path, **more: list[Row]) -> Lake:
    """Ann's lake, and what happens in it."""
    tables = STEADY | {table: [*STEADY.get(table, []), *rows] for table, rows in more.items()}
    return lake_of(tables, root)


DAYS = (0, 1, 3, 7, 8, 14, 30, 31, 50, 89, 91, 105)
"""Days before `AS_OF` on which anything happens in a busy world: each of them is some files."""


def busy_world(seed: int, size: int = 1_500) -> World:
    """A world of sixty accounts in which anything may change between two dates."""
    rng = random.Random(seed)
    names = [f"u{number}" for number in range(60)]

    def belief() -> Row:
        row = {"network": rng.choice(("twitter", "googleplus")), "account": rng.choice(names)}
        return row | {"authenticity": rng.choice((0.0, 0.25, 0.5, 1.0)), "reasons": None}

    def moved(row: Row) -> Row:
        return row | {"at": ago(rng.choice(DAYS), rng.randrange(24))}

    days = range(1, 60)
    world = big_world(seed, size)
    for table in ("interactions", "contents", "counters"):
        world[table] = [moved(row) for row in world[table]]
    scored = {(f"twitter:{rng.choice(names)}", rng.choice(days)) for _ in range(60)}
    return world | {
        "authenticity": [belief() | {"as_of": ago(rng.choice(days), 0)} for _ in range(60)],
        "scores": [
            {"person": who, "score": rng.uniform(1, 90), "as_of": ago(day, 0)}
            for who, day in sorted(scored)
        ],
    }
