"""What the signals look like, which go with the score, and one person's, in pictures.

Run it with `marimo edit notebooks/explore_signals.py`, or as a script.
"""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import os
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import polars as pl
    from matplotlib import pyplot as plt

    from features.catalogue.measures import MEASURES

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    signals = pl.read_parquet(data / "signals.parquet")
    people = signals.join(pl.read_parquet(data / "scores.parquet"), on="person")
    networks = [name.split(".")[0] for name in signals.columns if name.endswith(".connected")]
    return MEASURES, mo, networks, np, people, pl, plt, signals


@app.cell
def _(networks, np, pl, plt, signals):
    _there = signals.select((pl.col(f"{name}.connected") > 0).mean() for name in networks)
    _shares = _there.unpivot(variable_name="network", value_name="share").sort("share")
    _figure, (_left, _right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    _left.barh(_shares["network"].str.strip_suffix(".connected"), _shares["share"])
    _left.set(xlabel="share of persons", xlim=(0, 1), title="Who is on which network")
    for _name in [name for name in signals.columns if name.endswith(".any.reactors.90d")]:
        _drawn = signals[_name].filter(signals[_name] > 0).sort(descending=True)
        _right.plot(_drawn, np.arange(1, len(_drawn) + 1) / len(signals), label=_name.split(".")[0])
    _right.set(xscale="log", yscale="log", xlabel="distinct reactors in 90 days, at least")
    _right.set(ylabel="share of persons", title="Few draw many reactors")
    _right.legend(fontsize=7)
    _figure
    return


@app.cell
def _(MEASURES, np, pl, plt, signals):
    _figure, _grid = plt.subplots(3, 3, figsize=(9, 6), layout="constrained")
    for _axes, _measure in zip(_grid.flat, MEASURES, strict=True):
        _all = signals.select(pl.col(f"^.+\\.any\\.{_measure.name}\\.90d$")).to_numpy()
        _axes.hist(np.log10(_all[_all > 0]), bins=40)
        _axes.set(title=_measure.name, yticks=[])
    _figure.suptitle("Signals above 0, all networks, 90 days (log10)")
    _figure
    return


@app.cell
def _(networks, people, pl, plt, signals):
    _corr = people.select(pl.corr(pl.col(signals.columns[1:]), "score", method="spearman"))
    _long = _corr.unpivot(variable_name="signal", value_name="rho").drop_nulls().drop_nans()
    _network = pl.col("signal").str.split(".").list.first().alias("network")
    _best = _long.sort("rho", descending=True).group_by(_network, maintain_order=True).head(3)[::-1]
    _figure, _axes = plt.subplots(figsize=(8, 1 + 0.2 * len(_best)), layout="constrained")
    _colours = [f"C{networks.index(name)}" for name in _best["network"]]
    _axes.barh(_best["signal"], _best["rho"], color=_colours)
    _axes.tick_params(axis="y", labelsize=7)
    _axes.set(xlabel="rank correlation with the score", title="Each network's nearest signals")
    _figure
    return


@app.cell
def _(mo, people):
    _edge = people.sort("score", "person")["person"][len(people) * 9 // 10]
    person = mo.ui.text(value=_edge, label="person (one at the top decile's edge to begin with)")
    person
    return (person,)


@app.cell
def _(MEASURES, mo, networks, person, pl, plt, signals):
    mo.stop(person.value not in signals["person"], f"There is no person {person.value!r}.")
    _there = [name for name in networks if f"{name}.any.count.90d" in signals.columns]
    _names = [f"{name}.any.{each.name}.90d" for name in _there for each in MEASURES]
    _own = signals.row(by_predicate=pl.col("person") == person.value, named=True)
    _below = signals.select((pl.col(name) < _own[name]).mean() for name in _names)
    _figure, _axes = plt.subplots(figsize=(8, 4), layout="constrained")
    _image = _axes.imshow(_below.to_numpy().reshape(len(_there), -1), vmin=0, vmax=1, aspect="auto")
    _axes.set_xticks(range(len(MEASURES)), [each.name for each in MEASURES], rotation=20)
    _axes.set_yticks(range(len(_there)), _there)
    _figure.colorbar(_image, label=f"share of persons with less than {person.value}, 90 days")
    _figure
    return


if __name__ == "__main__":
    app.run()
