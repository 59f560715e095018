"""Accounts are judged within the day's run: whoever is due, by days that are kept."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.errors import KloutError
from features.incremental.cache import Cache, held
from features.lake import Lake
from features.lake.contracts import TABLES
from features.lake.lock import locked
from features.lake.times import midnight
from serving.daily.judging import judge
from serving.daily.withdrawing import withdraw
from tests.support.busy import busy_world
from tests.support.histories import arrive
from tests.support.judges import small_judge
from tests.support.worlds import AS_OF, SMALL
from training.integrity.daily.judge_due import FOLDER
from training.integrity.integrity_jobs import remember

YESTERDAY = AS_OF - timedelta(1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_judge(tmp_path_factory.mktemp("judge") / "integrity")


def run(root: Path, as_of: date, model: Path | None) -> Lake:
    with held(root) as cache:
        return judge(cache, Lake(root), as_of, SMALL, model)


def steps(lake: Lake) -> list[dict[str, Any]]:
    rows = lake.scan("authenticity").select("as_of", "network", "account", "authenticity")
    return rows.sort(pl.all()).collect().to_dicts()


def test_nobody_is_judged_without_a_judge(tmp_path: Path) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    run(lake.root, AS_OF, None)
    assert not Lake(lake.root).files("authenticity")
    assert not (lake.root / "cache" / FOLDER).exists()


def test_a_judge_that_is_not_there_is_missed(tmp_path: Path) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    with pytest.raises(KloutError, match="there is none"):
        run(lake.root, AS_OF, tmp_path / "there is none")


def test_what_is_decided_is_in_the_lake_and_the_days_are_kept(tmp_path: Path, model: Path) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    assert steps(run(lake.root, YESTERDAY, model))
    kept = Cache(lake.root / "cache" / FOLDER).manifest
    assert kept is not None and kept.as_of == YESTERDAY


def test_a_day_that_was_judged_is_not_judged_again(tmp_path: Path, model: Path) -> None:
    """A run that failed after accounts had been judged is run again."""
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    once = run(lake.root, AS_OF, model)
    assert run(lake.root, AS_OF, model).number == once.number


def test_who_was_judged_is_written_once_another_writer_is_done(
    tmp_path: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    with locked(lake.root / ".lock", f"{lake.root}: held"):
        judging = threading.Thread(target=run, args=(lake.root, AS_OF, model))
        judging.start()
        end = time.monotonic() + 60
        while "waiting up to 60 s" not in caplog.text and time.monotonic() < end:
            time.sleep(0.05)
        assert not steps(Lake(lake.root))
    judging.join(60)
    assert steps(Lake(lake.root))


def test_a_run_killed_before_the_days_were_kept_decides_the_same_again(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    with monkeypatch.context() as patched:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(Cache, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake.root, YESTERDAY, model)
    first = steps(Lake(lake.root))
    assert first and steps(run(lake.root, YESTERDAY, model)) == first


@pytest.mark.parametrize("damage", ["manifest.json", "deeds-*.bin", "given-*"])
def test_days_that_are_damaged_are_read_from_the_lake_again(
    tmp_path: Path, model: Path, damage: str
) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    run(lake.root, YESTERDAY, model)
    kept = lake.root / "cache" / FOLDER
    for file in kept.rglob(damage):
        file.write_bytes(b"nothing of this kind" + file.read_bytes()[20:])
    run(lake.root, AS_OF, model)
    manifest = Cache(kept).manifest
    assert manifest is not None and manifest.as_of == AS_OF


def test_no_file_is_left_that_is_not_in_use(tmp_path: Path, model: Path) -> None:
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    for day in (YESTERDAY, AS_OF):
        run(lake.root, day, model)
    kept = Cache(lake.root / "cache" / FOLDER)
    assert kept.manifest is not None
    there = {str(path.relative_to(kept.root)) for path in kept.root.rglob("*") if path.is_file()}
    assert there == {"manifest.json", *kept.manifest.sizes}


def test_what_was_judged_on_a_day_is_taken_back_with_it(tmp_path: Path, model: Path) -> None:
    """Also where what is kept lies elsewhere, and though the same is found out again."""
    lake = arrive(tmp_path / "lake", busy_world(1), 0)
    run(lake.root, YESTERDAY, model)
    first = steps(Lake(lake.root))
    aside = Path(shutil.copytree(lake.root / "cache", tmp_path / "cache"))
    remember(lake.root, _by_hand(), SMALL)
    assert withdraw(lake.root, YESTERDAY, "a test").accounts == len(first)
    by_hand = steps(Lake(lake.root))
    assert [row["account"] for row in by_hand] == ["by hand"]
    with held(lake.root, aside) as cache:
        judge(cache, Lake(lake.root), YESTERDAY, SMALL, model)
    assert first and steps(Lake(lake.root)) == sorted(
        [*first, *by_hand], key=lambda row: (row["as_of"], row["network"], row["account"])
    )


def _by_hand() -> pl.DataFrame:
    row = {"network": "twitter", "account": "by hand", "authenticity": 0.5, "reasons": None}
    row |= {"as_of": midnight(YESTERDAY)}
    return pl.DataFrame([row], schema=TABLES["authenticity"].columns)
