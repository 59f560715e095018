"""How much the judges say, how far they agree, and how that goes with the scores, in pictures.

Run it with `marimo edit notebooks/judge_the_judges.py`, or as a script.
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
    from scipy.special import expit

    from training.evaluation import differences, log_odds
    from training.influence.model import Model
    from training.judgements import check, judge_weights, noise_ceiling, read_judgements

    data = Path(os.environ.get("KLOUT_DATA", "data"))
    models = Path(os.environ.get("KLOUT_MODELS", "models"))
    judgements = read_judgements(data / "judgements" / "train.parquet")
    unseen = read_judgements(data / "judgements" / "test.parquet")  # of persons not trained on
    scores = pl.read_parquet(data / "scores.parquet")
    model = Model.load(models / "champion")
    report, ceiling = check(judgements), noise_ceiling(judgements, seed=1)
    judges = pl.DataFrame(report.judges, schema=["judge", "judgements", "compared", "agreed"])
    return (
        ceiling, differences, expit, judge_weights, judgements, judges, log_odds, mo, model, np,
        pl, plt, report, scores, unseen,
    )  # fmt: skip


@app.cell
def _(ceiling, judges, mo, report):
    _limit = "No pair was judged by several."
    if ceiling:
        _limit = (
            f"Two judges of a pair agree in {ceiling.agreement:.1%} of cases: the best ranking "
        )
        _limit += f"agrees with {ceiling.agreement:.1%} to {ceiling.accuracy:.1%} of judgements."
    _circles = "; ".join(" over ".join([*each, each[0]]) for each in report.cycles.examples)
    mo.md(f"""
    # {report.judgements:,} judgements of {report.persons:,} persons by {len(judges):,} judges

    - {report.undecided:,} undecided; {report.repeated_pairs:,} pairs judged more than once,
      {report.contradicted_pairs:,} both ways, {report.self_contradicted_pairs:,} of these by one judge.
    - {_limit}
    - {len(report.contrary)} judges agree with the others less often than chance.
    - {report.cycles.persons:,} persons are in cycles; short ones: {_circles or "none"}.
    """)
    return


@app.cell
def _(judge_weights, judgements, judges, pl, plt):
    _compared = judges.filter(pl.col("compared") > 0)
    _figure, (_many, _agree, _worth) = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained")
    _many.hist(judges["judgements"], bins=30)
    _many.set(xlabel="judgements given", ylabel="judges", title="How much a judge says")
    _agree.scatter(_compared["compared"], _compared["agreed"] / _compared["compared"], s=8)
    _agree.axhline(0.5, color="grey", linestyle=":")
    _agree.set(xlabel="pairs that others judged too", ylim=(0, 1.05), title="Share that agrees")
    _worth.hist(judge_weights(judgements), bins=30)
    _worth.set(xlabel="weight", ylabel="judgements", title="What a judge's word is worth")
    _figure
    return


@app.cell
def _(differences, expit, log_odds, model, np, pl, plt, scores, unseen):
    _gap = differences(unseen, scores["person"], scores["score"], 1.0)
    _turn = np.where(_gap < 0, -1, 1)
    _pairs = pl.DataFrame(
        {
            "band": np.minimum(np.abs(_gap) // 2.5, 12) * 2.5 + 1.25,
            "said": 0.5 + _turn * (unseen["preference"].to_numpy() - 0.5),
            "model": expit(_turn * log_odds(model, scores, unseen)),
        }
    )
    _bands = _pairs.group_by("band").agg(pl.all().mean(), pairs=pl.len()).sort("band")
    _noise = (_bands["said"] * (1 - _bands["said"]) / _bands["pairs"]).sqrt()
    _figure, _axes = plt.subplots(figsize=(8, 4), layout="constrained")
    _axes.errorbar(_bands["band"], _bands["said"], 2 * _noise, fmt="o", label="judges (2 s.e.)")
    _axes.plot(_bands["band"], _bands["model"], label="the model's P")
    _axes.set(xlabel="points apart (last: 30 or more)", ylabel="share for the higher score")
    _axes.legend()
    _figure
    return


if __name__ == "__main__":
    app.run()
