"""Experts of a Stack Exchange site's tags: what is ranked, by what, and what is said of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluations import topics
from evaluations.topics import FIRST, METHODS, figures_of, precision, spearman, tags_of

PEOPLE = range(1, 7)


def post(number: int, kind: int, day: str, **other: object) -> dict[str, object]:
    row = {"Id": number, "PostTypeId": kind, "CreationDate": f"{day}T10:00:00.000", "Score": 0}
    return row | other


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Write a site on which person k answers, draws k comments, and later earns k."""
    posts = [post(1, 1, "2020-01-01", Tags="<jazz>")]
    comments: list[dict[str, object]] = []
    for k in PEOPLE:
        posts.append(post(10 + k, 2, "2020-01-02", ParentId=1, OwnerUserId=k))
        posts.append(post(20 + k, 2, "2021-01-02", ParentId=1, OwnerUserId=k, Score=k))
        at = "2020-01-03T10:00:00.000"
        comments += [
            {"Id": 10 * k + n, "PostId": 10 + k, "UserId": 100 + n, "CreationDate": at, "Text": ""}
            for n in range(k)
        ]
    users = [{"Id": k, "Reputation": 100 - k, "CreationDate": "2019-01-01"} for k in PEOPLE]
    for name, rows in {
        "Posts": posts, "Comments": comments, "Users": users,
        "Votes": [{"Id": 1, "PostId": 16, "VoteTypeId": 2, "CreationDate": "2020-01-05"}],
    }.items():  # fmt: skip
        cells = (" ".join(f'{k}="{escaped(v)}"' for k, v in row.items()) for row in rows)
        lines = [f"<row {each} />" for each in cells]
        root = name.lower()
        (tmp_path / f"{name}.xml").write_text("\n".join([f"<{root}>", *lines, f"</{root}>"]))
    return tmp_path


def escaped(value: object) -> str:
    return str(value).replace("<", "&lt;").replace(">", "&gt;")


def ran(dump: Path, split: str, monkeypatch: pytest.MonkeyPatch) -> int:
    words = ["topics", "--dump", str(dump), "--site", "s", "--split", split]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(topics.resampled, "__defaults__", (5,))
    return topics.main()


def test_a_dump_is_evaluated_by_what_was_earned_later(dump, monkeypatch, capsys):
    assert ran(dump, "2020-02-01", monkeypatch) == 0
    said = capsys.readouterr().out.splitlines()
    found = json.loads(said[-1])
    assert (found["tags"], found["persons"]) == (1, len(PEOPLE))
    for method in ("topics", "topics_and_score", "score", "reactors"):
        assert found[f"rho_{method}"] == 1, method
        assert found[f"precision_at_5_{method}"] == 1, method
    # All answered once; the dump's reputation is the other way round.
    assert found["rho_answers"] == 0
    assert found["rho_reputation"] == -1
    assert found["rho_earned"] > 0
    assert set(found) == {"tags", "persons"} | {
        f"{what}_{method}" for what in ("rho", "precision_at_5") for method in METHODS
    }


def test_what_nobody_earned_after_is_said_in_one_line(dump, monkeypatch, capsys):
    assert ran(dump, "2022-01-01", monkeypatch) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "no tag has 5 people of whom some earned more after 2022-01-01" in said[0]


def test_a_dump_without_votes_is_refused_by_its_name(dump, monkeypatch, capsys):
    (dump / "Votes.xml").unlink()
    assert ran(dump, "2020-02-01", monkeypatch) == 1
    assert "Votes.xml or Votes.xml.gz" in capsys.readouterr().err


def test_tags_asked_about_have_people_of_whom_some_earned_more():
    def of(topic: str, outcomes: list[int]) -> pl.DataFrame:
        names = [f"{topic}{n}" for n in range(len(outcomes))]
        return pl.DataFrame({"person": names, "topic": topic, "outcome": outcomes})

    few, alike = of("few", [0, 1]), of("alike", [1] * FIRST)
    good, most = of("good", [0, 1, 2, 0, 0]), of("most", [0, 1, 2, 0, 0, 0])
    found = pl.concat([few, alike, good, most])
    assert [tag["topic"][0] for tag in tags_of(found)] == ["most", "good"]
    assert [tag["topic"][0] for tag in tags_of(found, most=1)] == ["most"]


def test_figures_are_means_over_tags_of_the_rows_drawn():
    outcome = np.array([0.0, 1, 2, 3, 4, 5])
    up, down = outcome + 1, -outcome
    tags = [dict.fromkeys(METHODS, up) | {"outcome": outcome} for _ in range(2)]
    tags[1]["score"] = down
    rows = [np.arange(6), np.arange(6)]
    found = figures_of(tags, rows)
    place = METHODS.index("score")
    assert found.shape == (2, len(METHODS))
    assert found[0, 0] == pytest.approx(spearman(up, outcome)) == pytest.approx(1)
    assert found[0, place] == pytest.approx(0)
    assert found[1, place] == pytest.approx((1 + precision(down, outcome)) / 2)
    # A tag of which a round drew too few says nothing in it.
    only = figures_of(tags, [np.arange(6), np.array([0, 1])])
    assert only[0, place] == pytest.approx(1)
    assert np.isnan(figures_of(tags, [np.array([0]), np.array([0, 0])])).all()
