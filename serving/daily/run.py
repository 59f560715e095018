"""The day's run as a library call, for whoever schedules it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.identity import Owners
from features.lake import Lake
from features.materialize import identified
from features.people.optouts import opted_out
from features.people.scrubbing import PUBLISHED
from features.sliding.cache import Cache, held
from features.sliding.network import Advanced
from features.sliding.run import Run, start
from features.sliding.tables import table_of
from features.sliding.trouble import explained, mending
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.arrivals import to_fold
from serving.daily.judging import Judging, judge
from serving.daily.publishing import is_published, publish
from serving.daily.recording import reported, settle
from serving.daily.scoring import figures_read, parts_of, scores_of, with_changed
from serving.daily.steps import Steps
from serving.store.from_lake import keep
from training.model import Model

__all__ = ["PUBLISHED", "daily"]

_NOT_KEPT = "the next run starts from what an earlier one kept"
_NOT_STORED = "published; run again, for the store to get it"
_PARTS = pl.DataFrame(schema={"person": pl.String, "part": pl.Float64})


def daily(
    root: Path,
    as_of: date,
    model: Model,
    steps: Steps | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
    thresholds: Thresholds = USUAL,
    judging: Judging | None = None,
    store: str | None = None,
) -> pl.DataFrame | None:
    """Compute the scores of a day and publish them.

    Parameters
    ----------
    root
        The lake's directory.
    as_of
        Only what happened before 00:00 UTC of this day counts.
    model
        Whose networks and signals are computed.
    steps
        Is told how long each step takes.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.
    thresholds
        Beyond which the run's report (`serving.daily.report.RunReport`) holds an alarm.
    judging
        Who judges accounts, and how often; None: what the lake says of them stands.
    store
        URL of the store that gets the day, and those before that it lacks; None: none does.

    Returns
    -------
    DataFrame or None
        As `Model.score`; None if the day was published already.

    Raises
    ------
    KloutError
        If another run is at work, a later day was published, a file of the lake is damaged, there
        is no space left, or the lake can't be written to. What was published stays as it was.
    """
    steps = Steps() if steps is None else steps
    with held(root) as cache:
        lake = Lake(root)
        if is_published(lake, as_of):
            settle(root, as_of)
            _keep(store, root, as_of, model)
            return None
        with steps.step("integrity"), explained(lake, as_of, f"{as_of} is not published"):
            lake = judge(lake, as_of, model.catalogue, judging)

        def compute() -> tuple[Run, pl.DataFrame]:
            run = start(lake, as_of, model.catalogue, cache)
            steps.expect(to_fold(run.inputs))
            return run, _scores(run, cache, model, steps, on_rows)

        with explained(lake, as_of, f"{as_of} is not published"):
            run, scores = mending(cache, lake, as_of, compute)
        with (
            explained(lake, as_of, f"the report of {as_of} is not complete"),
            reported(run.inputs, scores, model, steps, thresholds),
        ):
            with steps.step("publish"), explained(lake, as_of, f"{as_of} is not published"):
                publish(root, as_of, scores, model)
            with steps.step("store"), explained(lake, as_of, f"{as_of} is {_NOT_STORED}"):
                _keep(store, root, as_of, model)
            with steps.step("keep"), explained(lake, as_of, f"{as_of} is published; {_NOT_KEPT}"):
                run.commit([_parts_name(network.name, model) for network in run.catalogue.networks])
    return scores


def _keep(store: str | None, root: Path, as_of: date, model: Model) -> None:
    if store is None:
        return
    try:
        keep(store, root, model)
    except KloutError as error:
        raise KloutError(f"{error}; {as_of} is {_NOT_STORED}") from error


def _scores(
    run: Run, cache: Cache, model: Model, steps: Steps, on_rows: Callable[[int], None]
) -> pl.DataFrame:
    parts: dict[str, pl.DataFrame] = {}
    # Closed also where this fails: from then on no thread writes to the cache.
    with closing(run.networks(on_rows)) as moved:
        while True:
            with steps.step("slide"):
                step = next(moved, None)
            if step is None:
                break
            parts[step[0].network.name] = _parts(*step, cache, model, steps)
    with steps.step("add up"):
        holders = [part.select("person") for part in parts.values()]
        lake, as_of = run.inputs.lake, run.inputs.as_of
        everybody = pl.concat([*holders, identified(lake, as_of)]).unique()
        stay = everybody.join(opted_out(lake, as_of), on="person", how="anti")
        return scores_of(stay, parts, model)


def _parts(
    owners: Owners, done: Advanced, cache: Cache, model: Model, steps: Steps
) -> pl.DataFrame:
    """Compute one network's parts, and keep them."""
    name = owners.network.name
    before = cache.kept(_parts_name(name, model))
    persons = None if before is None else done.persons
    with steps.step("signals"):
        table = table_of(done.state, owners, persons, figures_read(owners.network, model))
    with steps.step("score"):
        anew = parts_of(table, owners.network, model)
    parts = with_changed(_PARTS if before is None else before, persons, anew)
    cache.put_frame(_parts_name(name, model), parts)
    steps.network(name, done.state, anew)
    return parts


def _parts_name(network: str, model: Model) -> str:
    """Name what is kept of a network's parts: another model's are others."""
    return f"parts-{network}-{model.version}"
