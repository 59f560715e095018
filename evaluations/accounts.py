"""Which Twitter accounts are people and which are bots: ``make eval-accounts``.

A table of accounts that people labelled (Gilani, Kochmar and Crowcroft, "Classification of Twitter
accounts into automated agents and human users", 2017), or another of the same form, see
`accounts.yaml`. Without a second table: ten times five folds, each account judged by what was
learned from the other folds. With one: all of the first is learned from, and the second is the
test, less the accounts that are in both. A random forest and LightGBM as they come learn from the
same figures of the same accounts. Beside them, what the detector and an isolation forest say of the
accounts without any label.

    python -m evaluations.accounts --accounts accounts.csv [--test others.csv]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from evaluations.accounts_table import Accounts, Figure, read_figures
from features.errors import KloutError
from training.integrity.classifier import fit
from training.integrity.outliers import strangeness

FIGURES = Path(__file__).with_name("accounts.yaml")
FOLDS, REPEATS = 5, 10
BINS = 10

Vector = NDArray[np.float64]
Learner = Callable[[Accounts, Accounts, int], Vector]


def learners(figures: list[Figure]) -> dict[str, Learner]:
    """Learn from some accounts, by a seed, and give P(human) of others; the model first."""
    behaviours = [figure.behaviour for figure in figures]

    def model(known: Accounts, asked: Accounts, _: int) -> Vector:
        return fit(known.figures, known.human, behaviours).probability(asked.figures)

    def forest(known: Accounts, asked: Accounts, seed: int) -> Vector:
        plain = RandomForestClassifier(n_estimators=500, random_state=seed)
        plain.fit(known.figures.to_numpy(), known.human)
        return np.asarray(plain.predict_proba(asked.figures.to_numpy())[:, 1])

    def boosted(known: Accounts, asked: Accounts, seed: int) -> Vector:
        plain = LGBMClassifier(random_state=seed, n_jobs=1, verbosity=-1)
        plain.fit(known.figures.to_pandas(), known.human)
        return np.asarray(plain.predict_proba(asked.figures.to_pandas())[:, 1])

    return {"model": model, "random_forest": forest, "lightgbm": boosted}


def cross_validated(accounts: Accounts, learn: Learner, seed: int) -> Vector:
    """P(human) of each account, by what was learned from the other folds."""
    said = np.zeros(len(accounts))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for known, asked in folds.split(said, accounts.human):
        said[asked] = learn(accounts.take(known), accounts.take(asked), seed)
    return said


def auc(said: Vector, human: NDArray[np.bool_]) -> float:
    """Share of pairs of a person and a bot that are told apart; NaN without a pair."""
    if human.all() or not human.any():
        return float("nan")
    return float(roc_auc_score(human, said))


def calibration_error(said: Vector, human: NDArray[np.bool_], equal_mass: bool) -> float:
    """Mean distance of what is said from what is found, over bins weighted by their accounts.

    Expected calibration error (Naeini and others, 2015): ten bins of equal width, or of equal mass.
    """
    if equal_mass:
        bins = np.argsort(np.argsort(said, kind="stable")) * BINS // len(said)
    else:
        bins = np.minimum((said * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=said - human, minlength=BINS)
    return float(np.abs(gaps).sum() / len(said))


def figures_of(said: Vector, accounts: Accounts) -> dict[str, float]:
    """AUC of all and by band of followers, and both calibration errors."""
    bands = {str(band): accounts.band == band for band in sorted(set(accounts.band))}
    return {
        "auc": auc(said, accounts.human),
        **{f"auc {b}": auc(said[rows], accounts.human[rows]) for b, rows in bands.items()},
        "ece equal mass": calibration_error(said, accounts.human, equal_mass=True),
        "ece equal width": calibration_error(said, accounts.human, equal_mass=False),
    }


def show_unlabelled(accounts: Accounts, figures: list[Figure]) -> None:
    """Print the AUC of those that see no label, all of them by strangeness."""
    matrix = accounts.figures.to_numpy()
    forest = IsolationForest(random_state=0).fit(matrix)
    said = {
        "detector": -strangeness(matrix, [figure.behaviour for figure in figures]),
        "isolation forest": forest.score_samples(matrix),
    }
    shown = ", ".join(f"{name} {auc(found, accounts.human):.4f}" for name, found in said.items())
    print(f"AUC without labels: {shown}")


def evaluate(accounts: Accounts, test: Accounts | None, learn: Learner) -> dict[str, list[float]]:
    """Figures of a learner: one of each with a test, else one for each repeat."""
    if test is not None:
        found = [figures_of(learn(accounts, test, 0), test)]
    else:
        repeats = (cross_validated(accounts, learn, seed) for seed in range(REPEATS))
        found = [figures_of(said, accounts) for said in repeats]
    return {name: [one[name] for one in found] for name in found[0]}


def show(rows: dict[str, dict[str, list[float]]], asked: Accounts) -> None:
    """Print a line per figure, a column per learner: the mean, and the deviation over repeats."""
    print(f"{'':16}{'accounts':>9}" + "".join(f"{name:>18}" for name in rows))
    for figure in next(iter(rows.values())):
        band = figure.removeprefix("auc ")
        among = int((asked.band == band).sum()) if band != figure else len(asked)
        cells = [_cell(row[figure]) for row in rows.values()]
        print(f"{figure:16}{among:>9,}" + "".join(f"{cell:>18}" for cell in cells))


def _cell(values: list[float]) -> str:
    return f"{np.mean(values):.4f}" + (f" ± {np.std(values):.4f}" if len(values) > 1 else "")


def read(
    known: Path, asked: Path | None, figures: list[Figure]
) -> tuple[Accounts, Accounts | None]:
    """Read the accounts to learn from, and those to test on less those learned from."""
    accounts = Accounts.read(known, figures)
    print(f"{len(accounts):,} accounts, {accounts.human.sum():,} of them people", flush=True)
    if asked is None:
        return accounts, None
    given = Accounts.read(asked, figures)
    test = given.without(accounts)
    print(f"{len(test):,} to test on; {len(given) - len(test):,} were learned from", flush=True)
    if test.human.all() or not test.human.any():
        raise KloutError(f"{asked}: less what is in {known}, expected both people and bots")
    return accounts, test


def summary(rows: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    """Means over the repeats; ``ece`` is the larger of the two errors."""
    mean = {name: {figure: np.mean(row[figure]) for figure in row} for name, row in rows.items()}
    model = mean["model"]
    mass, width = model["ece equal mass"], model["ece equal width"]
    found = {"auc": model["auc"], "ece": max(mass, width)}
    found |= {"ece_equal_mass": mass, "ece_equal_width": width}
    found |= {f"{name}_auc": mean[name]["auc"] for name in rows if name != "model"}
    return {name: round(float(value), 4) for name, value in found.items()}


def run(known: Path, asked: Path | None) -> None:
    """Read, learn, and print what came of it."""
    figures = read_figures(FIGURES)
    accounts, test = read(known, asked, figures)
    judged = accounts if test is None else test
    rows = {}
    for name, learn in learners(figures).items():
        rows[name] = evaluate(accounts, test, learn)
        print(f"{name}: AUC {np.mean(rows[name]['auc']):.4f}", flush=True)
    show_unlabelled(judged, figures)
    show(rows, judged)
    print(json.dumps(summary(rows)))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=Path, required=True, help="the labelled table, CSV")
    parser.add_argument("--test", type=Path, help="another of its form to test on")
    arguments = parser.parse_args()
    try:
        run(arguments.accounts, arguments.test)
    except KloutError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
