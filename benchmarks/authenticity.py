"""How well accounts that don't act for themselves are told apart, in worlds never learned from.

A classifier learns from the labelled world of ``dvc repro`` and judges others, of seeds never used
for anything else. Every kind of attack is looked at alone against all honest accounts, and once
more by a classifier that never saw it. Steps are those that `klout integrity assess` would decide
on, from no history.

    python -m benchmarks.authenticity
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import yaml
from sklearn.metrics import roc_auc_score

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.simulator import LABELS, simulate
from training.integrity.behaviours.measure import behaviours
from training.integrity.classifier import Classifier
from training.integrity.labelled import learn
from training.integrity.probability import p_authentic
from training.integrity.quantize import step

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-authenticity"
PARAMS = Path("params.yaml")
END, DAYS = date(2014, 10, 1), 100
ACTIVE = 20
"""Interactions given and received from which on an account is judged in the main figures."""
PODS = 20
"""Of people who were honest before, in each world that is judged; with friends who do the same."""
CAUGHT = 0.5
"""Below this step an account no longer counts for days, hit rate and peak."""


def world(persons: int, seed: int, pods: int, catalogue: Catalogue) -> pl.DataFrame:
    """Simulate a world: the behaviours of its accounts, and ``authentic``, ``kind``, ``group``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        simulate(root, persons, DAYS, seed, catalogue, END, recruited_pods=pods)
        labels = pl.read_parquet(root / LABELS)
        parts = [
            behaviours(Lake(root), END, network).join(
                labels.filter(pl.col("network") == network.name), on="account"
            )
            for network in catalogue.networks
            if network.reactions
        ]
    return pl.concat(parts).with_columns(world=pl.lit(seed))


def judged(table: pl.DataFrame, classifier: Classifier | None) -> pl.DataFrame:
    """Add ``probability`` and the ``authenticity`` that follows from it, network by network."""
    networks = table.partition_by("world", "network")
    believed = pl.concat(
        each.with_columns(probability=pl.Series(p_authentic(each, classifier))) for each in networks
    )
    return believed.with_columns(authenticity=step(pl.col("probability"), pl.lit(1.0)))


def active(table: pl.DataFrame) -> pl.DataFrame:
    """Keep accounts that gave and received enough to be judged by."""
    return table.filter(pl.col("given") + pl.col("received") >= ACTIVE)


def auc(table: pl.DataFrame, kind: str | None = None) -> float:
    """AUC of one kind of attack, or of all, against all that is honest."""
    some = table.filter(pl.col("authentic") | (pl.col("kind") == kind)) if kind else table
    return float(roc_auc_score(some["authentic"].to_numpy(), some["probability"].to_numpy()))


def attacks(train: pl.DataFrame, test: pl.DataFrame, all_kinds: pl.DataFrame) -> pl.DataFrame:
    """One row per kind of attack: how well it is told apart, seen before and not."""
    rows = []
    for kind in sorted(test.filter(~pl.col("authentic"))["kind"].unique()):
        unseen = learn(train.filter(pl.col("authentic") | (pl.col("kind") != kind)))
        blind = judged(test, unseen)
        mine = all_kinds.filter((pl.col("kind") == kind) & ~pl.col("authentic"))
        rows.append(
            {
                "attack": kind,
                "active": len(active(mine)),
                "AUC": auc(active(all_kinds), kind),
                "AUC, never seen": auc(active(blind), kind),
                "below ½": _share(active(mine)),
                "all": len(mine),
                "AUC of all": auc(all_kinds, kind),
                "all below ½": _share(mine),
            }
        )
    return pl.DataFrame(rows)


def _share(table: pl.DataFrame) -> float:
    """Share of accounts below `CAUGHT`."""
    return float((table["authenticity"].to_numpy() < CAUGHT).mean())


def innocents(table: pl.DataFrame) -> pl.DataFrame:
    """One row per kind of honest person: how many of its accounts are doubted."""
    return (
        table.filter("authentic")
        .group_by("kind")
        .agg(
            pl.len().alias("accounts"),
            (pl.col("authenticity") < 1).mean().alias("below 1"),
            (pl.col("authenticity") < CAUGHT).mean().alias("below ½"),
        )
        .sort("kind")
    )


def lines(table: pl.DataFrame) -> Iterator[str]:
    """Write a table in Markdown; shares and AUC with four digits."""
    yield "| " + " | ".join(table.columns) + " |"
    yield "|" + " --- |" * len(table.columns)
    for row in table.iter_rows():
        cells = (f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row)
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, print, and write the tables to docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--persons", type=int, default=8000, help="of each world that is judged")
    parser.add_argument("--test", type=int, nargs="+", default=[2001, 2002], help="their seeds")
    parser.add_argument("--no-document", action="store_true", help="leave docs/ as it is")
    asked = parser.parse_args()
    catalogue = Catalogue(load_networks(None))
    labelled = yaml.safe_load(PARAMS.read_text())["integrity"]["world"]
    train = world(labelled["persons"], labelled["seed"], labelled["recruited_pods"], catalogue)
    test = pl.concat(world(asked.persons, seed, PODS, catalogue) for seed in asked.test)
    said = judged(test, learn(train))
    strange = judged(test, None)
    by_attack, honest = attacks(train, test, said), innocents(said)
    figures = {
        "auc": round(auc(active(said)), 4),
        "least_by_kind": round(float(by_attack["AUC"].min()), 4),  # type: ignore[arg-type]
        "least_unseen": round(float(by_attack["AUC, never seen"].min()), 4),  # type: ignore[arg-type]
        "honest_below_half": round(_share(said.filter("authentic")), 5),
        "detector_auc": round(auc(active(strange)), 4),
    }
    text = [
        f"{in_a_line()} Learned from a world of {labelled['persons']:,} persons (seed "
        f"{labelled['seed']}), judged in worlds of {asked.persons:,} persons (seeds "
        f"{', '.join(map(str, asked.test))}): {len(test):,} accounts, "
        f"{len(active(test)):,} with at least {ACTIVE} interactions given and received. Of these "
        f"AUC is {figures['auc']:.4f}; without labels, by the detector, "
        f"{figures['detector_auc']:.4f}.",
        "",
        *lines(by_attack),
        "",
        "Honest accounts of all sizes, by kind of person:",
        "",
        *lines(honest),
    ]
    print("\n".join(text))
    if not asked.no_document:
        put_between_markers(DOCUMENT, NAME, "\n".join(text))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
