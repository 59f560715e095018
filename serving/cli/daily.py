"""`klout daily`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from features.errors import KloutError
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    AllowFutureOption,
    LakeOption,
    QuietOption,
    WaitOption,
    day_of,
    progress,
    saying,
)
from serving.cli.engine_options import (
    AddressOption,
    CacheOption,
    EngineName,
    EngineOption,
    ShardsOption,
    execution_target,
)
from serving.cli.printing import say
from serving.cli.store_options import StoreOption

app = typer.Typer()

_DAY = ["%Y-%m-%d"]


@app.command("daily")
def daily_command(
    lake: LakeOption,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=_DAY, help="Only what happened before this day counts."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="Catch up from this day on …")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="… to this one, included.")
    ] = None,
    model: Annotated[Path, typer.Option(help="The model that scores.")] = Path("models/champion"),
    integrity: Annotated[
        Path | None,
        typer.Option(help="Judges accounts that are new, have grown, or have their turn."),
    ] = None,
    params: Annotated[
        Path | None,
        typer.Option(help="YAML: `daily` has the alarms' thresholds, `topics` what is sensitive."),
    ] = None,
    mlflow: Annotated[
        str | None,
        typer.Option(envvar="MLFLOW_TRACKING_URI", help="Also log the report to this MLflow."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if the report holds an alarm.")
    ] = False,
    store: StoreOption = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Fill no store.")] = False,
    engine: EngineOption = EngineName.LOCAL,
    address: AddressOption = None,
    shards: ShardsOption = None,
    cache: CacheOption = None,
    accept: Annotated[
        str,
        typer.Option(
            metavar="WHY", help="Publish the day even if it is beyond the gate's bounds; recorded."
        ),
    ] = "",
    allow_future: AllowFutureOption = False,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Run a day: from what is new in the lake to published scores.

    A day beyond the bounds of `daily.gate` beside the one before is held, and the exit code is 1.

    Example: klout daily --lake L --as-of 2014-10-01
    """
    from serving.daily.alarms import Thresholds
    from serving.daily.run import daily
    from serving.daily.sensitive import sensitive_topics
    from serving.daily.steps import StepTimes
    from serving.store.address import url_of
    from training.influence.model import Model

    days = _days(as_of, first, last)
    if accept and (len(days) > 1 or not accept.strip()):
        raise typer.BadParameter("needs a reason, and is for one day", param_hint="--accept")
    scorer, thresholds = Model.load(model), Thresholds.read(params)
    stored = None if no_store else url_of(store, lake)
    there, alarmed = execution_target(engine, address, shards, cache), list[str]()
    run = partial(
        daily,
        accept=accept.strip(),
        sensitive=sensitive_topics(params),
        allow_future=allow_future,
        say=saying(quiet=quiet),
    )
    with there.engine():  # stays connected from day to day
        for day in days:
            with progress(f"{day}: interactions", None, quiet=quiet) as on_rows:
                steps = StepTimes(on_total=on_rows.expect)
                how = thresholds, integrity, there, stored
                with _told_of(quiet=quiet):
                    scores = run(lake, day, scorer, steps, on_rows, *how)
            if scores is None and not quiet:
                say(f"{day}: published already; nothing changed")
            alarms = _tell(lake, day, mlflow, quiet=quiet or scores is None)
            alarmed += [f"{day}: {alarm}" for alarm in alarms]
    if strict and alarmed:
        raise KloutError(f"published, with {len(alarmed)} alarms; {alarmed[0]}")


@contextmanager
def _told_of(*, quiet: bool) -> Iterator[None]:
    """Say what the report of a day says that is held."""
    from serving.daily.holding import HeldError
    from serving.daily.report_text import words

    try:
        yield
    except HeldError as held:
        if not quiet:
            say("\n".join(words(held.report)))
        raise


def _tell(lake: Path, day: date, mlflow: str | None, *, quiet: bool) -> tuple[str, ...]:
    """Say what the report of a day says, and give its alarms."""
    from serving.daily.recording import report_of
    from serving.daily.report_text import words

    report = report_of(lake, day)
    if report is None:
        return ()
    if not quiet:
        say("\n".join(words(report)))
    if mlflow is not None:
        from serving.daily.tracking import log_report

        log_report(report, lake, mlflow)
    return report.alarms


def _days(as_of: datetime | None, first: datetime | None, last: datetime | None) -> list[date]:
    """List the days asked for, in order."""
    if as_of is not None and first is None and last is None:
        return [day_of(as_of)]
    if as_of is not None or first is None or last is None:
        raise typer.BadParameter("give --as-of DATE, or --from DATE and --to DATE")
    start, end = day_of(first), day_of(last)
    if end < start:
        raise typer.BadParameter(f"--to {end} is before --from {start}")
    return [start + timedelta(days) for days in range((end - start).days + 1)]
