"""From a world to signals, and what may be said of people in two worlds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import HealthCheck, settings

from features.catalogue.catalogue import Catalogue
from features.signals.materialize import materialize
from tests.support.random_models import random_models
from tests.support.worlds import ACCOUNTS, AS_OF, PERSONS, SMALL, Row, World, frame, lake_of
from training.influence.model import Model

EVERYBODY = (*PERSONS, *(f"{n.name}:{account}" for n in SMALL.networks for account in ACCOUNTS))
"""All that may be a person in a tiny world."""

Standing = Mapping[str, float] | None


def examples(count: int) -> settings:
    """Set how many worlds a test looks at; each is looked at with every model."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, suppress_health_check=slow, print_blob=True)


def signals_of(
    world: World, standing: Standing = None, parts: int = 1, catalogue: Catalogue = SMALL
) -> pl.DataFrame:
    """Everybody's signals, through a lake on disk."""
    given = frame(None if standing is None else dict(standing))
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder), catalogue, parts=parts)
        return materialize(lake, AS_OF, catalogue, given).collect()


def rows_of(persons: Iterable[str], signals: pl.DataFrame) -> pl.DataFrame:
    """The persons' signals; somebody without a row has drawn nothing."""
    wanted = pl.DataFrame({"person": sorted(persons)}, schema={"person": pl.String})
    return wanted.join(signals, on="person", how="left", maintain_order="left").fill_null(0)


def people_of(*tables: pl.DataFrame) -> set[str]:
    """Everybody with a row in any of the tables."""
    return set(pl.concat([table["person"] for table in tables]))


def compared(
    persons: Iterable[str],
    before: pl.DataFrame,
    after: pl.DataFrame,
    catalogue: Catalogue = SMALL,
) -> Iterator[tuple[Model, pl.DataFrame, pl.DataFrame]]:
    """What each model says of the persons before and after, in one order."""
    one, two = (rows_of(persons, signals) for signals in (before, after))
    for known in random_models() if len(one) else ():
        model = known.covering(catalogue.networks)
        yield model, model.score(one), model.score(two)


def assert_never_less(
    persons: Iterable[str],
    before: pl.DataFrame,
    after: pl.DataFrame,
    catalogue: Catalogue = SMALL,
) -> None:
    """Nobody of the persons has a lower score after, whichever model is asked."""
    for _, old, new in compared(set(persons), before, after, catalogue):
        assert (new["score"] >= old["score"]).all()
        assert (new["influence"] >= old["influence"]).all()


def owners(world: World, row: Row) -> set[str]:
    """Whoever might own the target of an interaction: who claims it, or itself."""
    claiming = {
        identity["person"]
        for identity in world["identities"]
        if (identity["network"], identity["account"]) == (row["network"], row["target"])
    }
    return claiming | {f"{row['network']}:{row['target']}"}


def without(world: World, table: str, dropped: Iterable[int]) -> World:
    """The world without some rows of a table, by number."""
    gone = set(dropped)
    kept = [row for number, row in enumerate(world[table]) if number not in gone]
    return world | {table: kept}


def matrix(signals: pl.DataFrame, names: list[str]) -> np.ndarray:
    """Some signals, shape (persons, names)."""
    return signals.select(names).to_numpy()
