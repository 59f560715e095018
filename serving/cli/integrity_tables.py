"""The day's report in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from features.errors import printable
from features.lake.contracts import STEPS
from serving.cli.printing import console
from serving.http.web.ring_picture import describe, title

MOST = 10
"""Rows of a list that may be long; the page and the JSON have more."""


def show(report: dict[str, Any]) -> None:
    """Print what `training.integrity.report.integrity_report.report` says to stdout."""
    shown = console()
    tables = (_steps, _attacks, _rings, _discounts, _moves, _changes, _overrides)
    for table in tables:
        shown.print(table(report))


def _table(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Lay out cells; account ids are chosen by strangers, so none is read as markup."""
    table = Table(title=name, title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    return table


def _steps(report: dict[str, Any]) -> Table:
    names = [f"{step:g}" for step in STEPS]
    rows = [
        [row["network"], f"{row['seen']:,}", *(f"{row['steps'][name]:,}" for name in names)]
        for row in report["accounts"]
    ]
    return _table(f"Accounts by step, {report['as_of']}", ["network", "seen", *names], rows)


def _attacks(report: dict[str, Any]) -> Table:
    rows = [(row["attack"], f"{row['accounts']:,}") for row in report["attacks"]]
    return _table("What they are doubted for", ["the first reason points to", "accounts"], rows)


def _rings(report: dict[str, Any]) -> Table:
    rows = [(title(ring), describe(ring)) for ring in report["rings"]]
    return _table("Rings", ["ring", "what holds it together"], rows)


def _discounts(report: dict[str, Any]) -> Table:
    rows = [
        (row["person"], f"{row['received']:,}", f"{row['counted']:,.2f}", f"{row['share']:.0%}")
        for row in report["discounts"][:MOST]
    ]
    return _table("The largest discounts", ["person", "received", "counted", "lost"], rows)


def _moves(report: dict[str, Any]) -> Table:
    rows = [
        (f"{row['from']:g} to {row['to']:g}", f"{row['accounts']:,}")
        for row in report["changes"]["moves"]
    ]
    return _table("New since the day before", ["step", "accounts"], rows)


def _changes(report: dict[str, Any]) -> Table:
    rows = [
        (row["network"], row["account"], f"{row['from']:g} to {row['to']:g}", row["reasons"] or "")
        for row in report["changes"]["largest"][:MOST]
    ]
    return _table("Of these, who fell deepest", ["network", "account", "step", "reasons"], rows)


def _overrides(report: dict[str, Any]) -> Table:
    columns = ["network", "account", "authenticity", "why", "decided_at"]
    rows = [[row[name] for name in columns] for row in report["overrides"]]
    return _table("Decided by hand", columns, rows)
