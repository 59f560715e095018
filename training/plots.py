"""Plots of a model: tables that DVC draws and compares, and one sheet of pictures for MLflow."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl

from training.model import Model

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes


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
            "score": model.scale.transform(influence),
            "slope": model.scale.slope(influence),
        }
    )


def parts_by_network(scores: pl.DataFrame) -> pl.DataFrame:
    """Mean part of each network by decile of score: ``decile`` 1 to 10, ``network``, ``part``."""
    rank = pl.col("score").rank("ordinal") - 1
    decile = (rank * 10 // pl.len() + 1).cast(pl.Int64)
    parts = [name for name in scores.columns if name.startswith("part.")]
    means = scores.with_columns(decile=decile).group_by("decile").agg(pl.col(parts).mean())
    long = means.unpivot(parts, index="decile", variable_name="network", value_name="part")
    return long.with_columns(pl.col("network").str.strip_prefix("part.")).sort("network", "decile")


def write_plots(folder: Path, model: Model, scores: pl.DataFrame, gaps: pl.DataFrame) -> None:
    """Write each table as CSV, and all as one picture, ``sheet.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "distribution": distribution(scores),
        "scale": scale_curve(model, scores),
        "accuracy_by_gap": gaps,
        "parts_by_network": parts_by_network(scores),
    }
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    _sheet(tables, folder / "sheet.png")


def _sheet(tables: dict[str, pl.DataFrame], file: Path) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), constrained_layout=True)
    _draw_distribution(axes[0, 0], tables["distribution"])
    _draw_scale(axes[0, 1], tables["scale"])
    _draw_gaps(axes[1, 0], tables["accuracy_by_gap"])
    _draw_parts(axes[1, 1], tables["parts_by_network"])
    figure.savefig(file, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _draw_distribution(axes: Axes, table: pl.DataFrame) -> None:
    axes.bar(table["score"] + 0.5, table["persons"], width=1.0)
    axes.axvline(63, color="black", linestyle=":", label="63: the top 5%")
    axes.set(title="Persons by score", xlabel="score", ylabel="persons", xlim=(1, 100))
    axes.legend()


def _draw_scale(axes: Axes, table: pl.DataFrame) -> None:
    axes.plot(table["influence"], table["score"], label="score")
    axes.plot(table["influence"], table["slope"], label="points per unit of influence")
    axes.set(title="The scale and its slope", xlabel="influence (log-odds)", ylim=(0, 100))
    axes.legend()


def _draw_gaps(axes: Axes, table: pl.DataFrame) -> None:
    axes.bar(table["gap"], table["accuracy"])
    axes.axhline(0.5, color="black", linestyle=":", label="chance")
    axes.set(title="Accuracy by difference of score", xlabel="points", ylim=(0, 1))
    axes.legend()


def _draw_parts(axes: Axes, table: pl.DataFrame) -> None:
    bottom = np.zeros(10)
    for (network,), rows in table.group_by("network", maintain_order=True):
        heights = np.zeros(10)
        heights[rows["decile"].to_numpy() - 1] = rows["part"].to_numpy()
        axes.bar(np.arange(1, 11), heights, bottom=bottom, label=str(network))
        bottom += heights
    axes.set(title="Mean parts by network", xlabel="decile of score", ylabel="influence")
    axes.legend(fontsize=7)
