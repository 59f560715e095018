"""`klout integrity`: who is believed to act for itself, why, and against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from features.errors import KloutError
from features.storage.atomic import replacing
from features.storage.folders import INTEGRITY
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    AsOfOption,
    LakeOption,
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    catalogue_of,
    id_given,
    known_day,
    progress,
    saying,
)
from serving.cli.outputs import HTML, PARQUET, Written
from serving.cli.printing import put, say

app = typer.Typer(help="Who acts for itself: learn it, judge accounts, explain, appeal.")

ClassifierOption = Annotated[
    Path | None,
    typer.Option(
        "--model", help="From `klout integrity train`; without: the strangest are doubted."
    ),
]
AccountArgument = Annotated[
    str, typer.Argument(help="As network:account.", callback=id_given, show_default=False)
]


@app.command("train")
def train_command(
    lake: LakeOption,
    as_of: AsOfOption,
    labels: Annotated[Path, typer.Option(help="network, account, authentic.", show_default=False)],
    out: Annotated[
        Path,
        Written(INTEGRITY),
        typer.Option(help="The classifier's folder.", show_default=False),
    ],
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Learn from labelled accounts what gives the inauthentic away.

    Example: klout integrity train --lake L --as-of 2014-10-01 --labels F --out models/integrity
    """
    from features.lake import Lake
    from features.lake.left_out import UNDECLARED, name_left_out
    from training.integrity import integrity_jobs

    day = known_day(lake, as_of)
    with progress("looking at accounts", None, quiet=quiet) as on_rows:
        source = Lake(lake)
        catalogue = catalogue_of(source, networks)
        name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
        classifier, accounts = integrity_jobs.train(source, day, labels, catalogue, on_rows)
    classifier.save(out)
    if not quiet:
        say(f"{out}: classifier {classifier.version}, learned from {accounts:,} accounts")


@app.command("assess")
def assess_command(
    lake: LakeOption,
    as_of: AsOfOption,
    model: ClassifierOption = None,
    out: Annotated[
        Path | None,
        Written(PARQUET),
        typer.Option(help="A file for the steps; without: the lake's history."),
    ] = None,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Judge every account that did anything in the last 90 days: who changes its step.

    Example: klout integrity assess --lake L --as-of 2014-10-01 --model models/integrity
    """
    from features.lake import Lake
    from features.lake.left_out import UNDECLARED, name_left_out
    from training.integrity import integrity_jobs
    from training.integrity.assess import assess
    from training.integrity.classifier import Classifier

    day, classifier = known_day(lake, as_of), Classifier.load(model) if model else None
    source = Lake(lake)
    kept = catalogue_kept(lake, networks) if out is None else None
    catalogue = kept or catalogue_of(source, networks)
    name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
    with progress("looking at accounts", None, quiet=quiet) as on_rows:
        rows = assess(source, day, catalogue, classifier, on_rows)
    if out is None:
        integrity_jobs.remember(lake, rows, catalogue)
    else:
        with replacing(out) as draft:
            rows.write_parquet(draft)
    if not quiet:
        below = int((rows["authenticity"] < 1).sum())
        say(f"{out or lake}: {len(rows):,} accounts change their step, {below:,} to below 1")


@app.command("explain")
def explain_command(
    account: AccountArgument,
    lake: LakeOption,
    as_of: AsOfOption,
    model: ClassifierOption = None,
    networks: NetworksOption = None,
) -> None:
    """Say why an account is believed as far as it is, as JSON.

    Example: klout integrity explain twitter:bob --lake data/lake --as-of 2014-10-01
    """
    from features.lake import Lake
    from training.integrity.classifier import Classifier
    from training.integrity.report.account_reasons import explain

    classifier = Classifier.load(model) if model else None
    source, day = Lake(lake), known_day(lake, as_of)
    catalogue = catalogue_of(source, networks)
    said = explain(source, day, catalogue, *_account(account), classifier)
    put(json.dumps(said, indent=1) + "\n")


@app.command("report")
def report_command(
    lake: LakeOption,
    as_of: AsOfOption,
    authenticity: Annotated[
        Path | None,
        typer.Option(help="From `klout integrity assess --out`, instead of the lake's history."),
    ] = None,
    out: Annotated[
        Path | None, Written(HTML), typer.Option(help="A page of HTML, with pictures of rings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, as JSON.")] = False,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Say who is doubted and for what, whom it costs, and what changed since the day before.

    Example: klout integrity report --lake data/lake --as-of 2014-10-01 --out integrity.html
    """
    from features.lake import Lake
    from features.lake.given import read_authenticity
    from features.lake.left_out import UNDECLARED, name_left_out
    from serving.cli.integrity_tables import show
    from serving.http.web.integrity_page import page
    from training.integrity.report.integrity_report import report

    day = known_day(lake, as_of)
    source = Lake(lake)
    catalogue = catalogue_of(source, networks)
    given = read_authenticity(authenticity, catalogue, day) if authenticity else None
    name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
    reacting = sum(bool(network.reactions) for network in catalogue.networks)
    with progress("looking at networks", reacting, quiet=quiet) as on_network:
        said = report(source, day, catalogue, given, on_network)
    if out is not None:
        with replacing(out) as draft:
            draft.write_text(page(said), encoding="utf-8")
    if as_json:
        put(json.dumps(said, indent=1) + "\n")
    elif not quiet:
        show(said)
        if out is not None:
            say(f"{out}: the page")


@app.command("override")
def override_command(
    account: AccountArgument,
    step: Annotated[float, typer.Argument(help="0, 0.25, 0.5, 0.75 or 1.", show_default=False)],
    lake: LakeOption,
    why: Annotated[str, typer.Option(help="The reason, which is kept.", show_default=False)],
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Decide on an account by hand; it wins over the model, and is shown in explanations.

    Example: klout integrity override twitter:bob 1 --lake data/lake --why "known to us"
    """
    from training.integrity import integrity_jobs

    integrity_jobs.override(lake, *_account(account), step, why, catalogue_kept(lake, networks))
    if not quiet:
        say(f"{account} is believed {step:g}, from tomorrow's as_of on")


def _account(name: str) -> tuple[str, str]:
    """Take ``network:account`` apart; the account itself may have colons in it."""
    network, colon, account = name.partition(":")
    if not (network and colon and account):
        raise KloutError(f"{name!r}: expected network:account, as twitter:bob")
    return network, account
