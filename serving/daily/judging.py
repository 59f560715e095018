"""Integrity within the day's run: whoever is due is judged before the day is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import Cache
from features.incremental.errors import rebuilding_if_damaged
from features.lake import Lake
from training.integrity.classifier import Classifier
from training.integrity.daily.judge_due import FOLDER, Judgement, judge_due
from training.integrity.integrity_jobs import remember

JUDGED = "klout daily --integrity"
"""How the ledger names what daily runs found out; `klout withdraw` takes it back."""


def judge(
    within: Cache,
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    model: Path | None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> Lake:
    """Add what accounts are believed to be to the lake; the same again adds nothing.

    Parameters
    ----------
    within
        The lake's cache, held by this run; days are kept in a folder of it.
    model
        A folder of `klout integrity train`; None: nobody is judged.

    Returns
    -------
    Lake
        As it is then.

    Raises
    ------
    KloutError
        If there is no model, or somebody else is writing to the lake.
    """
    if model is None:
        return lake
    classifier, cache = Classifier.load(model), Cache(within.root / FOLDER)
    manifest = cache.manifest
    if manifest is not None and manifest.as_of == as_of and manifest.is_of(lake):
        return lake  # judged already, by a run that failed later

    def compute() -> Judgement:
        return judge_due(cache, lake, as_of, catalogue, classifier, on_rows)

    cache.sweep()
    judgement = rebuilding_if_damaged(cache, lake, as_of, compute)
    remember(lake.root, judgement.rows, catalogue, JUDGED)
    after = Lake(lake.root)
    judgement.commit(after)
    cache.sweep()
    return after
