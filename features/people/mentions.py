"""Finding a name in free text and in damaged rows, however it is written there.

A name is found as a whole word, in any case, with ``_``, ``+`` or other blanks for its blanks, and
URL-encoded: ``https://twitter.com/Ann_Lee`` and ``Ann%20Lee`` mention ``ann lee``. It may so be
found where somebody else is meant; what is looked through is only what was refused, and reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from features.lake.naming import NamedAccount
from features.lake.url_encoded import url_decoded

_BLANK = re.compile(r"[\s_+]+")
_NORMAL: Final = "NFKC"


@dataclass(frozen=True)
class Mentions:
    """A person's names, to look for.

    Attributes
    ----------
    person
        Its id.
    accounts
        Its accounts.
    networks
        Those declared: an account of the same name on another of them is somebody else's.
    ids
        Network and id of what it took back, if nobody else's rows have the id.
    contents
        Network and id of contents that are its alone, if it is said what they are about.
    """

    person: str
    accounts: tuple[NamedAccount, ...]
    networks: tuple[str, ...]
    ids: tuple[NamedAccount, ...] = ()
    contents: tuple[NamedAccount, ...] = ()

    def anywhere(self, text: pl.Expr) -> pl.Expr:
        """Whether a text mentions the person or one of its accounts; never null."""
        return _mentions(text, [self.person, *(account for _, account in self.accounts)])

    def in_row(self, texts: list[str], network: str) -> pl.Expr:
        """Whether a row mentions it; never null.

        Parameters
        ----------
        texts
            Columns of texts that may.
        network
            The column of the row's network. One that is not declared may be a slip for any.
        """
        of = pl.col(network).str.strip_chars().str.to_lowercase().fill_null("")
        found = [_mentions(pl.col(text), [self.person]) for text in texts]
        for name, account in self.accounts:
            may_be = (of == name) | ~of.is_in(self.networks)
            found += [may_be & _mentions(pl.col(text), [account]) for text in texts]
        return pl.any_horizontal(*found, pl.lit(value=False))


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Decode what is URL-encoded in a frame of texts."""
    return frame.with_columns(url_decoded(column) for column in frame.iter_columns())


def _mentions(text: pl.Expr, names: Iterable[str]) -> pl.Expr:
    forms = "|".join(_form(name) for name in names if name.strip())
    if not forms:
        return pl.lit(value=False)
    pattern = rf"(?i)(?:^|\W)(?:{forms})(?:\W|$)"
    return text.str.normalize(_NORMAL).str.contains(pattern).fill_null(value=False)


def _form(name: str) -> str:
    words = pl.Series([name.strip()]).str.normalize(_NORMAL).item()
    return r"[\s_+]+".join(re.escape(word) for word in _BLANK.split(words))
