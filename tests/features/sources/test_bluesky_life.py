"""What a life on the real server came to, read from its frames, from repositories, as Jetstream."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from features.sources.bluesky.firehose import read_recording
from tests.support.bluesky.facts import standing
from tests.support.bluesky.jetstream import events_of
from tests.support.bluesky.recording import recorded
from tests.support.command import klout

LIFE = recorded()
ODD = 3
"""Records that no reader takes: of a time that is none, of a subject or a text that is a number."""


def files(form: str, folder: Path) -> list[Path]:
    """Put the life into files of a form."""
    if form == "frames":
        return [LIFE.frames]
    if form == "repositories":
        return LIFE.cars
    frames = [frame for _, frame in read_recording(LIFE.frames)]
    events = list(events_of(frames))
    lines = [event.first if form == "jetstream v1" else event.second for event in events]
    text = "".join(f"{line}\n" for line in lines if line is not None)
    (file := folder / "life.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return [file]


@pytest.mark.parametrize("form", ["frames", "repositories", "jetstream v1", "jetstream v2"])
def test_what_stands_is_what_is_true(form: str, tmp_path: Path) -> None:
    ended = klout("ingest", "bluesky", *files(form, tmp_path), "--lake", tmp_path / "L")
    assert ended.code == 1
    assert standing(tmp_path / "L") == Counter(LIFE.facts)


@pytest.mark.parametrize("form", ["frames", "jetstream v1", "jetstream v2"])
def test_read_again_nothing_is_counted_twice(form: str, tmp_path: Path) -> None:
    for _ in range(2):
        klout("ingest", "bluesky", *files(form, tmp_path), "--lake", tmp_path / "L")
    klout("ingest", "bluesky", *files("repositories", tmp_path), "--lake", tmp_path / "L")
    assert standing(tmp_path / "L") == Counter(LIFE.facts)
