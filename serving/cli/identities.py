"""`klout identities`: accounts that may be of one person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.storage.atomic import replacing
from serving.cli.console import LakeOption
from serving.cli.outputs import Written, csv
from serving.cli.printing import console, say

app = typer.Typer(help="Accounts that may be of one person.", no_args_is_help=True)

SHOWN = 20
"""Pairs shown where no file is asked for; the rest are counted."""

PROPOSALS = csv("network", "account", "other_network", "other_account", "evidence")


@app.command("propose")
def propose_command(
    lake: LakeOption,
    out: Annotated[
        Path | None,
        Written(PROPOSALS),
        typer.Option(help="A CSV file for all of them.", show_default=False),
    ] = None,
) -> None:
    """Find accounts that may be of one person, by the links of their profiles; join nothing.

    Each pair comes with its evidence, the strongest first: verified, mutual, same site, one way.
    Whoever is convinced connects them with `klout connect`.

    Example: klout identities propose --lake L --out proposals.csv
    """
    from rich.table import Table

    from features.lake import Lake
    from features.people.proposals import EVIDENCE, proposals

    found = proposals(Lake(lake))
    if out is not None:
        with replacing(out) as draft:
            found.write_csv(draft)
    elif len(found):
        table = Table("account", "other account", "evidence", "by")
        for row in found.head(SHOWN).iter_rows(named=True):
            table.add_row(
                f"{row['network']}:{row['account']}",
                f"{row['other_network']}:{row['other_account']}",
                row["evidence"],
                row["address"],
            )
        console().print(table)
    counts = {kind: int((found["evidence"] == kind).sum()) for kind in EVIDENCE}
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    where = "" if out is None else f"{out}: "
    say(f"{where}{len(found):,} pairs{f' ({said})' if said else ''}; none is joined")
