"""One sheet of pictures: how good the score is first, what it looks like after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

COLUMNS = 3
FEW = 20
"""Bands of fewer judgements stand in the table and are not drawn: their bars would say nothing."""
OURS, OTHERS, CEILING = "tab:blue", "tab:gray", "tab:green"


def draw_sheet(tables: dict[str, pl.DataFrame], file: Path) -> None:
    """Draw the tables there are a picture for, in the order of `PICTURES`."""
    drawn = [name for name in PICTURES if name in tables]
    rows = -(-len(drawn) // COLUMNS)
    size = (6 * COLUMNS, 4.4 * rows)
    figure, grid = plt.subplots(rows, COLUMNS, figsize=size, constrained_layout=True, squeeze=False)
    places = list(grid.flat)
    for name, axes in zip(drawn, places, strict=False):
        PICTURES[name](axes, tables[name])
    for axes in places[len(drawn) :]:
        axes.set_axis_off()
    figure.savefig(file, dpi=100, metadata={"Software": None})
    plt.close(figure)


def _comparison(axes: Axes, table: pl.DataFrame) -> None:
    rows = table.reverse()
    colour = {"score": OURS, "truth": CEILING}
    for place, (name, value, low, high) in enumerate(rows.iter_rows()):
        shade = colour.get(name, OTHERS)
        axes.errorbar(
            value, place, xerr=[[value - low], [high - value]], fmt="o", color=shade, capsize=3
        )
        axes.annotate(f"{100 * value:.1f}", (value, place), (0, 6), textcoords="offset points",
                      ha="center", fontsize=7)  # fmt: skip
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows["name"]])
    axes.set(title="Accuracy of the score, baselines and ceiling", xlabel="accuracy (95% interval)")
    axes.margins(y=0.08)
    axes.grid(axis="x", alpha=0.3)


def _calibration(axes: Axes, table: pl.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color="black", linestyle=":", label="as it should be")
    axes.plot(table["predicted"], table["observed"], "o-", color=OURS, label="as it is")
    axes.set(title="Calibration of P(a over b)", xlabel="predicted", ylabel="observed preference")
    axes.legend()


def _bands(title: str, label: str) -> Callable[[Axes, pl.DataFrame], None]:
    """Draw accuracy by band, with its interval and the number of judgements."""

    def draw(axes: Axes, table: pl.DataFrame) -> None:
        rows = table.filter(pl.col("judgements") >= FEW)
        value, low, high = (rows[name].to_numpy() for name in ("accuracy", "low", "high"))
        places, error = np.arange(len(rows)), np.stack([value - low, high - value])
        axes.bar(places, value, yerr=error, color=OURS, alpha=0.8, capsize=4)
        axes.set_xticks(places, rows[table.columns[0]].to_list())
        axes.axhline(0.5, color="black", linestyle=":")
        for place, count in zip(places, rows["judgements"], strict=True):
            axes.annotate(f"{count:,}", (place, 0.02), ha="center", color="white", fontsize=8)
        axes.set(title=title, xlabel=label, ylim=(0, 1))
        axes.set_ylabel("accuracy (dotted: chance)")

    return draw


def _spread(axes: Axes, table: pl.DataFrame) -> None:
    by_content = table["reach_mean"].is_not_null().any()
    column = "reach_mean" if by_content else "person_reach_mean"
    what = "content" if by_content else "person"
    axes.bar(table["decile"], table[column].fill_null(0.0), color=OURS)
    axes.set(title="What came after: reach by decile of score", xlabel="decile of score")
    axes.set(ylabel=f"distinct people who reacted, per {what}")


def _distribution(axes: Axes, table: pl.DataFrame) -> None:
    axes.bar(table["score"] + 0.5, table["persons"], width=1.0, color=OURS)
    axes.axvline(63, color="black", linestyle=":", label="63: the top 5%")
    axes.set(title="Persons by score", xlabel="score", ylabel="persons", xlim=(1, 100))
    axes.legend()


def _scale(axes: Axes, table: pl.DataFrame) -> None:
    axes.plot(table["influence"], table["score"], label="score")
    axes.plot(table["influence"], table["slope"], label="points per unit of influence")
    axes.set(title="The scale and its slope", xlabel="influence", ylim=(0, 100))
    axes.legend()


def _effort(axes: Axes, table: pl.DataFrame) -> None:
    known = table.drop_nulls("more").filter(pl.col("more") > 0)
    axes.plot(known["score"], known["more"], "o-", color=OURS)
    axes.set(title="Effort: what the next point takes", xlabel="score", yscale="log")
    axes.set_ylabel("distinct people more who react, in 90 days")
    axes.grid(alpha=0.3)


def _parts(axes: Axes, table: pl.DataFrame) -> None:
    bottom = np.zeros(10)
    for (network,), rows in table.group_by("network", maintain_order=True):
        heights = np.zeros(10)
        heights[rows["decile"].to_numpy() - 1] = rows["part"].to_numpy()
        if heights.any():
            axes.bar(np.arange(1, 11), heights, bottom=bottom, label=str(network))
        bottom += heights
    axes.set(title="Mean parts by network", xlabel="decile of score", ylabel="influence")
    axes.legend(fontsize=7)


PICTURES: dict[str, Callable[[Axes, pl.DataFrame], None]] = {
    "comparison": _comparison,
    "calibration": _calibration,
    "accuracy_by_gap": _bands("Accuracy by difference of score", "points"),
    "accuracy_by_networks": _bands("Accuracy by networks", "networks of whoever is on fewer"),
    "accuracy_by_activity": _bands(
        "Accuracy by activity", "reactions in 90 days of whoever received fewer"
    ),
    "spread": _spread,
    "distribution": _distribution,
    "scale": _scale,
    "effort": _effort,
    "parts_by_network": _parts,
}
