"""What a model listens to, what a point costs, and where influence comes from, in pictures.

Run it with `marimo edit notebooks/read_a_model.py`, or as a script.
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

    from training.evaluation.ablations import importance
    from training.evaluation.plots import parts_by_network, scale_curve
    from training.influence.effort import effort
    from training.influence.model import Model, read_signals

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    models = Path(os.environ.get("KLOUT_MODELS", "models"))
    which = mo.ui.dropdown(
        sorted(file.parent.name for file in models.glob("*/model.json")), "champion"
    )
    which
    return (
        Model, data, effort, importance, mo, models, parts_by_network, pl, plt, read_signals,
        scale_curve, which,
    )  # fmt: skip


@app.cell
def _(Model, data, mo, models, pl, read_signals, which):
    model = Model.load(models / which.value)
    signals = pl.concat(read_signals(data / "signals.parquet", model.catalogue))
    scores = model.score(signals)
    mo.md(f"""
    # Model {model.version}

    {sum(map(len, model.ranges.values())):,} trees, {len(model.catalogue.names)} signals.
    """)
    return model, scores, signals


@app.cell
def _(importance, model, pl, plt, signals):
    _table = importance(model, signals).filter(pl.col("splits") > 0)
    _top = _table.head(25)[::-1]
    _networks = [network.name for network in model.catalogue.networks]
    _share = 100 * _top["gain"] / _table["gain"].sum()
    _figure, _axes = plt.subplots(figsize=(8, 5), layout="constrained")
    _axes.barh(_top["signal"], _share, color=[f"C{_networks.index(n)}" for n in _top["network"]])
    _axes.tick_params(axis="y", labelsize=7)
    _axes.set(xlabel="% of the gain of all splits", title=f"Most used of the {len(_table)} in use")
    _figure
    return


@app.cell
def _(model, plt, scale_curve, scores):
    _curve = scale_curve(model, scores)
    _figure, (_link, _scale, _slope) = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained")
    _link.plot(_curve["influence"], model.log_worth(_curve["influence"].to_numpy()))
    _link.set(xlabel="influence", ylabel="log worth", title=f"The link, power {model.link.power:g}")
    _scale.plot(_curve["influence"], _curve["score"])
    _scale.set(xlabel="influence", ylabel="score", title="The scale")
    _slope.plot(_curve["score"], _curve["slope"])
    _slope.set(xlabel="score", ylabel="points per unit of influence", title="Its slope")
    _figure
    return


@app.cell
def _(parts_by_network, plt, scores):
    _table = parts_by_network(scores).pivot("network", index="decile", values="part").sort("decile")
    _networks = _table.columns[1:]
    _figure, _axes = plt.subplots(figsize=(8, 4), layout="constrained")
    _axes.stackplot(_table["decile"], *(_table[name] for name in _networks), labels=_networks)
    _axes.set(xlabel="decile of score", ylabel="mean influence", title="Where influence comes from")
    _axes.legend(loc="upper left", fontsize=8)
    _figure
    return


@app.cell
def _(effort, model, plt, signals):
    _steps = effort(model, signals).drop_nulls("more")
    _figure, _axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    _axes.plot(_steps["score"], _steps["more"], marker="o")
    _axes.set(yscale="log", xlabel="score", ylabel="reactors that one more point takes")
    _figure
    return


if __name__ == "__main__":
    app.run()
