"""The day's report as one page of HTML: all in one file, no script, nothing loaded.

Account ids are chosen by strangers: every text passes `serving.http.web.ring_picture.safe`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from serving.http.web.integrity_style import STYLE
from serving.http.web.ring_picture import describe, draw, safe, step_class, title

STEPS = (("0", "0"), ("0.25", "¼"), ("0.5", "½"), ("0.75", "¾"), ("1", "1"))
"""As a report has them, and as people write them."""


def page(report: dict[str, Any]) -> str:
    """Show what `training.integrity.report.integrity_report.report` says.

    Returns
    -------
    str
        A whole HTML document, readable on a phone, light or dark as the reader likes it.
    """
    day = safe(report["as_of"])
    parts = [
        f"<h1>Who acts for itself, {day}</h1>",
        f"<p class=lead>{_lead(report)}</p>",
        _section("Accounts by step", _steps(report["accounts"])),
        _section("What they are doubted for", _attacks(report["attacks"])),
        _section("Rings", _rings(report["rings"])),
        _section("The largest discounts", _discounts(report["discounts"])),
        _section("New since the day before", _changes(report["changes"])),
        _section("Decided by hand", _overrides(report["overrides"])),
    ]
    body = "\n".join(parts)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Who acts for itself, {day}</title>
<style>{STYLE}</style>
<main>
{body}
</main>
</html>
"""


def _lead(report: dict[str, Any]) -> str:
    seen = sum(row["seen"] for row in report["accounts"])
    below = sum(row["accounts"] for row in report["attacks"])
    changed = report["changes"]["accounts"]
    return (
        f"<b>{below:,}</b> of the {seen:,} accounts of the last 90 days are believed less than"
        f" wholly. <b>{changed:,}</b> are on another step than the day before."
    )


def _section(name: str, body: str) -> str:
    return f"<section>\n<h2>{safe(name)}</h2>\n{body}\n</section>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """Lay out cells, which are HTML; of numbers, the last so many columns."""
    text = len(heads) - numbers

    def line(cells: Sequence[str], tag: str) -> str:
        kinds = ("" if place < text else " class=number" for place in range(len(cells)))
        inner = (f"<{tag}{kind}>{cell}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))
        return f"<tr>{''.join(inner)}</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return (
        "<div class=wide><table>\n<thead>"
        f"{line(heads, 'th')}</thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _steps(accounts: list[dict[str, Any]]) -> str:
    legend = "".join(
        f'<span><i class="{step_class(float(step))}"></i>{words}</span>' for step, words in STEPS
    )
    rows = [
        [
            safe(row["network"]),
            _bar(row),
            *(f"{row['steps'][step]:,}" for step, _ in STEPS),
        ]
        for row in accounts
    ]
    heads = ["Network", "Share", *(words for _, words in STEPS)]
    return f"<p class=legend>Believed: {legend}</p>\n{_table(heads, rows, len(STEPS))}"


def _bar(row: dict[str, Any]) -> str:
    """Draw a network's steps as parts of one bar; the table beside it has the numbers."""
    parts = "".join(
        f'<i class="{step_class(float(step))}" style="flex-grow:{row["steps"][step]}"></i>'
        for step, _ in STEPS
    )
    return f"<span class=bar aria-hidden=true>{parts}</span>"


def _attacks(attacks: list[dict[str, Any]]) -> str:
    if not attacks:
        return "<p>Nobody is doubted.</p>"
    most = max(row["accounts"] for row in attacks)
    rows = [
        [
            f"{safe(row['attack'])}<span class=bar aria-hidden=true><i class=plain"
            f' style="width:{100 * row["accounts"] / most:.1f}%"></i></span>',
            safe(", ".join(f"{name} {count:,}" for name, count in _by_size(row["networks"]))),
            f"{row['accounts']:,}",
        ]
        for row in attacks
    ]
    note = "<p>By the first reason against each account: a pointer, no verdict.</p>"
    return note + _table(["It points to", "Where", "Accounts"], rows, 1)


def _by_size(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _rings(rings: list[dict[str, Any]]) -> str:
    if not rings:
        return "<p>No three accounts below ½ react to one another or act in lockstep.</p>"
    note = (
        "<p>Accounts below ½ that react to one another (lines, the wider the more) or do the same"
        " within minutes again and again (dashed). The colour is the step.</p>"
    )
    figures = "\n".join(_figure(ring, f"ring-{place}") for place, ring in enumerate(rings))
    return f"{note}\n<div class=rings>\n{figures}\n</div>"


def _figure(ring: dict[str, Any], name: str) -> str:
    rows = [
        [safe(each["account"]), f"{each['authenticity']:g}", safe(each["reasons"] or "")]
        for each in sorted(ring["members"], key=lambda each: str(each["account"]))
    ]
    members = _table(["Account", "Believed", "Reasons"], rows)
    return (
        f"<figure>\n{draw(ring, name)}\n<figcaption><b>{safe(title(ring))}.</b>"
        f" {safe(describe(ring))}</figcaption>\n"
        f"<details><summary>Its members</summary>{members}</details>\n</figure>"
    )


def _discounts(discounts: list[dict[str, Any]]) -> str:
    if not discounts:
        return "<p>Nobody received anything from an account that is doubted.</p>"
    rows = [
        [
            safe(row["person"]),
            f"{row['received']:,}",
            f"{row['counted']:,.2f}".removesuffix(".00"),
            f"{row['received'] - row['counted']:,.2f}".removesuffix(".00"),
            f"{row['share']:.0%}",
        ]
        for row in discounts
    ]
    note = "<p>Persons who lose most reactions of 90 days because of who gave them.</p>"
    return note + _table(["Person", "Received", "Counted", "Lost", "Share"], rows, 4)


def _changes(changes: dict[str, Any]) -> str:
    if not changes["accounts"]:
        return "<p>Nobody's step is another than the day before.</p>"
    moves = [
        [f"{move['from']:g} to {move['to']:g}", f"{move['accounts']:,}"]
        for move in changes["moves"]
    ]
    rows = [
        [
            safe(row["network"]),
            safe(row["account"]),
            f"{row['from']:g} to {row['to']:g}",
            safe(row["reasons"] or ""),
        ]
        for row in changes["largest"]
    ]
    shown = f"<summary>The {len(rows)} that fell deepest</summary>"
    accounts = _table(["Network", "Account", "Step", "Reasons"], rows)
    return f"{_table(['Step', 'Accounts'], moves, 1)}\n<details>{shown}{accounts}</details>"


def _overrides(overrides: list[dict[str, Any]]) -> str:
    if not overrides:
        return "<p>Nothing.</p>"
    rows = [
        [
            safe(row["network"]),
            safe(row["account"]),
            f"{row['authenticity']:g}",
            safe(row["why"]),
            safe(row["decided_at"][:10]),
        ]
        for row in overrides
    ]
    return _table(["Network", "Account", "Believed", "Why", "Since"], rows)
