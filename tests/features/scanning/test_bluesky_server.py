"""`klout scan bluesky` of people who live on the real server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from features.lake import Lake
from tests.support.bluesky import server as bluesky_server
from tests.support.bluesky.appview import of_server
from tests.support.bluesky.life import Life, lead
from tests.support.command import klout
from tests.support.stand_in import Reply, serving

SCANNED = ("like", "repost", "reply", "quote")
"""What the public API lists of a person's posts; mentions elsewhere and follows it does not."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bluesky_server.missing() is not None, reason=str(bluesky_server.missing())),
]


def test_a_scan_of_each_person_finds_what_stands(tmp_path: Path) -> None:
    with bluesky_server.running(tmp_path / "pds") as pds:
        life = Life(pds)
        lead(life)
        view = of_server(pds, life)
    said: list[tuple[str, Reply]] = []

    def answer(path: str, params: dict[str, str]) -> Reply:
        reply = view.answer(path, params)
        said.append((path.removeprefix("/xrpc/"), reply))
        return reply

    there = [each for each in life.accounts.values() if each.is_there]
    with serving(answer) as stand_in:
        for account in there:
            words = ("scan", "bluesky", account.handle, "--days", 3650)
            ended = klout(*words, "--lake", tmp_path / "L", "--url", stand_in.url)
            assert ended.code == 0, ended.err
    rows = Lake(tmp_path / "L").scan("interactions", ["bluesky"]).collect()
    found = Counter(rows.filter(rows["actor"] != rows["target"])["reaction", "target"].iter_rows())
    # Of a post that was deleted nobody is listed any more.
    facts = [fact for fact in life.facts() if fact[0] in SCANNED and fact[3] in life.records]
    wanted = Counter((reaction, target) for reaction, _, target, _ in facts)
    assert {reaction for reaction, _ in wanted} == set(SCANNED)
    assert {key: n for key, n in found.items() if key[0] in SCANNED} == dict(wanted)
    answers = [(method, reply.body) for method, reply in said if method.startswith("app.")]
    assert {method for method, _ in answers} > {"app.bsky.feed.getLikes"}
    assert bluesky_server.faults_of(answers) == []
