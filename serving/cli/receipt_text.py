"""A line on what writing to a lake came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import printable

if TYPE_CHECKING:
    from features.lake import Receipt


def line_of(receipt: Receipt) -> str:
    """Say what came of a source."""
    return f"{receipt.entry.source}: {_told(receipt)}"


def _told(receipt: Receipt) -> str:
    entry = receipt.entry
    if receipt.already:
        refused = f" but for {entry.quarantined:,} rows that are still refused"
        return f"already in the lake{refused if receipt.first_reason else ''}; nothing changed"
    suppressed = f"; suppressed {entry.suppressed:,}" if entry.suppressed else ""
    if receipt.is_again:
        taken = f"{sum(entry.rows.values()):,} rows that were refused before are in the lake now"
        repeated = f"; repeated {entry.repeated:,}" if entry.repeated else ""
        return f"{taken}; {entry.quarantined:,} are still refused{repeated}{suppressed}"
    rows = ", ".join(f"{rows:,} {table}" for table, rows in entry.rows.items()) or "no rows"
    left_out = _left_out(entry.left_out)
    return (
        f"{rows}; repeated {entry.repeated:,}; quarantined {entry.quarantined:,}"
        f"{suppressed}{left_out}"
    )


def _left_out(reasons: dict[str, int]) -> str:
    """Say how many rows were left out, and why."""
    if not reasons:
        return ""
    said = ", ".join(f"{number:,} {printable(reason)[:60]}" for reason, number in reasons.items())
    return f"; left out {sum(reasons.values()):,}: {said}"
