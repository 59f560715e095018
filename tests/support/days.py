"""Small lakes on one network, and what came into them before each day's run."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake.times import midnight
from features.people.scrubbing import PUBLISHED
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.recording import report_of
from serving.daily.report import RunReport
from serving.daily.run import daily
from serving.daily.target import THIS_MACHINE, ExecutionTarget
from tests.support.histories import arrive
from tests.support.populations import quick_model
from tests.support.worlds import AS_OF, SMALL, Row
from training.influence.model import Model

NETWORK = "twitter"
ONE = Catalogue(tuple(network for network in SMALL.networks if network.name == NETWORK))


def model(seed: int = 1) -> Model:
    return quick_model(ONE, seed)


def ago(days: int) -> date:
    return AS_OF - timedelta(days)


def likes(day: date, number: int, people: int = 4) -> list[Row]:
    """Reactions of many to a few on a day; the first of them receives the most."""
    at = datetime.combine(day, time(12), midnight(day).tzinfo)
    return [
        {
            "network": NETWORK,
            "reaction": "like",
            "actor": f"fan{n}",
            "target": f"star{n % (1 + n % people)}",
            "content": None,
            "at": at,
            "id": None,
        }
        for n in range(number)
    ]


def tweets(day: date, number: int) -> list[Row]:
    row = {"network": NETWORK, "author": "star0", "kind": "tweet", "at": midnight(day)}
    return [{**row, "content": f"{day}-{n}"} for n in range(number)]


def came(root: Path, number: int, interactions: list[Row], contents: list[Row] = []) -> None:  # noqa: B006
    """Write what came before a run."""
    arrive(root, {"interactions": interactions, "contents": contents}, number, ONE)


def ran(
    root: Path,
    day: date,
    thresholds: Thresholds = USUAL,
    seed: int = 1,
    where: ExecutionTarget = THIS_MACHINE,
    accept: str = "",
) -> RunReport:
    """Run a day and read its report."""
    found = daily(root, day, model(seed), thresholds=thresholds, where=where, accept=accept)
    assert found is not None
    report = report_of(root, day)
    assert report is not None
    return report


def scores(root: Path, day: date) -> pl.DataFrame:
    return pl.read_parquet(root / PUBLISHED / f"{day}.parquet")
