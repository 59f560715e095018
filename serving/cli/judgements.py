"""`klout split`, `judge` and `judgements`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import KloutError
from features.storage.atomic import replacing
from serving.cli.console import (
    MOST_DAYS,
    AsOfOption,
    LakeOption,
    NetworksOption,
    QuietOption,
    catalogue_of,
    known_day,
    saying,
)
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import put, say

if TYPE_CHECKING:
    from training.judgements import Ceiling, Report

app = typer.Typer()


@app.command("split")
def split_command(
    lake: LakeOption,
    train: Annotated[
        Path, Written(PARQUET), typer.Option(help="Where the training judgements go.")
    ],
    test: Annotated[Path, Written(PARQUET), typer.Option(help="Where the test judgements go.")],
    test_share: Annotated[float, typer.Option(min=0.01, max=0.99)] = 0.4,
    seed: int = 7,
    quiet: QuietOption = False,
) -> None:
    """Divide a lake's judgements so that no person is judged on both sides.

    Example: klout split --lake L --train train.parquet --test test.parquet
    """
    from features.lake import Lake
    from training.judgements import owned_judgements, split

    owned = owned_judgements(Lake(lake))
    parts = split(owned.judgements, test_share, seed)
    if not all(map(len, parts)):
        raise KloutError(
            f"{lake}: {len(owned.judgements):,} judgements are too few to divide by person: "
            f"{len(parts[0]):,} to train on, {len(parts[1]):,} to test on"
        )
    for part, file in zip(parts, (train, test), strict=True):
        with replacing(file) as draft:
            part.write_parquet(draft)
    if quiet:
        return
    say(f"{len(parts[0]):,} judgements to train on, {len(parts[1]):,} to test on")
    if owned.left_out:
        say(f"{owned.left_out:,} left out: a and b are accounts of one person")


@app.command("judge")
def judge_command(
    lake: LakeOption,
    as_of: AsOfOption,
    horizon: Annotated[
        int, typer.Option(min=1, max=MOST_DAYS, help="Days from --as-of on that are looked at.")
    ],
    out: Annotated[
        Path,
        Written(PARQUET),
        typer.Option(help="The judgements file to write.", show_default=False),
    ],
    pairs: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many; by default 2 per person with an outcome, at most 200,000."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same pairs.")] = 1,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Judge people by what came after: who drove more distinct people to act.

    Example: klout judge --lake L --as-of 2012-07-05 --horizon 3 --out judgements.parquet
    """
    from features.lake import Lake
    from features.lake.known_days import known_until
    from features.lake.left_out import UNDECLARED, name_left_out
    from training.judgements.outcomes import judge_outcomes, last_day

    source, day = Lake(lake), known_day(lake, as_of)
    if horizon > (known_until(source) - day).days:
        raise KloutError(f"--horizon {horizon} after {day} has not come yet")
    catalogue = catalogue_of(source, networks)
    name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
    judged = judge_outcomes(source, day, horizon, catalogue, pairs, seed)
    last, until = last_day(source), day + timedelta(horizon)
    if last is not None and until > last + timedelta(1):
        say(f"klout: the horizon ends {until}, after the lake's last day {last}", err=True)
    with replacing(out) as draft:
        judged.write_parquet(draft)
    if not quiet:
        say(f"{out}: {len(judged):,} judgements of what came from {day} to before {until}")


@app.command("judgements")
def judgements_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Judgements or labels in Parquet.")],
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Report what is odd about judgements, and how well any ranking can agree with them.

    Of labels it says what they are; of ordered lists, how far they agree.

    Example: klout judgements judgements.parquet --format json
    """
    from training.judgements import check, noise_ceiling, read_judgements
    from training.judgements.label_table import is_labels

    if form not in ("text", "json"):
        raise typer.BadParameter(f"{form!r} is none of text, json", param_hint="--format")
    if is_labels(file):
        _report_labels(file, form)
        return
    judged = read_judgements(file)
    report, ceiling = check(judged), noise_ceiling(judged)
    if form == "text":
        say(_in_words(report, ceiling))
        return
    figures = report.to_dict() | {"noise_ceiling": ceiling and ceiling.to_dict()}
    put(json.dumps(figures, indent=1) + "\n")


def _report_labels(file: Path, form: str) -> None:
    """Report on a table of labels or on ordered lists."""
    from training.judgements.label_report import ListReport, report
    from training.judgements.label_table import read_labels

    found = report(read_labels(file))
    if form == "json":
        put(json.dumps(found.to_dict(), indent=1) + "\n")
    elif isinstance(found, ListReport):
        say(f"{found.lists:,} lists of {found.shortest:,} to {found.longest:,} persons")
        say(_in_words(found.compared, None))
    else:
        say(
            f"labels of {found.persons:,} persons, {found.least:g} to {found.greatest:g}, mean "
            f"{found.mean:g}; {found.different:,} different, at most {found.largest_tie:,} "
            "persons with one"
        )


def _in_words(report: Report, ceiling: Ceiling | None) -> str:
    judges = f"{len(report.judges):,} judges" if report.judges else "judges not told apart"
    lines = [
        f"{report.judgements:,} judgements of {report.persons:,} persons, {judges}; "
        f"{report.undecided:,} undecided",
        f"{report.repeated_pairs:,} pairs judged more than once, "
        f"{report.contradicted_pairs:,} of them both ways, "
        f"{report.self_contradicted_pairs:,} both ways by one judge",
    ]
    if report.agreement is not None:
        lines.append(f"two judgements of a pair agree in {report.agreement:.1%}")
    lines.append(
        f"{report.cycles.persons:,} persons are in cycles, with {report.cycles.judgements:,} "
        "judgements between them"
    )
    lines += [f"  {' > '.join([*cycle, cycle[0]])}" for cycle in report.cycles.examples]
    lines += [
        f"judge {judge.judge} agrees with the others in {judge.agreed} of {judge.compared}: "
        "less than by chance"
        for judge in report.contrary
    ]
    return "\n".join([*lines, _ceiling_in_words(ceiling)])


def _ceiling_in_words(ceiling: Ceiling | None) -> str:
    if ceiling is None:
        return "noise ceiling: unknown, as no pair was judged by several"
    return (
        f"noise ceiling: the best ranking agrees with {ceiling.agreement:.1%} to "
        f"{ceiling.accuracy:.1%} of judgements (95% interval of the latter: {ceiling.low:.1%} to "
        f"{ceiling.high:.1%}), from {ceiling.repeats:,} pairs judged by several"
    )
