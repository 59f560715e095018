"""What a ring looks like, who is believed how far, and what gives an account away, in pictures.

Run it with `marimo edit notebooks/see_a_ring.py`, or as a script.
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
    from matplotlib.collections import LineCollection

    from features.catalogue.catalogue import Catalogue
    from features.catalogue.declaration import load_networks
    from features.lake import Lake
    from features.lake.contracts import STEPS
    from serving.http.web.ring_picture import circle, describe, title
    from training.integrity.behaviours.behaviour import BEHAVIOURS
    from training.integrity.behaviours.measure import behaviours
    from training.integrity.report.integrity_report import report

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    lake, given = Lake(data / "lake"), pl.read_parquet(data / "authenticity.parquet")
    as_of, catalogue = given["as_of"].max().date(), Catalogue(load_networks())
    said = report(lake, as_of, catalogue, given)
    colours = dict(zip(STEPS, ["#b2182b", "#ef8a62", "#f2c94c", "#8fc1de", "#3b7fb6"], strict=True))
    return (
        BEHAVIOURS, LineCollection, as_of, behaviours, catalogue, circle, colours, describe, lake,
        mo, pl, plt, said, title,
    )  # fmt: skip


@app.cell
def _(mo, said, title):
    mo.stop(not said["rings"], mo.md("No three accounts below ½ hang together."))
    _rings = {f"{place}. {title(ring)}": ring for place, ring in enumerate(said["rings"], 1)}
    which = mo.ui.dropdown(_rings, next(iter(_rings)))
    which
    return (which,)


@app.cell
def _(LineCollection, circle, colours, describe, plt, title, which):
    ring = which.value
    _points, _ties = circle(len(ring["members"])), ring["ties"][::-1]
    _most = max([1, *(tie["reactions"] for tie in _ties)])
    _lines = LineCollection(
        [(_points[tie["one"]], _points[tie["other"]]) for tie in _ties],
        linewidths=[max(0.4, 5 * tie["reactions"] / _most) for tie in _ties],
        linestyles=["solid" if tie["reactions"] else "dashed" for tie in _ties],
        colors="grey", alpha=0.5,
    )  # fmt: skip
    _figure, _axes = plt.subplots(figsize=(7, 7), layout="constrained")
    _axes.add_collection(_lines)
    _axes.scatter(*zip(*_points, strict=True), s=90, zorder=2, edgecolors="white",
                  c=[colours[each["authenticity"]] for each in ring["members"]])  # fmt: skip
    _axes.set(title=f"{title(ring)}: lines are mutual reactions, dashed are lockstep only")
    _axes.set(xlabel=describe(ring), xticks=[], yticks=[], aspect="equal", frame_on=False)
    _figure
    return (ring,)


@app.cell
def _(colours, plt, said):
    _names = [f"{row['network']} ({row['seen']:,})" for row in said["accounts"]]
    _left = [0.0] * len(_names)
    _figure, _axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    for _step, _colour in colours.items():
        _share = [r["steps"][f"{_step:g}"] / max(r["seen"], 1) for r in said["accounts"]]
        _axes.barh(_names, _share, left=_left, color=_colour, label=f"{_step:g}")
        _left = [before + more for before, more in zip(_left, _share, strict=True)]
    _axes.set(xlabel="share of accounts", title="How far accounts of the last 90 days are believed")
    _axes.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    _figure
    return


@app.cell
def _(mo, ring):
    account = mo.ui.dropdown(
        [each["account"] for each in ring["members"]], ring["members"][0]["account"]
    )
    account
    return (account,)


@app.cell
def _(BEHAVIOURS, account, as_of, behaviours, catalogue, lake, pl, plt, ring):
    _network = next(each for each in catalogue.networks if each.name == ring["network"])
    _table = behaviours(lake, as_of, _network)
    _names = [each.name for each in BEHAVIOURS]
    # Of those with the same value, half count as less.
    _ranks = _table.select("account", (pl.col(_names).rank() - 0.5) / pl.len())
    _ring = _ranks.filter(pl.col("account").is_in([each["account"] for each in ring["members"]]))
    _order = sorted(_names, key=lambda name: abs(_ring[name].median() - 0.5))
    _mine = _ring.filter(pl.col("account") == account.value)
    _figure, _axes = plt.subplots(figsize=(8, 9), layout="constrained")
    for _row, _name in enumerate(_order):
        _axes.scatter(_ring[_name], [_row] * len(_ring), s=14, color="grey", alpha=0.5)
    _axes.scatter(
        _mine.select(_order).row(0), range(len(_order)), s=50, color="#b2182b", marker="D"
    )
    _values = _table.filter(pl.col("account") == account.value).select(_order).row(0)
    _labels = [f"{name}  {value:.3g}" for name, value in zip(_order, _values, strict=True)]
    _axes.set_yticks(range(len(_order)), _labels, parse_math=False)
    _axes.axvline(0.5, color="grey", linestyle=":")
    _axes.set(
        xlim=(0, 1), xlabel=f"share of the {len(_table):,} accounts of {ring['network']} with less"
    )
    _axes.set_title(f"{account.value} (red) and its ring, strangest first", parse_math=False)
    _figure
    return


if __name__ == "__main__":
    app.run()
