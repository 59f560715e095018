"""A folder in which every command of `klout` has what it needs, and what each is then told."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import typer

from serving.cli.app import app, main

AS_OF = "2014-10-01"
BEFORE = "2014-09-27"
"""Signals and judgements of this day can be made, since four days come after it."""

PARAMS = """
train: {num_trees: 8, validation_share: 0.4, min_sum_hessian_in_leaf: 0.5}
tune: {folds: 2, trials: 1, minutes: 1, seed: 1, space: {num_leaves: {low: 3, high: 9}}}
"""

Command = tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def klout(*words: object) -> Ended:
    """Run `klout` in this process, as its script does."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        patch.object(sys, "argv", ["klout", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def commands() -> dict[Command, Any]:
    """List every command of the tree by its words."""
    return dict(_walk(typer.main.get_command(app), ()))


def _walk(node: Any, words: Command) -> Iterator[tuple[Command, Any]]:
    within = getattr(node, "commands", None)
    if within is None:
        yield words, node
        return
    for name, child in within.items():
        yield from _walk(child, (*words, name))


VALUES: dict[str, str] = {
    # What a parameter is told, below the scene's folder where it begins with "./".
    "lake": "./lake",
    "source": "./lake",
    "since": "",
    "as_of": AS_OF,
    "signals": "./signals.parquet",
    "judgements": "./judgements.parquet",
    "training": "./other.parquet",
    "scores": "./scores.parquet",
    "metrics": "./metrics.json",
    "labels": "./labels.csv",
    "params": "./params.yaml",
    "model": "./model",
    "candidate": "./model",
    "champion": "./champion",
    "plots": "./plots",
    "out": "./out/made",
    "report": "./out/report.json",
    "card": "./out/card.md",
    "person": "twitter:p1",
    "network": "twitter",
    "account": "p1",
    "why": "we know",
    "horizon": "4",
    "end": AS_OF,
    "persons": "20",
    "days": "3",
    "format_name": "tables",
    "paths": "./interactions.csv",
    "step": "0.5",
    "before": "2014-01-01",
    "first": "",
    "name": "somebody",
    "key": "0000",
    "study": "sqlite:///./out/study.db",
    "trials": "1",
    "yes": "--yes",
    "file": "./judgements.parquet",
    "test": "./other.parquet",
    "train": "./out/train.parquet",
    "files": "./topics.csv",
    "topic": "cycling",
    "to": "onnx",
}

ONLY: dict[Command, dict[str, str]] = {
    # Where a word means another thing in one command; "" leaves it out.
    ("simulate",): {"out": "./out/lake"},
    ("ingest",): {"name": "", "labels": ""},
    ("follow",): {"source": "bluesky", "url": "https://example.org"},  # else it would follow
    ("connect",): {"person": "ann"},
    ("disconnect",): {"person": "ann", "account": "p2"},
    ("optin",): {"person": "twitter:p3"},
    ("split",): {"test": "./out/test.parquet", "lake": "./judged"},
    ("judge",): {"as_of": BEFORE},
    ("spread",): {"as_of": BEFORE, "days": "4"},
    ("evaluate",): {
        "plots": "./out/plots",
        "as_of": BEFORE,
        "params": "",
        "labels": "./marks.parquet",
    },
    ("train",): {"out": "./out/model", "labels": "./marks.parquet", "start": "./model"},
    ("calibrate",): {"out": "./out/model", "labels": "./marks.parquet"},
    ("promote",): {"as_of": BEFORE, "why": ""},
    ("integrity", "train"): {"out": "./out/integrity"},
    ("integrity", "assess"): {"model": ""},
    ("integrity", "explain"): {"account": "twitter:p1", "model": ""},
    ("integrity", "override"): {"account": "twitter:p1"},
    ("topics", "map"): {"file": "./map.csv"},
    ("store", "backup"): {"file": "./out/backup.db"},
    ("store", "publish"): {"store": "sqlite:///./out/other.db"},
    ("model", "export"): {"out": "./out/model.onnx"},
    ("rebuild",): {"lake": "./out/live", "first": "2014-09-29", "last": "2014-09-30"},
    ("withdraw",): {"first": "2014-09-30"},
    ("serve",): {"model": "./damaged"},  # else it would serve
    ("topics", "unhide"): {"person": "twitter:p4"},
    ("try",): {"lake": "./out/tried", "serve_pages": "--no-serve", "days": "2"},
}


def words_of(name: Command, command: Any, root: Path) -> dict[str, list[str]]:
    """Return what a command is told, by parameter; a required one must have its value here."""
    told: dict[str, list[str]] = {}
    for parameter in command.params:
        value = {**VALUES, **ONLY.get(name, {})}.get(parameter.name)
        if value is None and parameter.required:
            raise KeyError(f"{' '.join(name)}: say in VALUES what {parameter.name} is")
        if value:
            told[parameter.name] = _said(parameter, value.replace("./", f"{root}/"))
    return told


def _said(parameter: Any, value: str) -> list[str]:
    if parameter.param_type_name == "argument":
        return [value]
    return [value] if value.startswith("--") else [parameter.opts[0], value]


def run(name: Command, told: dict[str, list[str]]) -> Ended:
    """Run a command with what it is told."""
    return klout(*name, *(word for words in told.values() for word in words))


def build(root: Path) -> None:
    """Make the folder: a lake with two published days, models, and files of every kind."""
    (root / "out").mkdir(parents=True)
    (root / "params.yaml").write_text(PARAMS)
    _tables(root)
    lake = root / "lake"
    steps = [
        f"ingest tables {root}/interactions.csv --lake {lake} --quiet",
        f"ingest tables {root}/tagged/topics.csv --lake {lake} --quiet",
        f"topics import {root}/topics.csv --lake {lake} --quiet",
        f"connect ann twitter p2 --at 2014-09-01 --lake {lake} --quiet",
        f"optout twitter:p3 --at 2014-09-01 --lake {lake} --quiet",
        f"materialize --lake {lake} --as-of {BEFORE} --out {root}/signals.parquet --quiet",
        f"judge --lake {lake} --as-of {BEFORE} --horizon 4 --pairs 6000 "
        f"--out {root}/judgements.parquet --quiet",
        f"train --signals {root}/signals.parquet --judgements {root}/judgements.parquet "
        f"--params {root}/params.yaml --out {root}/model --quiet",
        f"score --model {root}/model --signals {root}/signals.parquet "
        f"--out {root}/scores.parquet --quiet",
        f"evaluate --model {root}/model --signals {root}/signals.parquet "
        f"--judgements {root}/judgements.parquet --plots {root}/plots --out {root}/metrics.json",
        f"daily --lake {lake} --from 2014-09-29 --to 2014-09-30 --model {root}/model --quiet",
        f"topics hide twitter:p4 cycling --lake {lake} --quiet",
        f"simulate --out {root}/judged --persons 40 --days 3 --quiet",
    ]
    for step in steps:
        ended = klout(*step.split())
        assert ended.code == 0, f"{step}: {ended.err}"
        if step.startswith("judge"):
            _divide(root)


def _tables(root: Path) -> None:
    """Write a log in which some draw more people than others, and labels of its accounts."""
    rng, first = random.Random(1), date(2014, 9, 10)
    people = [f"p{number}" for number in range(400)]
    lines = ["network,reaction,actor,target,content,at,id"]
    for number in range(12000):
        target = people[min(int(rng.expovariate(0.015)), 399)]
        day = first + timedelta(rng.randrange(21))
        on = f"by-{target}" if target in ("p1", "p4") else ""
        lines.append(f"twitter,like,{rng.choice(people)},{target},{on},{day}T12:00:00Z,i{number}")
    (root / "interactions.csv").write_text("\n".join(lines) + "\n")
    (root / "tagged").mkdir()
    tagged = ["network,content,topic", "twitter,by-p1,cycling", "twitter,by-p4,cycling"]
    (root / "tagged/topics.csv").write_text("\n".join(tagged) + "\n")
    topics = "topicId,topicSlug,topicDisplayName,wikiItemId\n1,cycling,Cycling,Q53121\n"
    (root / "topics.csv").write_text(topics)
    (root / "map.csv").write_text("tag,topic\nvelo,cycling\n")
    labels = [f"twitter,{name},{str(number % 2 > 0).lower()}" for number, name in enumerate(people)]
    (root / "labels.csv").write_text("\n".join(["network,account,authentic", *labels]) + "\n")
    marks = {f"twitter:{name}": 90.0 - number / 2 for number, name in enumerate(people[:150])}
    pl.DataFrame({"person": marks.keys(), "label": marks.values()}).write_parquet(
        root / "marks.parquet"
    )


def _divide(root: Path) -> None:
    """Keep the judgements of half of the people apart, as evaluations want them."""
    judged = pl.read_parquet(root / "judgements.parquet")
    digits = [pl.col(side).str.extract(r"(\d)$").cast(pl.Int8) for side in "ab"]
    judged.filter(pl.all_horizontal(digit % 2 == 0 for digit in digits)).write_parquet(
        root / "other.parquet"
    )
    judged.filter(pl.all_horizontal(digit % 2 != 0 for digit in digits)).write_parquet(
        root / "judgements.parquet"
    )


def contents(folder: Path) -> dict[str, str]:
    """Digest every file below a folder, by its path."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
