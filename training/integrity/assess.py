"""The day's judgement of accounts: behaviours in, steps of authenticity out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from features.catalogue.network import Network
from features.lake import Lake
from features.lake.contracts import TABLES, TIME
from features.lake.times import midnight
from features.signals.authenticity import latest
from training.integrity.behaviours.measure import behaviours
from training.integrity.classifier import Classifier
from training.integrity.probability import p_authentic
from training.integrity.quantize import step

COLUMNS = TABLES["authenticity"].columns
REASONS = 3
"""At most so many behaviours are named for an account."""


def assess(
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    classifier: Classifier | None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> pl.DataFrame:
    """Judge every account that did anything in the 90 days before `as_of`.

    Parameters
    ----------
    lake
        What happened, and what was said of the accounts before.
    as_of
        The date of the run.
    catalogue
        Its networks with reactions are looked at.
    classifier
        Learned from labels; None: there are none, so each network's strangest accounts are doubted.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.

    Returns
    -------
    DataFrame
        Rows of the lake's table ``authenticity``, for each account whose step is another than it
        was; ``reasons`` names what speaks most against it, empty if it is believed wholly.
    """
    parts = [
        steps_of(lake, as_of, network, behaviours(lake, as_of, network, on_rows), classifier)
        for network in judged(catalogue)
    ]
    return pl.concat([pl.DataFrame(schema=COLUMNS), *parts])


def judged(catalogue: Catalogue) -> list[Network]:
    """Name the networks on which accounts can be told by what they do."""
    return [network for network in catalogue.networks if network.reactions]


def steps_of(
    lake: Lake,
    as_of: date,
    network: Network,
    table: pl.DataFrame,
    classifier: Classifier | None,
    among: NDArray[np.bool_] | None = None,
) -> pl.DataFrame:
    """Decide on a network's accounts by their behaviours.

    Parameters
    ----------
    table
        `behaviours`, of all or of some.
    among
        As `training.integrity.probability.p_authentic`.

    Returns
    -------
    DataFrame
        As `assess`.
    """
    probability = pl.Series("probability", p_authentic(table, classifier, among))
    steps = table.select("account", probability).join(
        known_steps(lake, as_of, network), on="account", how="left", maintain_order="left"
    )
    before = pl.col("authenticity").fill_null(1.0)
    decided = steps.select(
        "account", before=before, authenticity=step(pl.col("probability"), before)
    )
    changed = (decided["authenticity"] != decided["before"]).arg_true()
    rows = decided[changed]
    return rows.select(
        network=pl.lit(network.name),
        account="account",
        authenticity="authenticity",
        as_of=pl.lit(midnight(as_of), dtype=TIME),
        reasons=pl.Series(
            list(_reasons(table[changed], rows["authenticity"], classifier)), dtype=pl.String
        ),
    )


def known_steps(lake: Lake, as_of: date, network: Network) -> pl.DataFrame:
    """What was said of accounts before `as_of`: ``account``, ``authenticity``.

    Overrides are left out: they stand above what is computed, and don't change it.
    """
    history = lake.scan("authenticity", [network.name], until=as_of)
    return latest(history, "as_of").select("account", "authenticity").collect()


def _reasons(table: pl.DataFrame, steps: pl.Series, classifier: Classifier | None) -> Iterator[str]:
    """Name what speaks against each account that is not believed wholly."""
    if classifier is None:
        yield from np.where(steps.to_numpy() < 1, "among the strangest of its network", "")
        return
    for believed, found in zip(steps == 1, classifier.reasons(table, REASONS), strict=True):
        named = (f"{each.behaviour} {each.value:.3g}" for each in found)
        yield "" if believed else ", ".join(named)
