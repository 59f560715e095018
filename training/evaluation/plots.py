"""Plots of a model: tables that DVC draws and compares, and one sheet of pictures for MLflow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from features.storage.atomic import replacing_folder
from features.storage.folders import PLOTS
from training.evaluation.picture_sheet import draw_sheet
from training.evaluation.spread import decile
from training.influence.model import Model


def distribution(scores: pl.DataFrame) -> pl.DataFrame:
    """Persons by score: ``score`` (lower bound of a band of one point) and ``persons``."""
    bands = scores.group_by(score=pl.col("score").floor()).agg(persons=pl.len())
    return bands.sort("score")


def scale_curve(model: Model, scores: pl.DataFrame) -> pl.DataFrame:
    """The scale over the influences there are: ``influence``, ``score`` and ``slope``."""
    low, high = scores["influence"].min(), scores["influence"].max()
    influence = np.linspace(low, high, 200)  # type: ignore[arg-type]
    return pl.DataFrame(
        {
            "influence": influence,
            "score": model.points(influence),
            "slope": model.points_per_influence(influence),
        }
    )


def parts_by_network(scores: pl.DataFrame) -> pl.DataFrame:
    """Mean part of each network by decile of score: ``decile`` 1 to 10, ``network``, ``part``."""
    parts = [name for name in scores.columns if name.startswith("part.")]
    means = scores.with_columns(decile=decile()).group_by("decile").agg(pl.col(parts).mean())
    long = means.unpivot(parts, index="decile", variable_name="network", value_name="part")
    return long.with_columns(pl.col("network").str.strip_prefix("part.")).sort("network", "decile")


def tables_of(model: Model, scores: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every table of a model that needs no judgements, by name."""
    return {
        "distribution": distribution(scores),
        "scale": scale_curve(model, scores),
        "parts_by_network": parts_by_network(scores),
    }


def write_plots(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Write each table as ``NAME.csv``, and all as one picture; a folder of plots is replaced."""
    # An id that is always the same: the same plots are the same bytes.
    with replacing_folder(folder, PLOTS, PLOTS.name) as draft:
        for name, table in tables.items():
            table.write_csv(draft / f"{name}.csv")
        draw_sheet(tables, draft / "sheet.png")
