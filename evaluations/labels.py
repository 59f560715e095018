"""Labels as a teacher: ``make eval-labels``.

Scores of people teach, and are asked about of people who did not: a third at a time. Beside what
`klout train --labels --label-scale` makes of them is ridge regression on logarithms of the same
signals. Two tables of scores:

- what PeerIndex's figures come to: the mean percentile of what others do (followers, lists,
  mentions, retweets, the first figure of the network), as PeerIndex made its scores of ranks;
- the hidden truth of the default world, on the scale of scores, of some of its people.

    python -m evaluations.labels --judgements judgements.csv --signals s.parquet --truth t.parquet
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr
from sklearn.linear_model import RidgeCV

from evaluations.command import code_of, described
from evaluations.peerindex import HERE, Table
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from training.influence.adapting import adapt
from training.influence.fit import fit
from training.influence.label_scale import scaled_to_labels
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.influence.scale import Scale
from training.judgements.label_pairs import label_pairs
from training.judgements.label_table import LABEL, LIST, TABLE, Labels

FIGURES = (
    "follower_count",
    "listed_count",
    "mentions_received",
    "retweets_received",
    "network_feature_1",
)
FOLDS, SEED = 3, 1
"""Parts of the persons, of which one is asked about."""
ALPHAS = 10.0 ** np.arange(-1, 5)
"""Of ridge regression: what cross-validation chooses from."""
EASY = replace(
    TrainingParams.read(HERE / "peerindex.yaml"), num_trees=600, learning_rate=0.03, num_leaves=8
)
"""A number a person says more than judgements do: a third of the trees is enough."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Scores of people, and what they are learned from.

    Attributes
    ----------
    name
        For the table.
    signals
        ``person`` and the catalogue's signals.
    label
        Shape (persons,), 1 to 100.
    catalogue
        Of the signals.
    start
        The model to start from; None: from scratch.
    """

    name: str
    signals: pl.DataFrame
    label: Vector
    catalogue: Catalogue
    start: Model | None = None

    def learned(self, known: NDArray[np.bool_]) -> Model:
        """Learn from the scores of some, as `klout train --labels --label-scale` does."""
        rows = pl.DataFrame(
            {
                LIST: TABLE,
                "person": self.signals["person"].filter(pl.Series(known)),
                "value": self.label[known],
                "weight": 1.0,
            }
        )
        labels = Labels(Path(self.name), LABEL, rows)
        pairs = label_pairs(labels)

        def learn(judged: pl.DataFrame) -> Model:
            if self.start is None:
                return fit(self.signals, judged, self.catalogue, EASY)
            return adapt(self.start, self.signals, judged, TrainingParams())

        return scaled_to_labels(learn(pairs), [labels], pairs, self.signals, learn)


def peerindex(file: Path) -> Task:
    """Make scores of PeerIndex's figures."""
    table = Table.read(file)
    figures = [table.signals[f"peerindex.{name}"].to_numpy() for name in FIGURES]
    percentile = np.mean([rankdata(each) / len(each) for each in figures], axis=0)
    return Task("PeerIndex", table.signals, 1.5 + 97 * percentile, table.catalogue)


def world(signals: Path, truth: Path, people: int, start: Model | None) -> Task:
    """Put the hidden truth of a simulated world on the scale of scores."""
    catalogue = Catalogue(load_networks())
    known = pl.read_parquet(truth).select("person", truth="influence")
    every = pl.read_parquet(signals).join(known, on="person", how="inner").sort("person")
    influence = every["truth"].to_numpy()
    label = Scale().fit(influence).transform(influence)
    some = np.sort(np.random.default_rng(SEED).permutation(len(every))[:people])
    name = "world" if start is None else "world, from the default"
    return Task(name, every[some].drop("truth"), label[some], catalogue, start)


def found(task: Task) -> Iterator[dict[str, object]]:
    """Compare with ridge regression, on one part of the persons after the other."""
    part = np.random.default_rng(SEED).integers(0, FOLDS, len(task.label))
    logs = np.log1p(task.signals.select(task.catalogue.names).to_numpy())
    for number in range(FOLDS):
        asked = part == number
        ridge = RidgeCV(ALPHAS).fit(logs[~asked], task.label[~asked]).predict(logs[asked])
        score = task.learned(~asked).score(task.signals.filter(pl.Series(asked)))["score"]
        for method, said in (("ridge", ridge), ("model", score.to_numpy())):
            yield {
                "task": task.name,
                "method": method,
                "people": len(said),
                "mae": float(np.abs(said - task.label[asked]).mean()),
                "rank correlation": float(spearmanr(said, task.label[asked])[0]),
            }


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = described("evaluations.labels", __doc__)
    parser.add_argument("--judgements", type=Path, help="PeerIndex's table, CSV")
    parser.add_argument("--signals", type=Path, default=Path("data/signals.parquet"))
    parser.add_argument("--truth", type=Path, default=Path("data/lake/truth.parquet"))
    parser.add_argument("--model", type=Path, help="a model to start from, for the world too")
    parser.add_argument("--people", type=int, default=3_000, help="of the world, with a label")
    return code_of(_run, parser.parse_args(given))


def _run(arguments: argparse.Namespace) -> None:
    tasks = [] if arguments.judgements is None else [peerindex(arguments.judgements)]
    if arguments.truth.exists():
        files = arguments.signals, arguments.truth, arguments.people
        tasks.append(world(*files, None))
        if arguments.model is not None:
            tasks.append(world(*files, Model.load(arguments.model)))
    if not tasks:
        raise KloutError(f"{arguments.truth}: is not there; give it, or --judgements of PeerIndex")
    numbers = {}
    for task in tasks:
        rows = pl.DataFrame(found(task))
        means = rows.group_by("task", "method", maintain_order=True).agg(
            pl.col("people").sum(), pl.col("mae", "rank correlation").mean()
        )
        with pl.Config(float_precision=4, tbl_cols=-1):
            print(means, flush=True)
        for _, method, _, mae, rho in means.iter_rows():
            key = f"{task.name.replace(', ', ' ').replace(' ', '_').lower()}_{method}"
            numbers |= {f"{key}_mae": round(mae, 3), f"{key}_rho": round(rho, 4)}
    print(json.dumps(numbers))


if __name__ == "__main__":
    sys.exit(main())
