"""The tables and the sheet of pictures."""

from __future__ import annotations

import polars as pl
import pytest
from matplotlib import image

from tests.support.populations import judged
from training.baselines import from_signals
from training.evaluation import Resamples, evaluate
from training.evaluation.bands import breakdowns
from training.evaluation.picture_sheet import PICTURES
from training.evaluation.plots import distribution, parts_by_network, tables_of, write_plots
from training.influence.effort import effort


@pytest.fixture(scope="module")
def tables(model, world):
    signals, influence, _ = world
    judgements, scores = judged(influence, seed=9, pairs=400), model.score(signals)
    resamples = Resamples.of(judgements, rounds=20)
    figures = from_signals(signals, model.catalogue)
    _, comparison = evaluate(model, scores, judgements, figures, resamples)
    reach = pl.DataFrame({"decile": range(1, 11), "reach_mean": [float(n) for n in range(10)]})
    return {
        "comparison": comparison.table(),
        **breakdowns(model, signals, scores, judgements, resamples),
        "spread": reach,
        "effort": effort(model, signals),
        **tables_of(model, scores),
    }


def test_every_table_is_a_file_and_has_its_picture(tables, tmp_path):
    assert set(tables) == set(PICTURES)
    write_plots(tmp_path, tables)
    assert {file.stem for file in tmp_path.glob("*.csv")} == set(tables)
    assert image.imread(tmp_path / "sheet.png").shape[1] > 1000


def test_a_sheet_of_what_there_is_can_be_drawn_without_the_rest(tables, tmp_path):
    few = {"accuracy_by_gap": tables["accuracy_by_gap"].head(0), "scale": tables["scale"]}
    write_plots(tmp_path, few)
    assert (tmp_path / "sheet.png").stat().st_size > 5_000


def test_everybody_is_in_one_band_of_the_distribution(model, world):
    scores = model.score(world[0])
    assert distribution(scores)["persons"].sum() == len(scores)


def test_mean_parts_of_a_decile_add_up_to_its_influence_above_the_base(model, world):
    scores = model.score(world[0]).sort("score")
    parts = parts_by_network(scores).filter(pl.col("decile") == 10)["part"].sum()
    top = scores.tail(len(scores) // 10)["influence"].mean() - model.base
    assert parts == pytest.approx(top)
