"""Charts of a view of runs, as MLflow's browser side keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Chart = dict[str, Any]

RUNS = 20
"""Runs that a chart shows at once; by itself it is ten."""
_SECTION = "compared"


def bars(metric: str) -> Chart:
    """Draw a bar for each run."""
    return {"type": "BAR", "metricKey": metric, "displayName": metric}


def scatter(x: str, y: str) -> Chart:
    """Draw a point for each run, at two of its metrics."""
    axes = {"xaxis": {"key": x, "type": "METRIC"}, "yaxis": {"key": y, "type": "METRIC"}}
    return {"type": "SCATTER", "displayName": f"{y} by {x}", **axes}


def parallel(params: Iterable[str], metrics: Iterable[str]) -> Chart:
    """Draw a line for each run, through its parameters to its metrics."""
    chosen = {"selectedParams": list(params), "selectedMetrics": list(metrics)}
    return {"type": "PARALLEL", "showAllRuns": False, "displayName": "Parameters", **chosen}


def placed(charts: Iterable[Chart]) -> dict[str, Any]:
    """Put charts into one section, above those that MLflow makes of each metric."""
    common = {
        "runsCountToCompare": RUNS,
        "metricSectionId": _SECTION,
        "deleted": False,
        "isGenerated": False,
    }
    section = {
        "uuid": _SECTION,
        "name": "Compared",
        "display": True,
        "isReordered": False,
        "deleted": False,
        "isGenerated": False,
    }
    cards = [
        {"uuid": f"{_SECTION}-{number}", **common, **chart} for number, chart in enumerate(charts)
    ]
    return {
        "compareRunCharts": cards,
        "compareRunSections": [section],
        "isAccordionReordered": True,
    }
