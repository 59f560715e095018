"""A table of labelled accounts, and the figures that are read of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from features.errors import KloutError
from training.integrity.behaviours.behaviour import Behaviour, as_matrix

LABEL, BAND = "label", "followers_band"
LABELS = {"human": True, "bot": False}
DIGITS = 9
"""Figures equal in so many are equal: another writer of CSV may round otherwise."""


@dataclass(frozen=True)
class Figure:
    """A figure of an account as declared; see the head of `accounts.yaml`."""

    behaviour: Behaviour
    column: str | None = None
    holds: int | None = None
    starts: int | None = None
    of: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    at_least: float = 1.0

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns that must be there before it."""
        return (self.column,) if self.column else (*self.of, *self.per)

    def expression(self) -> pl.Expr:
        """Compute it from a table that has what it `reads`; f64."""
        codes = pl.col(self.column or "").cast(pl.String).str.extract_all(r"\d+")
        if self.holds is not None:
            found = codes.list.contains(str(self.holds))
        elif self.starts is not None:
            found = codes.list.first().eq_missing(str(self.starts))
        elif self.column:
            found = pl.col(self.column)
        else:  # not sum_horizontal, which takes null for 0
            of, per = (
                sum((pl.col(n) for n in names), pl.lit(0.0)) for names in (self.of, self.per)
            )
            found = of / pl.max_horizontal(per, pl.lit(self.at_least))
        return found.cast(pl.Float64).alias(self.behaviour.name)


def read_figures(file: Path) -> list[Figure]:
    """Read the declarations.

    Raises
    ------
    KloutError
        If one is not as the head of `accounts.yaml` says.
    """
    figures = []
    for name, spec in yaml.safe_load(file.read_text())["figures"].items():
        try:
            figures.append(_figure(name, dict(spec)))
        except (KeyError, TypeError) as error:
            raise KloutError(f"{file}: figure {name}: {error}") from error
    return figures


def _figure(name: str, spec: dict[str, Any]) -> Figure:
    behaviour = Behaviour(name, spec.pop("meaning"), spec.pop("sign"))
    of, per = tuple(spec.pop("of", ())), tuple(spec.pop("per", ()))
    figure = Figure(behaviour, of=of, per=per, **spec)
    if bool(figure.column) == bool(of and per):
        raise TypeError("expected either column, or of and per")
    return figure


@dataclass(frozen=True)
class Accounts:
    """Labelled accounts.

    Attributes
    ----------
    figures
        A row per account, a column (f64) per figure.
    human
        Shape (accounts,).
    band
        Shape (accounts,): the band of followers, "all" where the table has none.
    """

    figures: pl.DataFrame
    human: NDArray[np.bool_]
    band: NDArray[Any]

    def __len__(self) -> int:
        return len(self.human)

    @staticmethod
    def read(file: Path, figures: list[Figure]) -> Accounts:
        """Read a table; of accounts equal in every figure, the first is kept.

        Raises
        ------
        KloutError
            If a column is missing, a figure no finite number, or a label neither human nor bot.
        """
        try:
            table = pl.read_csv(file, infer_schema_length=None)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise KloutError(f"{file}: not a table in CSV: {error}") from error
        _check_columns(table, figures, file)
        band = table[BAND].cast(pl.String) if BAND in table.columns else pl.Series(["all"])
        found = Accounts(
            figures=_computed(table, figures, file),
            human=_humans(table[LABEL], file),
            band=np.broadcast_to(band.fill_null("none").to_numpy(), len(table)),
        )
        return found.take(pl.Series(found.figures.to_struct()).is_first_distinct().to_numpy())

    def take(self, rows: NDArray[Any]) -> Accounts:
        """Take some accounts, by row number or mask."""
        numbers = np.arange(len(self))[rows]
        return Accounts(self.figures[numbers], self.human[rows], self.band[rows])

    def without(self, others: Accounts) -> Accounts:
        """Leave out accounts that are among others too: who was learned from is no test."""
        known = others.figures.with_columns(known=True)
        joined = self.figures.join(
            known, on=self.figures.columns, how="left", maintain_order="left"
        )
        return self.take(joined["known"].is_null().to_numpy())


def _check_columns(table: pl.DataFrame, figures: list[Figure], file: Path) -> None:
    known, absent = set(table.columns), []
    for needed, made in [((LABEL,), LABEL), *((f.reads, f.behaviour.name) for f in figures)]:
        absent += [name for name in needed if name not in known and name not in absent]
        known.add(made)
    if absent:
        raise KloutError(f"{file}: no column {', '.join(map(repr, absent))}")


def _computed(table: pl.DataFrame, figures: list[Figure], file: Path) -> pl.DataFrame:
    """Compute the figures one after another, and check them."""
    for figure in figures:
        try:
            table = table.with_columns(figure.expression())
        except pl.exceptions.PolarsError as error:
            reads = ", ".join(figure.reads)
            raise KloutError(f"{file}: {reads}: expected numbers: {error}") from error
    try:
        matrix = as_matrix(table, [figure.behaviour for figure in figures])
    except KloutError as error:
        raise KloutError(f"{file}: {error}") from error
    computed = pl.DataFrame(
        matrix, schema=[figure.behaviour.name for figure in figures], orient="row"
    )
    return computed.select(pl.all().round_sig_figs(DIGITS))


def _humans(labels: pl.Series, file: Path) -> NDArray[np.bool_]:
    given = labels.cast(pl.String).str.strip_chars().str.to_lowercase()
    human = given.replace_strict(LABELS, default=None, return_dtype=pl.Boolean)
    if human.has_nulls():
        row = int(human.is_null().arg_max() or 0)
        raise KloutError(f"{file}: {LABEL} of row {row} is {labels[row]!r}; expected human or bot")
    return human.to_numpy()
