"""Who is the more influential of two Twitter accounts, as people say: ``make eval-peerindex``.

Twenty times 30% of the accounts are set aside; the model and the baselines learn from pairs of the
others, and are asked about pairs of those set aside. Needs PeerIndex's table of judged pairs (2013)
or another of the same form: ``Choice``, and ``A_`` and ``B_`` for each figure.

    python -m evaluations.peerindex --judgements judgements.csv
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_network
from features.lake import Lake
from features.signals.materialize import materialize
from features.sources.ingest import ingest
from features.sources.reader import Options
from training.baselines import least_squares, logistic, unconstrained
from training.evaluation import auc, differences, log_odds
from training.influence.fit import fit
from training.influence.params import TrainingParams
from training.judgements import lake_judgements, noise_ceiling, repeated_splits

HERE = Path(__file__).parent
DAY = date(2013, 1, 1)
"""The table has no dates; any will do."""
SPLITS, TEST_SHARE = 20, 0.3
FIGURES = ("auc", "nnls_auc", "logistic_auc", "unconstrained_auc")


@dataclass(frozen=True)
class Table:
    """A table of judged pairs: accounts' signals, and the judgements."""

    catalogue: Catalogue
    figures: Catalogue
    signals: pl.DataFrame
    judgements: pl.DataFrame

    @staticmethod
    def read(file: Path) -> Table:
        """Read the table by way of a lake; ``figures`` is the catalogue without ratios."""
        network = load_network(HERE / "networks" / "peerindex.toml")
        catalogue = Catalogue((network,))
        options = Options(network=network.name, day=DAY, catalogue=catalogue)
        with tempfile.TemporaryDirectory() as folder:
            ingest(Path(folder) / "lake", "pairs", file, catalogue, options)
            lake = Lake(Path(folder) / "lake")
            signals = materialize(lake, DAY + timedelta(1), catalogue).collect()
            judged = lake_judgements(lake).with_columns(weight=pl.lit(1.0))
        return Table(catalogue, without_ratios(catalogue), signals, judged)


def without_ratios(catalogue: Catalogue) -> Catalogue:
    """Take the figures as they are: all of sign ``up``, and no ratios of them."""
    networks = [
        replace(
            network,
            ratios=(),
            counters=tuple(replace(counter, sign="up") for counter in network.counters),
        )
        for network in catalogue.networks
    ]
    return Catalogue(tuple(networks))


def aucs(
    table: Table, train: pl.DataFrame, test: pl.DataFrame, params: TrainingParams
) -> list[float]:
    """AUC on the test pairs, in the order of `FIGURES`.

    Non-negative least squares gets the figures without the ratios: it does better so.
    """
    preference, weight = test["preference"].to_numpy(), test["weight"].to_numpy()
    model = fit(table.signals, train, table.catalogue, params)
    found = [auc(log_odds(model, model.score(table.signals), test), preference, weight)]
    learners: list[Callable[[], pl.Series]] = [
        lambda: least_squares(table.signals, train, table.figures),
        lambda: logistic(table.signals, train, table.figures, params),
        lambda: unconstrained(table.signals, train, table.catalogue, params),
    ]
    for learn in learners:
        difference = differences(test, table.signals["person"], learn(), 0.0)
        found.append(auc(difference, preference, weight))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judgements", type=Path, required=True, help="the table, CSV or CSV.gz")
    parser.add_argument("--params", type=Path, default=HERE / "peerindex.yaml")
    arguments = parser.parse_args()
    table, params = Table.read(arguments.judgements), TrainingParams.read(arguments.params)
    print(f"{len(table.judgements):,} judgements of {len(table.signals):,} accounts")
    if (ceiling := noise_ceiling(table.judgements)) is not None:
        print(f"judges agree on {ceiling.agreement:.1%} of repeated pairs")
    rows = []
    for number, (train, test) in enumerate(
        repeated_splits(table.judgements, TEST_SHARE, list(range(SPLITS)))
    ):
        rows.append(aucs(table, train, test, params))
        shown = "  ".join(f"{n} {v:.4f}" for n, v in zip(FIGURES, rows[-1], strict=True))
        print(
            f"{number + 1}/{SPLITS}: {len(train):,} train, {len(test):,} test: {shown}", flush=True
        )
    means = np.mean(rows, axis=0)
    figures = {name: round(float(mean), 4) for name, mean in zip(FIGURES, means, strict=True)}
    print(json.dumps(figures | {"splits": SPLITS}))


if __name__ == "__main__":
    main()
