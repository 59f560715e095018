"""Forgetting a person: nothing that names it stays in the lake, and nothing will come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.catalogue import Catalogue
from features.errors import KloutError
from features.lake.contracts import EVERY_TABLE
from features.lake.ledger import LakeFile
from features.lake.naming import Account, naming
from features.lake.rewriting import Change, Rewriting, holding, rewriting
from features.lake.suppression import Suppressions
from features.people.accounts import accounts_of
from features.people.anonymous import Anonymous
from features.people.scrubbing import scrub


@dataclass(frozen=True)
class Forgotten:
    """What was done.

    Attributes
    ----------
    already
        The person was forgotten before; only what a killed run had left was done.
    rows
        Rows that named the person or its accounts, by table.
    anonymous
        Accounts whose reactions to others stay, under an id that says nothing.
    scrubbed
        Rows removed from the quarantine and from what was published.
    """

    already: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    anonymous: int = 0
    scrubbed: int = 0


def forget(
    root: Path,
    person: str,
    catalogue: Catalogue,
    on_file: Callable[[int], None] = lambda _: None,
    as_in: Suppressions | None = None,
) -> Forgotten:
    """Remove a person's data from the lake, in one commit, and keep them from coming back.

    What it gave to others stays as anonymous weight: see `features.people.anonymous`. Its person
    id and its accounts are kept as digests: see `features.lake.suppression`. The quarantine and
    what was published are rewritten after the commit; called again, this finishes that.

    Parameters
    ----------
    root
        The lake's directory.
    person
        Its id; of an account that nobody claims ``network:account``.
    catalogue
        The networks in force.
    on_file
        Called with 1 for each file that was rewritten, for a progress bar.
    as_in
        Of another lake that has forgotten the person, and whose digests this one is to have.

    Raises
    ------
    KloutError
        If nothing names the person, or the id is that of an account which a person has claimed.
    """
    with rewriting(root, "klout forget") as work:
        known = as_in or Suppressions.of(work.lake, catalogue)
        if as_in is None and known.has_person(person):
            return Forgotten(already=True, scrubbed=scrub(root, work.staging, known))
        accounts = accounts_of(work.lake, person, catalogue)
        named = _named(work, person, accounts)
        if not accounts and not named:
            raise KloutError(f"{root}: nothing names {person!r}")
        anonymous = Anonymous.of(work.lake, accounts)
        for table, files in named.items():
            change = _change(table, naming(EVERY_TABLE[table], [person], accounts), anonymous)
            for file in files:
                work.replace([file], change)
                on_file(1)
        new = known.rows(person, accounts)
        work.add("suppressions", new)
        work.commit()
        scrubbed = scrub(root, work.staging, known.with_rows(new))
    rows = {table: sum(files.values()) for table, files in named.items()}
    return Forgotten(rows=rows, anonymous=len(anonymous.ids), scrubbed=scrubbed)


def _named(work: Rewriting, person: str, accounts: list[Account]) -> dict[str, dict[LakeFile, int]]:
    """Find the files that name the person or its accounts, by table."""
    found = {
        table.name: holding(work.lake, table.name, naming(table, [person], accounts))
        for table in EVERY_TABLE.values()
        if table.persons or table.accounts
    }
    return {table: files for table, files in found.items() if files}


def _change(table: str, mine: pl.Expr, anonymous: Anonymous) -> Change:
    """Drop the person's rows, and put in their place what of them stays."""
    staying = anonymous.of_table(table)

    def change(rows: pl.LazyFrame) -> pl.LazyFrame:
        others = rows.filter(~mine)
        return others if staying is None else pl.concat([others, staying(rows.filter(mine))])

    return change
