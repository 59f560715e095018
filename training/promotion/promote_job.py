"""The jobs behind `klout promote` and `klout rollback`: files in, a verdict out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake.left_out import UNTRAINED
from features.storage.atomic import replacing, standing
from features.storage.folders import MODEL, PLOTS, check_made, check_own
from training.influence.model import Model
from training.influence.reference import FILE, signal_quantiles
from training.influence.signals_frame import read_population
from training.judgements import (
    WITHOUT_SIGNALS,
    check,
    check_known,
    noise_ceiling,
    read_judgements,
)
from training.promotion.bounds import PromotionParams
from training.promotion.candidate_record import CandidateRecord
from training.promotion.card import card
from training.promotion.comparison import Rival, compare_with_champion
from training.promotion.decisions import brought_back, decision
from training.promotion.gates import Gate
from training.promotion.lineage import Lineage
from training.promotion.measured import read_metrics
from training.promotion.mlflow_run import metrics, record
from training.promotion.real_logs import RealLogs, counted
from training.promotion.shadow import Shadow
from training.registry.figures import finite
from training.registry.history import decide, settle
from training.registry.registry import Registry, model_of


@dataclass(frozen=True)
class Submission:
    """A candidate's files.

    Attributes
    ----------
    candidate
        The new model's folder.
    champion
        The folder that is to hold the champion, whichever it is.
    signals, judgements
        Both models are compared on these judgements, and all these people are scored by both.
    metrics, plots
        Of the candidate, from `klout evaluate`.
    training
        The judgements it was trained on, for the card.
    params
        A YAML file with the section ``promotion``.
    as_of
        Of the signals.
    allowed
        Why scores may move beyond the bounds this once; None: they may not.
    without_signals
        Share of the judged people who may be without signals.
    real_logs
        The candidate's figures on real logs, from ``evaluations.real --out``; None: not asked.
    """

    candidate: Path
    champion: Path
    signals: Path
    judgements: Path
    metrics: Path
    plots: Path
    training: Path | None = None
    params: Path | None = None
    as_of: date | None = None
    allowed: str | None = None
    without_signals: float = WITHOUT_SIGNALS
    real_logs: Path | None = None

    @property
    def files(self) -> dict[str, Path]:
        """Data files by what they are."""
        given = {"signals": self.signals, "judgements": self.judgements, "training": self.training}
        return {name: file for name, file in given.items() if file is not None}


def promote(
    submission: Submission,
    registry: Registry | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> CandidateRecord:
    """Put a candidate through the gates, record it, and give it the alias if all pass.

    Parameters
    ----------
    submission
        The candidate's files.
    registry
        None: that of the working directory.
    say
        Is told, a line each, what was left out.

    Returns
    -------
    Story
        What was decided, and all that is known of the candidate.
    """
    check_made(submission.plots, PLOTS, "klout evaluate --plots")
    registry, model = registry or Registry(), Model.read(submission.candidate)
    params = PromotionParams.read(submission.params)
    logs = submission.real_logs
    real = None if logs is None else RealLogs.read(logs, model.version)
    people = read_population(submission.signals, model.catalogue, UNTRAINED, say)
    judged = read_judgements(submission.judgements)
    check_known(judged, people["person"], submission.judgements, submission.without_signals, say)
    settle(registry)
    rival = Rival.of(registry, model, submission.signals)
    gates, shadow = compare_with_champion(model, people, rival, judged, params, submission.allowed)
    gates.append(counted(real, params.most_behind))
    if (why := registry.withdrawn(model.version)) is not None:
        gates.append(Gate("standing", passed=False, why=f"it was rolled back: {why}"))
    story = _story(model, rival, gates, shadow, people, submission)
    if rival.version != model.version:
        for odd in finite(metrics(story))[1].values():
            say(f"no finite numbers, so MLflow has them in a tag: {odd}")
        recorded = record(registry, story, submission.candidate, people, submission.plots)
        if story.promoted:
            registry.enthrone(recorded.version)
        decide(registry, decision(story, recorded))
    holder = model if story.promoted else rival.model
    refused = holder is not None and holder.version != model.version
    if holder is not None and not (refused and _serves(submission.champion, holder)):
        theirs = people if holder.version == model.version else rival.people
        quantiles = None if theirs is None else signal_quantiles(theirs, holder.catalogue)
        holder.save(submission.champion, quantiles)
    return story


def _serves(folder: Path, model: Model) -> bool:
    """Say whether a folder holds a model already, with the percentiles it was promoted with."""
    try:
        held = Model.load(folder).version
    except KloutError:
        return False
    return held == model.version and (standing(folder) / FILE).is_file()


def _story(
    model: Model,
    rival: Rival,
    gates: list[Gate],
    shadow: Shadow | None,
    people: pl.DataFrame,
    submission: Submission,
) -> CandidateRecord:
    training, files = submission.training, submission.files
    learned = None if training is None else read_judgements(training)
    promoted = rival.version != model.version and all(gate.passed for gate in gates)
    return CandidateRecord(
        model=model,
        champion=rival.version,
        promoted=promoted,
        gates=gates,
        metrics=read_metrics(submission.metrics),
        origin=Lineage.of(files, model.catalogue, submission.as_of, submission.candidate),
        accounts=_accounts(people, model),
        shadow=shadow,
        report=None if learned is None else check(learned),
        ceiling=None if learned is None else noise_ceiling(learned),
        allowed=submission.allowed,
        files=files,
    )


def _accounts(people: pl.DataFrame, model: Model) -> dict[str, int]:
    """Persons on each network, and in all under the key ""."""
    names = [network.name for network in model.catalogue.networks]
    counts = people.select((pl.col(f"{name}.connected") > 0).sum() for name in names).row(0)
    return {"": len(people), **dict(zip(names, counts, strict=True))}


def rollback(champion: Path, why: str, registry: Registry | None = None) -> str:
    """Give the alias back to the former champion, and its folder to the service.

    Parameters
    ----------
    champion
        The folder that is to hold the champion.
    why
        Recorded with the model that is withdrawn.

    Raises
    ------
    KloutError
        If there is no former champion, or it can't be read; then nothing is changed.
    """
    registry = registry or Registry()
    holder, former = registry.before()
    model = registry.load(former.version)
    kept = standing(champion) / FILE
    people = pl.read_parquet(kept, glob=False) if kept.is_file() else None
    check_own(champion, MODEL)
    settle(registry)
    registry.roll_back(why)
    was = model_of(holder)
    model.save(champion, people)  # they are the same, whichever model scores them
    decide(registry, brought_back(registry, former, was, why))
    return f"model {model.version} is champion again, in the place of {was}: {why}"


def write(story: CandidateRecord, report: Path | None, card_file: Path | None) -> None:
    """Write the verdict as JSON and the card as Markdown, where they are wanted."""
    if report is not None:
        with replacing(report) as draft:
            draft.write_text(json.dumps(story.to_dict(), indent=1) + "\n")
    if card_file is not None:
        with replacing(card_file) as draft:
            draft.write_text(card(story))
