"""Who scores what, and from which networks: the output of `make`, in pictures.

Run it with `marimo edit notebooks/look_at_scores.py`, or as a script.
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

    from training.evaluation.plots import distribution, parts_by_network

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    scores = pl.read_parquet(data / "scores.parquet")
    return data, distribution, mo, parts_by_network, pl, plt, scores


@app.cell
def _(mo, scores):
    mo.md(f"""
    # {len(scores):,} persons

    Mean score {scores["score"].mean():.2f}; {100 * (scores["score"] >= 63).mean():.2f}% at 63 and above.
    """)
    return


@app.cell
def _(distribution, plt, scores):
    _bands = distribution(scores)
    _figure, _axes = plt.subplots(figsize=(8, 3))
    _axes.bar(_bands["score"] + 0.5, _bands["persons"], width=1)
    _axes.set(xlabel="score", ylabel="persons", title="Persons by score")
    _figure
    return


@app.cell
def _(parts_by_network, pl, plt, scores):
    _parts = parts_by_network(scores).filter(pl.col("decile") == 10).sort("part")
    _figure, _axes = plt.subplots(figsize=(8, 3))
    _axes.barh(_parts["network"], _parts["part"])
    _axes.set(xlabel="mean part of influence", title="What the top decile's influence comes from")
    _figure
    return


@app.cell
def _(data, pl, plt, scores):
    _reactors = pl.scan_parquet(data / "signals.parquet").select(
        "person", reactors=pl.sum_horizontal("^[a-z]+\\.any\\.reactors\\.90d$")
    )
    _both = scores.join(_reactors.collect(), on="person")
    _figure, _axes = plt.subplots(figsize=(8, 4))
    _axes.scatter(1 + _both["reactors"], _both["score"], s=2, alpha=0.3)
    _axes.set(xscale="log", xlabel="1 + distinct reactors in 90 days", ylabel="score")
    _axes.set(title="Distinct people are most of it, and not all")
    _figure
    return


if __name__ == "__main__":
    app.run()
