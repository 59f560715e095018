"""The model card: one page of Markdown that tells a candidate's whole story.

The headings are those of Mitchell et al., Model cards for model reporting (2019), as far as they
apply to a ranking of people.

What a model does not know: the part of its card that figures can't write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from training.evaluation.titles import NAMES
from training.promotion.candidate_record import MOVERS, CandidateRecord, markdown
from training.promotion.lineage import packages
from training.use import FOR, NOT_FOR

ALWAYS = (
    "It ranks. That one score is twice another says nothing, and scores of different models differ "
    "as the table of changes says.",
    "It knows counts of reactions, and not what they say: anger counts as applause does.",
    "It knows the networks it is told of: who is influential elsewhere is scored as if nowhere.",
    "It holds every actor to be as real as its authenticity says, which is 1 until something says "
    "otherwise: reactions that are bought and not found out count.",
    "Who was judged is not everybody: about kinds of people that no judge saw it says what their "
    "signals would mean for others.",
)
SIMULATED = (
    "People and judgements are of a simulated world. Its figures say how well the rule of that "
    "world was found, not how well real people are judged."
)
UNSEEN = "The judgements it was trained on were not given, so nothing is said of their faults."


def limits(story: CandidateRecord) -> str:
    """List what is true of every model, and what this one's data adds."""
    said = list(ALWAYS)
    # Only a simulated world has a truth to compare with.
    if "truth" in story.metrics.get("baselines", {}):
        said.insert(0, SIMULATED)
    if story.report is None:
        said.append(UNSEEN)
    return "\n".join(f"- {each}" for each in said)


WHAT = """\
It gives every person an influence, the sum of one part per network, and a score from 1 to 100. \
Influence is learned from judgements of who of two persons is the more influential, by boosted \
trees that are monotone in each signal and never mix networks."""


def card(story: CandidateRecord) -> str:
    """Write the card."""
    # The list of versions shows the first line of each, so that line is the verdict.
    blocks = [f"# {story.verdict[0].upper()}{story.verdict[1:]}", WHAT]
    for title, section in SECTIONS.items():
        if body := section(story):
            blocks += [f"## {title}", body]
    return "\n\n".join(blocks) + "\n"


def short(story: CandidateRecord) -> str:
    """Write what a list of runs has room for: the verdict and the gates."""
    return "\n".join([f"**{story.verdict}**", "", *(f"- {gate.line}" for gate in story.gates)])


def _use(_story: CandidateRecord) -> str:
    return f"{FOR}\n\n{NOT_FOR}"


def _gates(story: CandidateRecord) -> str:
    rows = [
        (gate.name, "passed" if gate.passed else "**failed**", gate.why) for gate in story.gates
    ]
    return markdown(pl.DataFrame(rows, schema=["gate", "decision", "why"], orient="row"))


def _metrics(story: CandidateRecord) -> str:
    metrics = story.metrics
    lines = [
        f"- {title}: {_with_interval(metrics, name)}"
        for name, title in (
            ("accuracy", "accuracy"),
            ("auc", "AUC"),
            ("log_loss", "log-loss, in nats"),
            ("share_of_truth", "share of the accuracy that the hidden truth reaches"),
        )
        if name in metrics
    ]
    if "noise_ceiling" in metrics:
        lines.append(f"- accuracy that disagreeing judges leave: {metrics['noise_ceiling']:.4f}")
    if "calibration_error" in metrics:
        off = metrics["calibration_error"]
        lines.append(f"- calibration: P(a over b) is off by {off:.4f} on average")
    if "judgements" in metrics:
        about = f"{metrics['judgements']:,} judgements about {metrics['judged_persons']:,} persons"
        lines.append(f"- from {about} the model was not trained on; 95% intervals by person")
    return "\n".join(lines)


def _baselines(story: CandidateRecord) -> str:
    metrics, rows = story.metrics, []
    accuracies = metrics.get("baselines", {})
    for name in sorted(accuracies, key=lambda each: -accuracies[each]):
        lead = "" if name not in metrics.get("lead", {}) else _lead(metrics, name)
        rows.append((NAMES.get(name, name), f"{100 * accuracies[name]:.1f}%", lead))
    if not rows:
        return ""
    columns = ["by", "accuracy", "the score leads by, in points"]
    return markdown(pl.DataFrame(rows, schema=columns, orient="row"))


def _shift(story: CandidateRecord) -> str:
    if story.shadow is None:
        return ""
    return "\n\n".join(
        [
            f"Against {story.champion}, in points of score. Who moves most:",
            markdown(story.shadow.movers(MOVERS)),
            "What moves people most:",
            markdown(story.shadow.by_network()),
        ]
    )


def _data(story: CandidateRecord) -> str:
    model, accounts = story.model, story.accounts
    rows = [
        (
            network.title,
            len(columns),
            accounts[network.name],
            len(model.ranges.get(network.name, ())),
        )
        for network, columns in zip(
            model.catalogue.networks, model.catalogue.groups.values(), strict=True
        )
    ]
    table = pl.DataFrame(rows, schema=["network", "signals", "persons", "trees"], orient="row")
    said = f"{accounts['']:,} persons, {len(model.catalogue.names)} signals, "
    return f"{said}as of {story.origin.as_of}.\n\n{markdown(table)}"


def _judgements(story: CandidateRecord) -> str:
    report, ceiling = story.report, story.ceiling
    if report is None:
        return f"- {story.model.facts.get('judgements', 'an unknown number of')} judgements"
    lines = [
        f"- {report.judgements:,} judgements about {report.persons:,} persons by "
        f"{len(report.judges) or 'unnamed'} judges; {report.undecided:,} undecided",
        f"- {report.repeated_pairs:,} pairs judged more than once, "
        f"{report.contradicted_pairs:,} of them both ways; "
        f"{report.cycles.persons:,} persons are in cycles",
        f"- {len(report.contrary)} judges agree with the others less than by chance",
    ]
    if ceiling is not None:
        lines.append(
            f"- noise ceiling: the best ranking agrees with {ceiling.agreement:.1%} to "
            f"{ceiling.accuracy:.1%} of judgements"
        )
    return "\n".join(lines)


def _training(story: CandidateRecord) -> str:
    facts = story.model.facts
    settings = {**facts.get("params", {}), "trees": facts.get("trees", "unknown")}
    settings |= {name: facts[name] for name in ("from", "share", "labels") if name in facts}
    return ", ".join(f"`{name}` {value}" for name, value in settings.items())


def _versions(story: CandidateRecord) -> str:
    named = {"model": story.model.version} | story.origin.tags()
    lines = [f"- {name}: `{value}`" for name, value in named.items()]
    installed = ", ".join(f"{name} {number}" for name, number in packages().items())
    return "\n".join([*lines, f"- packages: {installed}"])


def _with_interval(metrics: dict[str, Any], name: str) -> str:
    value = f"{metrics[name]:.4f}"
    if f"{name}_low" not in metrics:
        return value
    return f"{value} ({metrics[f'{name}_low']:.4f} to {metrics[f'{name}_high']:.4f})"


def _lead(metrics: dict[str, Any], name: str) -> str:
    lead, low, high = (100 * metrics[key][name] for key in ("lead", "lead_low", "lead_high"))
    return f"{lead:+.1f} ({low:+.1f} to {high:+.1f})"


SECTIONS: dict[str, Callable[[CandidateRecord], str]] = {
    "Intended use": _use,
    "Gates": _gates,
    "How good it is": _metrics,
    "Beside baselines": _baselines,
    "What changes for people": _shift,
    "Limits": limits,
    "Data": _data,
    "Judgements trained on": _judgements,
    "How it was trained": _training,
    "Versions": _versions,
}
"""Title to what writes the section; one that has nothing to say is left out."""
