"""Why an account is believed as far as it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.times import midnight
from features.signals.authenticity import steps_in_force
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.behaviours.measure import behaviours
from training.integrity.classifier import Classifier
from training.integrity.probability import p_authentic

MOST = 5


def explain(
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    network: str,
    account: str,
    classifier: Classifier | None,
) -> dict[str, Any]:
    """Tell all that is known of an account's authenticity.

    Returns
    -------
    dict
        ``network``, ``account``, ``as_of``; ``authenticity`` in force;
        ``override`` (``authenticity``, ``why``, ``decided_at``) or None; ``history``, the steps as
        they were decided, with their reasons; ``probability`` (P(authentic) on `as_of`);
        ``against``, the behaviours that speak most against it, each with its ``meaning``,
        ``value`` and ``contribution`` in log-odds; ``behaviours``, name to value.

    Raises
    ------
    KloutError
        If the account did nothing in the 90 days before `as_of`.
    """
    declared = {each.name: each for each in catalogue.networks}
    if network not in declared:
        raise KloutError(f"{network}: no declared network; there are {sorted(declared)}")
    table = behaviours(lake, as_of, declared[network])
    mine = table.filter(pl.col("account") == account)
    if not len(mine):
        raise KloutError(f"{account!r} of {network} did nothing in the 90 days before {as_of}")
    history = _rows(lake, "authenticity", network, account, "as_of", as_of, inclusive=True)
    overrides = _rows(lake, "overrides", network, account, "decided_at", as_of, inclusive=False)
    steps = steps_in_force(lake, as_of, network=network).filter(pl.col("account") == account)
    return {
        "network": network,
        "account": account,
        "as_of": as_of.isoformat(),
        "authenticity": steps["authenticity"][0] if len(steps) else 1.0,
        "override": overrides[-1] if overrides else None,
        "history": history,
        **_evidence(table, mine, classifier),
        "behaviours": mine.select(each.name for each in BEHAVIOURS).row(0, named=True),
    }


def _evidence(
    table: pl.DataFrame, mine: pl.DataFrame, classifier: Classifier | None
) -> dict[str, Any]:
    """What is said of the account on the day itself."""
    place = int((table["account"] == mine["account"][0]).arg_true()[0])
    probability = float(p_authentic(table, classifier)[place])
    if classifier is None:
        return {"probability": probability, "against": []}
    meaning = {each.name: each.meaning for each in BEHAVIOURS}
    against = [
        {
            "behaviour": reason.behaviour,
            "meaning": meaning[reason.behaviour],
            "value": reason.value,
            "contribution": reason.contribution,
        }
        for reason in classifier.reasons(mine, MOST)[0]
    ]
    return {"probability": probability, "against": against}


def _rows(
    lake: Lake, table: str, network: str, account: str, time: str, as_of: date, *, inclusive: bool
) -> list[dict[str, Any]]:
    """Take an account's rows of a table up to `as_of`, in order of time."""
    until = pl.col(time) <= midnight(as_of) if inclusive else pl.col(time) < midnight(as_of)
    own = (pl.col("network") == network) & (pl.col("account") == account)
    rows = lake.scan(table).filter(own & until).sort(time, "authenticity", descending=[False, True])
    return (
        rows.drop("network", "account")
        .with_columns(pl.col(time).cast(pl.String))
        .collect()
        .to_dicts()
    )
