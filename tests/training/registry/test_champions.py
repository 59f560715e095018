"""The table of champions: what was decided stays, in order, whoever writes at the same time."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from features.errors import KloutError
from tests.support.command import klout, refused
from training.registry import champions
from training.registry.champions import (
    FOLDER,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    Decision,
    decided,
    decisions,
    table,
)

FIRST = Decision(PROMOTED, "a", "a", None, "the first", "1", "r1", log_loss=0.5)
STORY = (
    FIRST,
    Decision(REFUSED, "b", "a", "a", "no better"),
    Decision(PROMOTED, "c", "c", "a", "better"),
    Decision(REFUSED, "b", "c", "c", "no better"),
    Decision(ROLLED_BACK, "a", "a", "c", "it jumped"),
)


def at(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def test_what_is_decided_is_signed_and_read_back_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    for each in STORY:
        decided(tmp_path, each)
    found = decisions(tmp_path)
    assert [dataclasses.replace(each, by="", at="") for each in found] == list(STORY)
    assert {each.by for each in found} == {"ada"}
    assert sorted(each.at for each in found) == [each.at for each in found]


def test_each_champion_is_so_until_the_next(tmp_path):
    signed = [dataclasses.replace(e, at=f"{at(n):%Y-%m-%d %H:%M:%S%z}")
              for n, e in enumerate(STORY, 1)]  # fmt: skip
    found = table(signed)
    assert found["at"].to_list() == [at(n) for n in range(1, 6)]
    assert found["until"].to_list() == [at(3), None, at(5), None, None]


def test_a_table_of_nothing_has_the_same_columns():
    assert table([]).schema == table([FIRST]).schema


def test_many_at_once_each_get_a_place(tmp_path):
    models = [str(number) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda m: decided(tmp_path, Decision(REFUSED, m, None, None, "")), models))
    assert sorted(int(each.model) for each in decisions(tmp_path)) == list(range(24))
    names = [file.name for file in sorted((tmp_path / FOLDER).iterdir())]
    assert names == [f"{number:06d}.json" for number in range(1, 25)]


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_run_that_is_killed_leaves_the_table_as_it_was(tmp_path, monkeypatch, step):
    decided(tmp_path, FIRST)
    before = decisions(tmp_path)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(champions.os, step, killed)
        decided(tmp_path, STORY[1])
    assert decisions(tmp_path) == before
    decided(tmp_path, STORY[2])
    assert [each.model for each in decisions(tmp_path)] == ["a", "c"]


def test_a_damaged_decision_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    decided(tmp_path / "mlflow", FIRST)
    file = tmp_path / "mlflow" / FOLDER / "000001.json"
    file.write_text(json.dumps({"event": "promoted"}))
    with pytest.raises(KloutError, match=r"000001\.json: no decision about a champion"):
        decisions(tmp_path / "mlflow")
    assert "000001.json" in refused("champions")


def test_nobody_was_champion_and_asking_makes_no_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no model was decided on yet" in klout("champions").out
    assert json.loads(klout("champions", "--format", "json").out) == []
    assert list(tmp_path.iterdir()) == []


def test_a_form_that_is_none_is_bad_usage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = klout("champions", "--format", "xml")
    assert ended.code == 2
    assert "table, json, csv" in ended.err
