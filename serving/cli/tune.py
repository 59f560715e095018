"""`klout tune`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import NetworksOption, QuietOption, finite, progress, saying
from serving.cli.options import JudgementsOption, SignalsOption, WithoutSignalsOption
from serving.cli.outputs import Written, beginning
from serving.cli.printing import say

app = typer.Typer()

TUNED = beginning("a YAML file that begins with the section train", b"train:")


@app.command("tune")
def tune_command(
    signals: SignalsOption,
    judgements: JudgementsOption,
    params: Annotated[Path, typer.Option(help="With the sections train and tune.")],
    out: Annotated[Path, Written(TUNED), typer.Option(help="Where the best section train goes.")],
    study: Annotated[str, typer.Option(help="Where the study is kept.")] = "sqlite:///tuning.db",
    name: Annotated[str, typer.Option(help="The study's name in there.")] = "klout",
    trials: Annotated[
        int | None, typer.Option(min=1, help="Of the study in all; else as in params.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, callback=finite, help="Of this run; else as in params.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the best into params too.")] = False,
    networks: NetworksOption = None,
    without_signals: WithoutSignalsOption = 0.1,
    quiet: QuietOption = False,
) -> None:
    """Search for better parameters of training; the same study again goes on where it was.

    Example: klout tune --signals s.parquet --judgements j.parquet --params params.yaml --out t.yaml
    """
    from features.catalogue.catalogue import Catalogue
    from features.catalogue.declaration import load_networks
    from training.promotion.lineage import Lineage
    from training.tuning.best_params import update_params, write_params
    from training.tuning.plan import Plan
    from training.tuning.tune_job import read_search, tune

    plan = Plan.read(params)
    plan = replace(
        plan,
        trials=plan.trials if trials is None else trials,
        minutes=plan.minutes if minutes is None else minutes,
    )
    search = read_search(
        signals, judgements, networks, params, plan, without_signals, saying(quiet=quiet)
    )
    files = {"signals": signals, "training": judgements}
    origin = Lineage.of(files, Catalogue(load_networks(networks)), None).tags()
    with progress("trials", plan.trials, quiet=quiet) as on_trial:
        found = tune(search, study, name, on_trial, files, origin)
    write_params(out, found.params)
    if write:
        update_params(params, {key: getattr(found.params, key) for key in found.searched})
    if not quiet:
        say(
            f"{out}: log-loss {found.loss:.4f}, was {found.before:.4f}; "
            f"{found.trials} trials, {found.pruned} of them pruned"
        )
