r"""Who was forgotten: kept as digests, so that whoever comes again can be left out, and no more.

A digest is SHA-256 of the lake's salt and of a person's id or a ``network\0account``. Without a
guess at the name nothing can be read from it, and the same person has another in every lake.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import polars as pl

from features.lake.contracts import RECORDS, Table
from features.lake.lake import Lake
from features.lake.naming import NamedAccount, naming
from features.lake.remembering import remembered


@dataclass(frozen=True)
class Suppressions:
    """Salted digests of who was forgotten.

    Attributes
    ----------
    salt
        Of this lake, 32 hexadecimal digits.
    digests
        Of persons and of accounts.
    networks
        Those declared. A row may name none of them (a slip, which the quarantine would keep); the
        account it names is then looked for on each.
    """

    salt: str
    digests: frozenset[str]
    networks: tuple[str, ...]

    @staticmethod
    def of(lake: Lake) -> Suppressions:
        """Read what a lake keeps; of a lake that forgot nobody, a new salt and no digests."""
        return _kept(lake)

    def rows(self, person: str, accounts: Iterable[NamedAccount]) -> pl.DataFrame:
        """Make the rows of the table that say that a person and its accounts are forgotten."""
        texts = [person, *(_text(*account) for account in accounts)]
        digests = sorted({self._digest(text) for text in texts})
        rows = [(self.salt, digest) for digest in digests]
        return pl.DataFrame(rows, dict(RECORDS["suppressions"].columns), orient="row")

    def with_rows(self, rows: pl.DataFrame) -> Suppressions:
        """Add rows of the table."""
        return replace(self, digests=self.digests | set(rows["digest"]))

    def only(self, rows: pl.DataFrame) -> Suppressions:
        """Give those of some rows of the table alone, of the same lake."""
        return replace(self, digests=frozenset(rows["digest"]))

    def has_person(self, person: str) -> bool:
        """Whether a person, or the unclaimed account that it is, was forgotten."""
        network, colon, account = person.partition(":")
        return self._has(person) or (bool(colon) and self._has(_text(network, account)))

    def has_account(self, network: str | None, account: str) -> bool:
        """Whether an account was forgotten; of no declared network, whether on any of them."""
        networks = [network] if network in self.networks else [network, *self.networks]
        return any(self._has(_text(each, name)) for each in networks for name in _forms(account))

    def left_of(self, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        """Leave out the rows that name somebody who was forgotten, in any role.

        Parameters
        ----------
        table
            The contract that the frame should keep.
        frame
            Texts or typed values, not checked yet: columns may be missing or of any type.
        """
        return frame if not self.digests else frame.filter(~self.named(table, frame))

    def named(self, table: Table, frame: pl.DataFrame) -> pl.Series:
        """Say of each row whether it names somebody who was forgotten, as in `left_of`."""
        texts = _texts(table, frame)
        named = [texts.select(person=column) for column in table.persons]
        owned = [texts.select("network", account=column) for column in table.accounts]
        persons = [person for (person,) in _distinct(named) if self.has_person(person)]
        accounts = [account for account in _distinct(owned) if self.has_account(*account)]
        return _mask(texts, naming(table, persons, accounts))

    def _has(self, text: str) -> bool:
        return self._digest(text) in self.digests

    def _digest(self, text: str) -> str:
        return hashlib.sha256(f"{self.salt}{text}".encode()).hexdigest()


@remembered
def _kept(lake: Lake) -> Suppressions:
    rows = lake.scan("suppressions").collect()
    salt = rows["salt"][0] if len(rows) else secrets.token_hex(16)
    networks = tuple(network.name for network in lake.catalogue.networks)
    return Suppressions(salt, frozenset(rows["digest"]), networks)


def _forms(account: str) -> set[str]:
    """Give the ways in which readers would take an account: as it is, and without slips."""
    return {account, account.strip(), unquote(account)}


def _distinct(parts: list[pl.DataFrame]) -> Iterator[tuple[Any, ...]]:
    """Give each name once, of all columns: there are far fewer than rows, and each is hashed."""
    if parts:
        yield from pl.concat(parts).drop_nulls(parts[0].columns[-1]).unique().iter_rows()


def _mask(texts: pl.DataFrame, rows: pl.Expr) -> pl.Series:
    # `naming` may be a literal, which alone would be one row.
    return texts.with_columns(rows.alias("named"))["named"]


def _text(network: str | None, account: str) -> str:
    return f"{network}\0{account}"


def _texts(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Take the columns that name somebody as the lake's checks would read them."""
    wanted = [*table.persons, *table.accounts, *["network"] * bool(table.accounts)]
    return frame.select(_as_text(name, frame.schema.get(name)) for name in wanted)


def _as_text(name: str, given: pl.DataType | None) -> pl.Expr:
    if given is None or given.is_nested():
        return pl.lit(None, pl.String).alias(name)
    return pl.col(name).cast(pl.String, strict=False)
