"""What the `klout integrity` commands do, from files to files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.lake.contracts import STEPS
from features.lake.given import as_ids, read_given, reading
from features.lake.withdrawals import again
from features.people.accounts import is_there
from features.people.additions import add
from training.integrity.behaviours.measure import behaviours
from training.integrity.classifier import Classifier
from training.integrity.labelled import learn

LABELS = ["network", "account", "authentic"]
GROUP = "group"
"""An optional column of labels: accounts of one farm, so that none calibrates on its sisters."""


def train(
    lake: Lake,
    as_of: date,
    labels: Path,
    catalogue: Catalogue,
    on_rows: Callable[[int], None] = lambda _: None,
) -> tuple[Classifier, int]:
    """Learn authenticity from labelled accounts of a lake.

    Parameters
    ----------
    lake, as_of
        What the accounts did until then.
    labels
        A Parquet or CSV file: ``network``, ``account``, ``authentic`` (true or false), and
        ``group`` if accounts are known to belong together.

    Returns
    -------
    tuple
        The classifier, and how many labelled accounts it learned from: those that did anything.

    Raises
    ------
    KloutError
        If the file is not as it should be, or labels are too few or all alike.
    """
    known = read_labels(labels, catalogue)
    wanted = known["network"].unique().to_list()
    tables = []
    for network in catalogue.networks:
        if network.name in wanted and network.reactions:
            seen = behaviours(lake, as_of, network, on_rows)
            mine = known.filter(pl.col("network") == network.name)
            tables.append(seen.join(mine, on="account", maintain_order="left"))
    if not tables:
        raise KloutError(f"{labels}: no labels of a network with reactions; it has {wanted}")
    table = pl.concat(tables)
    if not len(table):
        raise KloutError(f"{labels}: none of its {len(known):,} accounts did anything in 90 days")
    try:
        return learn(table), len(table)
    except KloutError as error:
        raise KloutError(f"{labels}: {error}") from error


def read_labels(file: Path, catalogue: Catalogue) -> pl.DataFrame:
    """Read labels: ``network``, ``account``, ``authentic`` (bool), ``group`` (str or null)."""
    found = _read_csv(file) if file.suffix.lower() == ".csv" else read_given(file, "labels")
    for name in LABELS:
        if name not in found.columns:
            raise KloutError(f"{file}: the column {name!r} is missing; expected {LABELS}")
    if found["authentic"].dtype != pl.Boolean:
        dtype = found["authentic"].dtype
        raise KloutError(f"{file}: authentic must be true or false, is {dtype}")
    if GROUP not in found.columns:
        found = found.with_columns(pl.lit(None, pl.String).alias(GROUP))
    named = (as_ids(found[name], f"{file}: {name}") for name in ("network", "account", GROUP))
    labels = found.select("authentic", *named).select(*LABELS, GROUP)
    declared = [network.name for network in catalogue.networks]
    unknown = labels.filter(~pl.col("network").is_in(declared).fill_null(value=False))
    if len(unknown):
        raise KloutError(f"{file}: {unknown['network'][0]!r} is no declared network")
    if labels.select(pl.any_horizontal(pl.col(LABELS).is_null()).any()).item():
        raise KloutError(f"{file}: a label is missing; expected a value in each of {LABELS}")
    twice = labels.filter(pl.struct("network", "account").is_duplicated())
    if len(twice):
        raise KloutError(f"{file}: {twice['account'][0]!r} of {twice['network'][0]} is there twice")
    return labels


def _read_csv(file: Path) -> pl.DataFrame:
    """Read labels from CSV; ids stay the texts they are, so that 007 is not 7."""
    ids = {"network": pl.String, "account": pl.String, GROUP: pl.String}
    with reading(file, "a CSV file of labels"):
        return pl.read_csv(file, schema_overrides=ids, glob=False)


ASSESSED = "klout integrity assess"
"""How the ledger names what the command of that name found out."""


def remember(lake: Path, rows: pl.DataFrame, catalogue: Catalogue, by: str = ASSESSED) -> int:
    """Add rows of `assess` to the lake's history; the same again changes nothing.

    ``by`` is how the ledger names them. Rows of a day that was withdrawn meanwhile are added again.
    """
    if not len(rows):
        return 0
    latest = rows["as_of"].max()
    assert isinstance(latest, datetime)
    withdrawn = again(Lake(lake), latest.date())
    digest = hashlib.sha256(f"{by}{withdrawn}\n{rows.write_csv()}".encode()).hexdigest()
    numbered = rows.with_row_index("row").with_columns(pl.col("row").cast(pl.UInt64))
    # A day far ahead was asked for by name: a simulated world may be of any year.
    now = max(datetime.now(UTC), latest)
    source = Source(by, by, digest)
    receipt = write(lake, [Piece("authenticity", numbered, by)], source, catalogue, now)
    return len(rows) - receipt.entry.quarantined


def override(
    lake: Path, network: str, account: str, authenticity: float, why: str, catalogue: Catalogue
) -> None:
    """Decide on an account against whatever is computed; it counts from tomorrow's `as_of` on.

    Raises
    ------
    KloutError
        If the network is not declared, the step is none of the five, no reason is given, or the
        lake has nothing of the account, or the row breaks the table's contract.
    """
    if authenticity not in STEPS:
        raise KloutError(f"authenticity is {authenticity}; expected one of {STEPS}")
    if not why.strip():
        raise KloutError("--why is empty: an override needs a reason")
    if network not in _names(catalogue):
        raise KloutError(f"{network}: no declared network; there are {_names(catalogue)}")
    if not is_there(Lake(lake), f"{network}:{account}", [(network, account)]):
        raise KloutError(f"{lake}: nothing names the account {account!r} on {network}")
    row = {
        "network": network,
        "account": account,
        "authenticity": authenticity,
        "why": why,
        "decided_at": datetime.now(UTC),
    }
    add(lake, "overrides", [row], catalogue)


def _names(catalogue: Catalogue) -> list[str]:
    return [network.name for network in catalogue.networks]
