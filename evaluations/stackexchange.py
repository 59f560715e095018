"""A Stack Exchange site, before and after a day: ``make eval-stackexchange DUMP=… SITE=… SPLIT=…``.

The model learns from outcomes before the day alone: at one moment each quarter, from what was known
then, who drew more people in the year that followed. Then everybody who ever drew a reaction before
the day is scored, and compared by Spearman's rank correlation with the reputation that the dump
gives (which no signal reads) and with the distinct people who reacted to them in the year after the
day. Interactions received so far, and plain figures of the last 90 days, are compared likewise. The
same of all persons known, most of whom never drew a reaction, is printed beside it.

    python -m evaluations.stackexchange --dump DIR --site bicycles.meta --split 2018-01-01
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from scipy.stats import spearmanr

from evaluations.outcomes import Moment
from evaluations.real.logs import catalogue_of
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.times import midnight
from features.sources.ingest import ingest
from features.sources.reader import Options
from features.sources.xml_rows import read_rows
from training import baselines
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.judgements.candidates import candidates

NETWORK = "stackexchange"
HORIZON, EVERY = 365, 91
"""Days that an outcome is looked at, and from one moment that is learned from to the next."""
OUTCOMES = ("reputation", "future")
PAIRS = 3000
"""Of each moment."""
PARAMS = Path(__file__).with_name("stackexchange.yaml")


def learn(lake: Lake, split: date, catalogue: Catalogue, params: TrainingParams) -> Model:
    """Train on outcomes that were over by ``split``; a person at each moment is another person."""
    first = lake.scan("interactions").select(pl.col("at").min().dt.date()).collect().item()
    signals, judgements, as_of = [], [], split - timedelta(HORIZON)
    while first is not None and as_of > first:
        try:
            moment = Moment.of(lake, as_of, HORIZON, catalogue, PAIRS)
        except KloutError:  # nobody known by then drew anything
            break
        at = pl.lit(f" at {as_of}")
        signals.append(moment.signals.with_columns(pl.col("person") + at))
        judgements.append(moment.judgements.with_columns(pl.col("a", "b") + at))
        as_of -= timedelta(EVERY)
    if not signals:
        raise KloutError(f"{lake.root}: no outcomes before {split}: nothing to learn from")
    pooled = pl.concat(judgements)
    print(f"{len(pooled):,} judgements of {len(signals)} moments to learn from", flush=True)
    return fit(pl.concat(signals), pooled, catalogue, params)


def known_at(lake: Lake, split: date, catalogue: Catalogue, model: Model) -> pl.DataFrame:
    """Give everybody known at ``split`` its score, plain figures, and what came after."""
    signals = Moment.signals_of(lake, split, catalogue)
    figures = baselines.from_signals(signals, catalogue)
    columns = [values.alias(name) for name, values in figures.items() if name != "interactions"]
    table = model.score(signals).select("person", "score").with_columns(columns)
    later = candidates(lake, split, HORIZON, catalogue).select("person", future="after")
    joined = table.join(_so_far(lake, split), on="person", how="left")
    return joined.join(later, on="person", how="left").fill_null(0)


def _so_far(lake: Lake, split: date) -> pl.DataFrame:
    """Interactions that each account received before ``split``, its own left out."""
    rows = lake.scan("interactions", [NETWORK]).filter(
        pl.col("at") < midnight(split), pl.col("actor") != pl.col("target")
    )
    counted = rows.group_by("target").len("interactions").collect()
    return counted.select(
        person=pl.lit(f"{NETWORK}:") + pl.col("target"), interactions="interactions"
    )


def reputation(dump: Path, site: str) -> pl.DataFrame:
    """Read ``person`` and ``reputation`` from the dump's users."""
    files = [file for name in ("Users.xml", "Users.xml.gz") if (file := dump / name).exists()]
    if not files:
        raise KloutError(f"{dump}: needs Users.xml or Users.xml.gz")
    rows = pl.concat(read_rows(files[0], "users", ["Id", "Reputation"]))
    return rows.select(
        person=pl.format("{}:{}:{}", pl.lit(NETWORK), pl.lit(site), "Id"),
        reputation=pl.col("Reputation").cast(pl.Float64),
    )


def show(table: pl.DataFrame, whom: str) -> dict[str, dict[str, float]]:
    """Print the rank correlations of the score and each figure with each outcome; return them."""
    drew = table.filter(pl.col("future") > 0)
    print(f"{len(table):,} {whom}, {len(drew):,} of them drew one in the year after")
    found = {}
    for name in table.columns[1:]:
        if name not in OUTCOMES:
            found[name] = {of: float(spearmanr(table[name], table[of])[0]) for of in OUTCOMES}
            print(f"{name:>14}: " + ", ".join(f"{of} {r:.3f}" for of, r in found[name].items()))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", type=Path, required=True, help="the dump's folder")
    parser.add_argument("--site", required=True, help="as bicycles.meta")
    parser.add_argument("--split", type=date.fromisoformat, default=date(2018, 1, 1))
    arguments = parser.parse_args()
    catalogue = catalogue_of(NETWORK)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "lake"
        ingest(root, NETWORK, arguments.dump, catalogue, Options(site=arguments.site))
        lake = Lake(root)
        model = learn(lake, arguments.split, catalogue, TrainingParams.read(PARAMS))
        table = known_at(lake, arguments.split, catalogue, model)
    known = table.join(reputation(arguments.dump, arguments.site), on="person", how="inner")
    show(known, f"all persons known at {arguments.split}")
    drawing = known.filter(pl.col("interactions") > 0)
    found = show(drawing, f"persons who had drawn a reaction by {arguments.split}")
    named = {
        f"{of}{'' if name == 'score' else f'_{name}'}": round(found[name][of], 4)
        for of in OUTCOMES
        for name in ("score", "interactions")
    }
    print(json.dumps(named))


if __name__ == "__main__":
    main()
