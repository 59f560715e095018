"""Two at once, a day run again, another model: the result is the same bits or a clear refusal."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from features.errors import KloutError
from features.lake import Lake
from features.lake.lock import locked
from features.storage.waiting import patience
from serving.daily.holding import HeldError
from serving.daily.run import daily
from tests.support.histories import arrive
from tests.support.lives import (
    TODAY,
    TWITTER,
    YESTERDAY,
    files_of,
    from_scratch,
    published,
    small_model,
    story,
)
from tests.support.worlds import SMALL

MODEL = small_model(TWITTER)
ROOT = Path(__file__).resolve().parents[3]


def test_of_two_runs_the_second_says_so_and_stops(
    lake: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    MODEL.save(tmp_path / "model")
    arguments = (str(lake), str(TODAY), str(tmp_path / "model"))
    with _process(FIRST, *arguments) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "at work\n"
        with _process(SECOND, *arguments) as second:
            said = second.communicate()
        first.communicate()
    assert second.returncode == 1
    begin = f"klout: {lake}: another run is at work on this lake (process {first.pid} on "
    assert said[1].startswith(begin)
    assert first.returncode == 0
    assert published(lake) == wanted


FIRST = """
import sys
from datetime import date
from pathlib import Path
from serving.daily.run import daily
from training.influence.model import Model

def wait(_):
    print("at work", flush=True)
    sys.stdin.readline()

lake, day, model = sys.argv[1:]
daily(Path(lake), date.fromisoformat(day), Model.load(Path(model)), on_rows=wait)
"""
SECOND = """
import sys
from serving.cli.app import main
lake, day, model = sys.argv[1:]
sys.argv[1:] = ["daily", "--quiet", "--lake", lake, "--as-of", day, "--model", model, "--wait", "0"]
main()
"""


def _process(code: str, *arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_a_run_sees_the_lake_as_it_was_when_it_began(
    scene: Path, lake: Path, wanted: dict[str, bytes]
) -> None:
    """What is ingested meanwhile is counted by the next run."""
    late = story(8, 1, size=100, catalogue=TWITTER).arrivals[0]
    written = []

    def meanwhile(_: int) -> None:
        if not written:
            written.append(arrive(lake, late, 7, TWITTER))

    daily(lake, TODAY, MODEL, on_rows=meanwhile)
    assert written
    assert published(lake) == wanted
    after = TODAY + timedelta(1)
    found = daily(lake, after, MODEL)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(lake), after, MODEL), check_exact=True)


def test_publishing_waits_for_a_writer(
    lake: Path, wanted: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with locked(lake / ".lock", "held"):
        run = threading.Thread(target=daily, args=(lake, TODAY, MODEL))
        run.start()
        end = time.monotonic() + 60
        while "waiting up to 60 s" not in caplog.text and time.monotonic() < end:
            time.sleep(0.05)
        assert TODAY.isoformat() not in published(lake)
    run.join(60)
    said = rf"{lake}: another run is writing to this lake \(process \d+ on .*; waiting up to 60 s"
    assert re.search(said, caplog.text)
    assert published(lake) == wanted


def test_a_writer_that_goes_on_is_named_and_the_next_run_publishes(
    lake: Path, was: dict[str, bytes], wanted: dict[str, bytes]
) -> None:
    with locked(lake / ".lock", "held"), patience(0):  # noqa: SIM117
        with pytest.raises(KloutError, match="another run is writing"):
            daily(lake, TODAY, MODEL)
    assert published(lake) == was
    daily(lake, TODAY, MODEL)
    assert published(lake) == wanted


def test_a_day_that_is_published_is_left_as_it_is(lake: Path) -> None:
    daily(lake, TODAY, MODEL)
    before = files_of(lake)
    assert daily(lake, TODAY, MODEL) is None
    assert daily(lake, YESTERDAY, MODEL) is None
    assert files_of(lake) == before


def test_a_day_before_the_last_one_published_is_refused(lake: Path) -> None:
    before = files_of(lake)
    with pytest.raises(KloutError, match=f"scores up to {YESTERDAY} are published; .*not back"):
        daily(lake, YESTERDAY - timedelta(1), MODEL)
    assert files_of(lake) == before


def test_a_day_on_which_there_was_nobody_is_published_if_it_is_accepted(
    tmp_path: Path,
) -> None:
    lake = arrive(tmp_path / "lake", {}, 0, TWITTER).root
    with pytest.raises(HeldError, match="nobody has a score"):
        daily(lake, TODAY, MODEL)
    found = daily(lake, TODAY, MODEL, accept="everybody has opted out")
    assert found is not None
    assert found.is_empty()
    assert daily(lake, TODAY, MODEL) is None


@pytest.mark.parametrize("other", [small_model(TWITTER, 2), small_model(SMALL)])
def test_another_model_takes_over_to_the_same_bits_as_from_scratch(other, lake: Path) -> None:
    assert other.version != MODEL.version
    wanted = from_scratch(Lake(lake), TODAY, other)
    found = daily(lake, TODAY, other)
    assert found is not None
    assert_frame_equal(found, wanted, check_exact=True)


def test_where_there_is_no_lake_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(KloutError, match="no lake here"):
        daily(tmp_path / "none", date(2014, 3, 1), MODEL)
    assert not (tmp_path / "none").exists()
