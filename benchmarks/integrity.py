"""What attacks on a score gain, and what the same number of honest reactions gains.

Some honest persons of the default world of ``dvc repro`` are attacked, each in one way, in a copy
of the world. Everybody is scored in both worlds, believing every account and weighing accounts by
their authenticity; the gain is the score with the attack less the score without.

    python -m benchmarks.integrity
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl
import yaml

from benchmarks.bystanders import largest_fall
from benchmarks.cases import ATTACKS, BOUGHT, Case, cases
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from benchmarks.stability import read_as_of
from benchmarks.victims import People
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.lake.contracts import STEPS
from features.lake.times import midnight
from features.signals.materialize import materialize
from features.simulator import LABELS, TRUTH, simulate
from training.influence.model import Model
from training.integrity import integrity_jobs
from training.integrity.assess import assess
from training.integrity.classifier import Classifier

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-integrity"
DATA, PARAMS, CLASSIFIER = Path("data"), Path("params.yaml"), Path("models/integrity")
LEVELS = (20, 40, 60)
EACH = 3
"""Victims of each attack at each level."""
SEED = 1


@dataclass(frozen=True)
class Judged:
    """A world's scores.

    Attributes
    ----------
    steps
        ``network``, ``account``, ``authenticity`` of accounts below 1.
    scores
        ``person``, ``plain`` (every account is believed) and ``score`` (by authenticity).
    """

    steps: pl.DataFrame
    scores: pl.DataFrame


@dataclass(frozen=True)
class Outcome:
    """Two worlds: as it is, and attacked."""

    cases: Sequence[Case]
    before: Judged
    after: Judged

    @cached_property
    def gains(self) -> pl.DataFrame:
        """By case: ``attack``, ``level``, ``person``, ``was``, ``plain``, ``gain``."""
        dealt = [(case.attack, case.level, case.victim.person) for case in self.cases]
        table = pl.DataFrame(dealt, ["attack", "level", "person"], orient="row")
        return table.join(self.moves, on="person", how="left", maintain_order="left")

    @cached_property
    def moves(self) -> pl.DataFrame:
        """By person of both worlds: ``was``, and the moves of both scores: ``plain``, ``gain``."""
        both = self.before.scores.join(self.after.scores, on="person", suffix="_after")
        return both.select(
            "person",
            was="score",
            plain=pl.col("plain_after") - pl.col("plain"),
            gain=pl.col("score_after") - pl.col("score"),
        )

    @cached_property
    def doubted(self) -> pl.DataFrame:
        """Name the accounts that are believed less for the attacks: ``network``, ``account``."""
        where = ["network", "account"]
        both = self.after.steps.join(self.before.steps, on=where, how="left", suffix="_before")
        was = pl.col("authenticity_before").fill_null(1.0)
        return both.filter(pl.col("authenticity") < was).select(where)

    @cached_property
    def steps(self) -> pl.DataFrame:
        """By attack and step: ``attack``, ``authenticity``, ``accounts`` that took part."""
        took = pl.concat(
            case.actors.with_columns(attack=pl.lit(case.attack)) for case in self.cases
        )
        where = ["network", "account"]
        known = took.unique().join(self.after.steps, on=where, how="left")
        step = pl.col("authenticity").fill_null(1.0)
        return known.group_by("attack", step).agg(accounts=pl.len())


def judge(
    lake: Lake, as_of: date, model: Model, classifier: Classifier, standing: pl.DataFrame
) -> Judged:
    """Score a world, with authenticity and without."""
    steps = assess(lake, as_of, model.catalogue, classifier).filter(pl.col("authenticity") < 1)
    given = steps.select("network", "account", "authenticity")
    plain, weighed = (
        model.score(materialize(lake, as_of, model.catalogue, standing, believed).collect())
        for believed in (None, given)
    )
    both = plain.select("person", plain="score").join(weighed.select("person", "score"), "person")
    return Judged(given, both)


def attacked(lake: Lake, root: Path, dealt: Sequence[Case], catalogue: Catalogue) -> Lake:
    """Copy a lake by links, and add the rows of the attacks to the copy."""
    shutil.copytree(lake.root, root, copy_function=os.link, ignore=shutil.ignore_patterns(".lock"))
    pieces = []
    for table in ("interactions", "contents", "counters"):
        rows = pl.concat(case.rows[table] for case in dealt if table in case.rows)
        numbered = rows.with_row_index("row").cast({"row": pl.UInt64})
        pieces.append(Piece(table, numbered, "attacks"))
    now = midnight(dealt[0].victim.as_of)
    receipt = write(root, pieces, Source(NAME, NAME, NAME), catalogue, now)
    if receipt.entry.quarantined:
        raise KloutError(f"attacks: {receipt.first_reason}")
    return Lake(root)


def classifier_of(folder: Path, as_of: date, catalogue: Catalogue) -> Classifier:
    """Load the classifier there is, or learn one in the labelled world, which is another."""
    if CLASSIFIER.exists():
        return Classifier.load(CLASSIFIER)
    root, world = folder / "labelled", yaml.safe_load(PARAMS.read_text())["integrity"]["world"]
    size = (world["persons"], world["days"], world["seed"])
    simulate(root, *size, catalogue, as_of, recruited_pods=world["recruited_pods"])
    return integrity_jobs.train(Lake(root), as_of, root / LABELS, catalogue)[0]


def run(folder: Path) -> tuple[Outcome, People]:
    """Attack a copy of the default world in a folder."""
    model, as_of = Model.load(Path("models/champion")), read_as_of(PARAMS)
    classifier = classifier_of(folder, as_of, model.catalogue)
    standing = pl.read_parquet(DATA / "cold" / "scores.parquet", columns=["person", "score"])
    lake = Lake(DATA / "lake")
    before = judge(lake, as_of, model, classifier, standing)
    truth = pl.read_parquet(lake.root / TRUTH)
    people = People(lake, as_of, model.catalogue, truth, before.scores)
    dealt = list(cases(people, LEVELS, EACH, SEED))
    copy = attacked(lake, folder / "lake", dealt, model.catalogue)
    after = judge(copy, as_of, model, classifier, standing)
    return Outcome(dealt, before, after), people


def document(outcome: Outcome, fall: str) -> str:
    """Tables in Markdown, and the machine."""
    medians = outcome.gains.group_by("attack", "level", maintain_order=True).agg(
        pl.col("gain", "plain").median()
    )
    levels = medians["level"].unique().sort()
    head = " | ".join(f"{level} | before" for level in levels)
    lines = [f"| median gain at a score of | {head} |", "|---" + "|---:" * 2 * len(levels) + "|"]
    lines += [f"| {attack} | {_cells(medians, attack)} |" for attack in ATTACKS]
    steps = " | ".join(f"{step:g}" for step in STEPS)
    lines += ["", f"| who took part, by authenticity | {steps} |", "|---" + "|---:" * 5 + "|"]
    lines += [
        f"| {attack} | {_counts(outcome.steps, attack)} |" for attack in ATTACKS if attack != BOUGHT
    ]
    lines += [
        "",
        f"{len(outcome.cases)} honest persons; nobody of the world scores below "
        f"{min(outcome.before.scores['score']):.1f}. Before: every account was believed.",
        "",
        fall,
        "",
        f"Measured on: {in_a_line(('lightgbm', 'polars'))}.",
    ]
    return "\n".join(lines)


def _cells(medians: pl.DataFrame, attack: str) -> str:
    mine = medians.filter(pl.col("attack") == attack).sort("level").select("gain", "plain")
    return " | ".join(f"{value:.2f}" for row in mine.rows() for value in row)


def _counts(steps: pl.DataFrame, attack: str) -> str:
    mine = dict(steps.filter(pl.col("attack") == attack).select("authenticity", "accounts").rows())
    return " | ".join(f"{mine.get(step, 0):,}" for step in STEPS)


def check_no_victim_falls(gains: pl.DataFrame) -> None:
    """Refuse a world in which reactions to somebody took from it.

    Raises
    ------
    KloutError
        Naming the victim that falls most.
    """
    worst = gains.filter((pl.col("gain") < 0) | (pl.col("plain") < 0)).sort("gain").head(1)
    for row in worst.rows(named=True):
        raise KloutError(f"victim {row['person']} of {row['attack']!r} falls by {-row['gain']:.2f}")


def main() -> None:
    """Run from the command line."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    # Beside the lake, as links don't reach other file systems.
    with tempfile.TemporaryDirectory(dir=DATA, prefix="attacks-") as folder:
        outcome, people = run(Path(folder))
        fall = largest_fall(people, outcome.cases, outcome.moves, outcome.doubted)
    text = document(outcome, fall)
    put_between_markers(DOCUMENT, NAME, text)
    print(text)
    at_40 = outcome.gains.filter(pl.col("level") == 40).group_by("attack")
    medians = dict(at_40.agg(pl.col("gain").median()).rows())
    print(json.dumps({attack: round(medians[attack], 4) for attack in ATTACKS}))
    check_no_victim_falls(outcome.gains)


if __name__ == "__main__":
    main()
