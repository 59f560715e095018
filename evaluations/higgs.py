"""Retweets, mentions and replies of one week of July 2012: ``make eval-higgs``.

Who will drive more people to act tomorrow? Outcomes of 4 and 5 July teach the model with what was
known before them; then it says for 6 and 7 July, of persons it was not taught about, who drives
more. The same is asked of plain figures. Needs the Higgs-Twitter activity file (SNAP).

    python -m evaluations.higgs --log higgs-activity_time.txt.gz
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from evaluations.outcomes import Moment, accuracies
from evaluations.real.logs import catalogue_of
from features.lake import Lake
from features.sources.ingest import ingest
from training.influence.fit import fit
from training.influence.params import TrainingParams
from training.judgements import split

TRAINED, TESTED, HORIZON = date(2012, 7, 4), date(2012, 7, 6), 2
PAIRS = 60_000
"""Of each of the two moments: of 4 July there are 6,853 persons, of 6 July 52,923."""
HALF, SEED = 0.5, 7
"""Half of the persons are taught about, the other half are asked about."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, required=True, help="the activity file")
    arguments = parser.parse_args()
    catalogue = catalogue_of("twitter")
    with tempfile.TemporaryDirectory() as folder:
        ingest(Path(folder) / "lake", "higgs", arguments.log, catalogue)
        lake = Lake(Path(folder) / "lake")
        before, after = (
            Moment.of(lake, day, HORIZON, catalogue, PAIRS) for day in (TRAINED, TESTED)
        )
        train, _ = split(before.judgements, HALF, SEED)
        _, test = split(after.judgements, HALF, SEED)
        print(f"{len(train):,} judgements to train on, {len(test):,} to test on")
        model = fit(before.signals, train, catalogue, TrainingParams())
        found = accuracies(model, lake, after, test)
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(found)
    shown = dict(zip(found["name"], found["accuracy"], strict=True))
    names = {"accuracy": "score"} | {n: n for n in ("interactions", "reactors", "pagerank")}
    print(json.dumps({name: round(shown[key], 4) for name, key in names.items()}))


if __name__ == "__main__":
    main()
