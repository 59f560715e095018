"""Forget a person: nothing that names it stays in the lake, and nothing will come again.

Removed are the rows of every table that name the person or one of its accounts
(`features.lake.contracts.EVERY_TABLE`): what it received, published and was counted for, its links
and identities, judgements of it, its history of scores; then its rows in published days and in the
quarantine, its keys in the index, and reasons on others and addresses and words of others'
profiles that mention it. What it gave to others
stays under a random id (`features.people.anonymous`); its id and accounts stay as salted digests
(`features.lake.suppression`), which keep them from coming back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake.contracts import EVERY_TABLE, Table
from features.lake.key_index import hash_of, runs_with
from features.lake.ledger import LakeFile
from features.lake.naming import is_account, naming
from features.lake.rewriting import Rewriting, RowChange, holding, rewriting
from features.lake.suppression import Suppressions
from features.people.accounts import accounts_of
from features.people.anonymous import Anonymous, own_contents, own_retracted_ids
from features.people.mentions import Mentions
from features.people.scrubbing import is_beside, scrub, scrub_quarantine

MENTIONED = "the reason named somebody who was forgotten"
"""Takes the place of a reason to decide on another's account that mentions the person."""
TOLD = {"why": MENTIONED, "url": None, "about": None}
"""Columns in which others' rows may mention the person, and what takes the place of that."""


@dataclass(frozen=True)
class Forgotten:
    """What was done.

    Attributes
    ----------
    already
        The person was forgotten before; only what was left, or came in spite of it, was done.
    rows
        Rows that named the person or its accounts, by table.
    anonymous
        Accounts whose reactions to others stay, under an id that says nothing.
    scrubbed
        Rows removed from the quarantine and from what was published.
    unreadable
        Rows removed from the quarantine because they are cut off and could name anybody.
    """

    already: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    anonymous: int = 0
    scrubbed: int = 0
    unreadable: int = 0


def forget(
    root: Path,
    person: str,
    on_file: Callable[[int], None] = lambda _: None,
    *,
    suppress: bool = False,
    as_in: Suppressions | None = None,
) -> Forgotten:
    """Remove a person's data from the lake, in one commit, and keep them from coming back.

    What it gave to others stays as anonymous weight: see `features.people.anonymous`. Its person
    id and its accounts are kept as digests: see `features.lake.suppression`. The quarantine is
    rewritten before the commit, what was published after it; called again, this finishes that.

    Parameters
    ----------
    root
        The lake's directory.
    person
        Its id; of an account that nobody claims ``network:account``.
    on_file
        Called with 1 for each file that was rewritten, for a progress bar.
    suppress
        Whether somebody whom nothing names is kept from coming, ahead of any data.
    as_in
        Of another lake that has forgotten the person, and whose digests this one is to have.

    Raises
    ------
    KloutError
        If nothing names the person, or the id is that of an account which a person has claimed.
    """
    with rewriting(root, "klout forget") as work:
        known = as_in or Suppressions.of(work.lake)
        accounts = accounts_of(work.lake, person)
        ids = own_retracted_ids(work.lake, accounts)
        own = own_contents(work.lake, accounts)
        names = Mentions(person, tuple(accounts), known.networks, ids, own)
        named, new = _named(work, names), known.rows(person, accounts)
        already = as_in is None and known.has_person(person)
        if not (already or named or suppress or is_beside(root, known.only(new), names)):
            raise KloutError(
                f"{root}: nothing names {person!r}; --suppress keeps it out ahead of any data"
            )
        refused = scrub_quarantine(root, work.staging, names)
        anonymous = Anonymous.of(work.lake, accounts, own)
        for table, files in named.items():
            change = _change(table, names, anonymous)
            for file in files:
                work.replace([file], change)
                on_file(1)
        _leave_index(work, named, names)
        if not already:
            work.add("suppressions", new)
        work.commit()
        scrubbed = refused.rows + scrub(root, work.staging, known.with_rows(new))
    rows = {table: sum(files.values()) for table, files in named.items()}
    return Forgotten(already, rows, len(anonymous.ids), scrubbed, refused.unreadable)


def _named(work: Rewriting, names: Mentions) -> dict[str, dict[LakeFile, int]]:
    """Find the files that name the person or its accounts, by table."""
    found = {
        table.name: holding(work.lake, table.name, _is_named(table, names) | _is_told(table, names))
        for table in EVERY_TABLE.values()
        if table.persons or table.accounts
    }
    return {table: files for table, files in found.items() if files}


def _leave_index(work: Rewriting, named: dict[str, dict[LakeFile, int]], names: Mentions) -> None:
    """Take the keys of the rows out of the index: whoever guesses a key could look for it."""
    keys = [
        work.lake.scan_files(name, list(files))
        .filter(_is_named(EVERY_TABLE[name], names))
        .select(hash_of(EVERY_TABLE[name]))
        for name, files in named.items()
        if EVERY_TABLE[name].key
    ]
    if keys:
        gone = pl.concat(keys).drop_nulls().unique().sort("key").collect()
        for run in runs_with(work.lake, gone):
            work.replace_runs([run], ~pl.col("key").is_in(gone["key"].implode()))


def _is_named(table: Table, names: Mentions) -> pl.Expr:
    named = naming(table, [names.person], names.accounts)
    # What others tell of the person goes alone where a row can be without it, else with its row.
    kept = {column for column, instead in TOLD.items() if instead is not None} | table.optional
    told = [names.anywhere(pl.col(column)) for column in TOLD.keys() & table.columns.keys() - kept]
    if table.name == "retractions":
        told.append(is_account("id", names.ids))
    if table.name == "topics":
        told.append(is_account("content", names.contents))
    return pl.any_horizontal(named, *told)


def _is_told(table: Table, names: Mentions) -> pl.Expr:
    """Whether a row tells something that mentions the person, beside what it is about."""
    told = (names.anywhere(pl.col(column)) for column in TOLD if column in table.columns)
    return pl.any_horizontal(pl.lit(value=False), *told)


def _change(name: str, names: Mentions, anonymous: Anonymous) -> RowChange:
    """Drop the person's rows, and put in their place what of them stays."""
    table, staying = EVERY_TABLE[name], anonymous.of_table(name)
    mine = _is_named(table, names)

    def change(rows: pl.LazyFrame) -> pl.LazyFrame:
        others = rows.filter(~mine)
        for column in TOLD.keys() & table.columns.keys():
            told = names.anywhere(pl.col(column))
            instead = pl.lit(TOLD[column], pl.String)
            others = others.with_columns(
                pl.when(told).then(instead).otherwise(column).alias(column)
            )
        return others if staying is None else pl.concat([others, staying(rows.filter(mine))])

    return change
