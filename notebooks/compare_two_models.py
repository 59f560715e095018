"""Two models on the same people: who moves, how far, and by which network, in pictures.

Run it with `marimo edit notebooks/compare_two_models.py`, or as a script.
"""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import os
    from pathlib import Path

    import marimo as mo
    import polars as pl
    from matplotlib import pyplot as plt

    from training.influence.model import Model, read_signals
    from training.promotion.shadow import Shadow

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    models = Path(os.environ.get("KLOUT_MODELS", "models"))
    names = sorted(file.parent.name for file in models.glob("*/model.json"))
    old, new = mo.ui.dropdown(names, "cold"), mo.ui.dropdown(names, "champion")
    mo.hstack([old, "against", new], justify="start")
    return Model, Shadow, data, mo, models, new, old, pl, plt, read_signals


@app.cell
def _(Model, Shadow, data, models, new, old, pl, read_signals):
    _old, _new = Model.load(models / old.value), Model.load(models / new.value)
    _before, _after = (
        pl.concat(map(model.score, read_signals(data / "signals.parquet", model.catalogue)))
        for model in (_old, _new)
    )
    shadow = Shadow.of(_old, _before, _new, _after)
    return (shadow,)


@app.cell
def _(mo, new, old, shadow):
    _figures = shadow.figures(moved_points=5)
    mo.md(f"""
    # {new.value} against {old.value}: {len(shadow.table):,} persons

    Scores move by {_figures["mean_change"]:.2f} points on average and by {_figures["most_change"]:.1f}
    at most; {_figures["moved"]:.1%} of people move by more than 5. Rank correlation
    {_figures["rank_correlation"]:.4f}.
    """)
    return


@app.cell
def _(new, old, plt, shadow):
    _figure, (_left, _right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    _left.scatter(shadow.table["old"], shadow.table["new"], s=2, alpha=0.3)
    _left.axline((1, 1), slope=1, color="grey", linestyle=":")
    _left.set(xlabel=f"score by {old.value}", ylabel=f"score by {new.value}", title="Everybody")
    _right.hist(shadow.table["change"], bins=60)
    _right.set(xlabel="points gained", ylabel="persons", yscale="log", title="Changes")
    _figure
    return


@app.cell
def _(pl, plt, shadow):
    _bands = shadow.table.with_columns(band=5 * (pl.col("old") / 5).floor())
    _groups = _bands.sort("band").partition_by("band", as_dict=True, maintain_order=True)
    _figure, _axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    _axes.boxplot([each["change"] for each in _groups.values()], sym="", whis=(5, 95))
    _axes.axhline(0, color="grey", linestyle=":")
    _axes.set_xticks(range(1, len(_groups) + 1), [f"{band:.0f}" for (band,) in _groups])
    _axes.set(xlabel="score before, from", ylabel="points gained", title="Who gains and who loses")
    _figure
    return


@app.cell
def _(plt, shadow):
    _movers, _causes = shadow.movers(20)[::-1], shadow.by_network()[::-1]
    _networks = shadow.table["network"].unique().sort().to_list()
    _figure, (_left, _right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    _colours = [f"C{_networks.index(name)}" for name in _movers["network"]]
    _left.barh(_movers["person"], _movers["change"], color=_colours)
    _left.tick_params(axis="y", labelsize=7)
    _left.set(xlabel="points gained", title="Who moves most")
    _colours = [f"C{_networks.index(name)}" for name in _causes["network"]]
    _right.barh(_causes["network"], _causes["persons"], color=_colours)
    _right.set(xlabel="persons", title="Which network moves them most")
    _figure
    return


if __name__ == "__main__":
    app.run()
