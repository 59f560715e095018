"""Days at the ends of the calendar, in every command that takes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.cli.app import app
from tests.support.worlds import lake_of

COMMANDS = {
    "materialize": "materialize --lake {lake} --out {out} --as-of {day}",
    "judge": "judge --lake {lake} --horizon 3 --out {out} --as-of {day}",
    "compact": "compact --lake {lake} --as-of {day}",
    "assess": "integrity assess --lake {lake} --as-of {day}",
    "report": "integrity report --lake {lake} --as-of {day}",
    "explain": "explain ann --lake {lake} --as-of 2014-10-01 --since {day}",
    "daily": "daily --lake {lake} --as-of {day}",
    "catching up": "daily --lake {lake} --from 2014-10-01 --to {day}",
    "pairs": "ingest pairs {lake} --network twitter --day {day} --lake {lake}",
}


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_day_without_a_period_around_it_is_bad_usage(name: str, day: str, tmp_path: Path) -> None:
    lake = lake_of({"interactions": []}, tmp_path / "lake").root
    words = COMMANDS[name].format(lake=lake, out=tmp_path / "out.parquet", day=day)
    ran = CliRunner().invoke(app, words.split(), env={"COLUMNS": "200"})
    assert ran.exit_code == 2
    assert f"{day} is not a day from 1970-01-01 to 2999-12-31" in ran.output
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("end", ["0001-01-02", "1970-01-03", "3000-01-01", "9999-12-31"])
def test_a_world_is_lived_in_the_calendar(end: str, tmp_path: Path) -> None:
    words = f"simulate --out {tmp_path / 'lake'} --persons 3 --days 3 --end {end}"
    ran = CliRunner().invoke(app, words.split())
    assert (
        str(ran.exception) == f"days: 3 days up to {end} are not all from 1970-01-01 to 2999-12-31"
    )
    assert not (tmp_path / "lake").exists()


def test_a_period_may_not_be_longer_than_the_calendar(tmp_path: Path) -> None:
    for words in ("judge --out o --horizon 99999999", "compact --keep-days 99999999"):
        day = ["--lake", str(tmp_path), "--as-of", "2014-10-01"]
        ran = CliRunner().invoke(app, [*words.split(), *day])
        assert ran.exit_code == 2
        assert "less than or equal to 36500" in ran.output
