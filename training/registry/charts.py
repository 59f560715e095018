"""Charts of a view of runs, as MLflow's browser side keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Chart = dict[str, Any]

RUNS = 20
"""Runs that a chart shows at once; by itself it is ten."""
_SECTIONS = {"Compared": 3, "Parameters": 1}
"""By name: charts beside each other. Axes of parameters need the whole width."""


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
    """Put charts into sections, above those that MLflow makes of each metric."""
    common = {"runsCountToCompare": RUNS, "deleted": False, "isGenerated": False}
    cards = [
        {"uuid": f"card-{number}", "metricSectionId": _section(chart), **common, **chart}
        for number, chart in enumerate(charts)
    ]
    used = {card["metricSectionId"] for card in cards}
    shown = {"display": True, "isReordered": False, "deleted": False, "isGenerated": False}
    sections = [
        {"uuid": name, "name": name, "columns": columns, **shown}
        for name, columns in _SECTIONS.items()
        if name in used
    ]
    return {"compareRunCharts": cards, "compareRunSections": sections, "isAccordionReordered": True}


def _section(chart: Chart) -> str:
    return "Parameters" if chart["type"] == "PARALLEL" else "Compared"
