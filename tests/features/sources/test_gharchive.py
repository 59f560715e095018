"""Hours of GitHub events, in the forms they had since 2011."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.errors import KloutError
from features.lake import Lake
from features.signals.authenticity import steps_in_force
from tests.support.command import klout, refused

AT = "2026-02-01T05:00:00Z"


def user(login: str, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": 7, "type": kind, "site_admin": False}


def event(kind: str, payload: dict[str, Any], actor: Any = "ann", **more: Any) -> dict[str, Any]:
    """An event as they are since 2015."""
    return {
        "id": str(more.pop("id", 1)),
        "type": kind,
        "actor": {"id": 1, "login": actor},
        "repo": {"id": 2, "name": "bob/tool"},
        "payload": payload,
        "public": True,
        "created_at": AT,
        **more,
    }


def old(kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event as they were from 2012 to 2014."""
    return {
        "repository": {"id": 2, "name": "tool", "owner": "bob", "fork": False},
        "actor_attributes": {"login": "ann", "type": "User"},
        "created_at": "2012/03/18 00:00:05 -0700",
        "public": True,
        "actor": "ann",
        "payload": payload,
        "url": "https://github.com/bob/tool",
        "type": kind,
        **more,
    }


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


@pytest.fixture
def acts(put, take, rows):
    """Give what one hour makes: (reaction, actor, target, content), in the order of the ids."""

    def acts(*events: dict[str, Any]) -> list[tuple[str, ...]]:
        take("gharchive", put("2026-02-01-5.json.gz", lines(*events)))
        found = rows("interactions").sort("id", "at", maintain_order=True)
        return found.select("reaction", "actor", "target", "content").rows()

    return acts


@pytest.mark.parametrize(
    ("kind", "payload", "act"),
    [
        ("WatchEvent", {"action": "started"}, ("star", "bob", "bob/tool")),
        ("ForkEvent", {"forkee": {"owner": user("ann")}}, ("fork", "bob", "bob/tool")),
        ("IssuesEvent", {"action": "opened", "issue": {"number": 3}}, ("issue", "bob", "bob/tool")),
        (
            "PullRequestEvent",
            {"action": "opened", "pull_request": {"number": 3, "user": user("ann")}},
            ("pull_request", "bob", "bob/tool"),
        ),
        (
            "IssueCommentEvent",
            {"action": "created", "issue": {"number": 3, "user": user("eve")}},
            ("comment", "eve", "bob/tool#3"),
        ),
        (
            "PullRequestReviewEvent",
            {"action": "created", "pull_request": {"number": 3, "user": user("eve")}},
            ("review", "eve", "bob/tool#3"),
        ),
        (
            "PullRequestReviewCommentEvent",
            {"action": "created", "pull_request": {"number": 3, "user": user("eve")}},
            ("comment", "eve", "bob/tool#3"),
        ),
        ("CommitCommentEvent", {"comment": {"commit_id": "c0"}}, ("comment", "bob", "bob/tool@c0")),
    ],
)
def test_what_acts_on_somebody_is_an_interaction(kind, payload, act, acts) -> None:
    reaction, target, content = act
    assert acts(event(kind, payload)) == [(reaction, "ann", target, content)]


def test_pull_requests_since_october_2025_are_stubs_without_an_author(acts, rows) -> None:
    stub = {"url": "https://api.github.com/repos/bob/tool/pulls/9", "id": 5, "number": 9}
    found = acts(
        event("PullRequestEvent", {"action": "opened", "number": 9, "pull_request": stub}, id=1),
        event("PullRequestReviewEvent", {"action": "created", "pull_request": stub}, "eve", id=2),
        event("PushEvent", {"repository_id": 2, "push_id": 3, "ref": "r", "head": "h"}, id=3),
    )
    assert found == [
        ("pull_request", "ann", "bob", "bob/tool"),
        ("review", "eve", "bob", "bob/tool#9"),
    ]
    assert rows("contents").select("author", "content", "kind").rows() == [
        ("ann", "bob/tool#9", "pull_request")
    ]


def test_events_of_2012_to_2014_have_logins_and_offsets(acts, rows) -> None:
    url = "https://github.com/bob/tool/issues/12#issuecomment-4"
    later = {"created_at": "2013-01-01T10:22:31-08:00"}
    found = acts(
        old("WatchEvent", {"action": "started"}),
        old("IssueCommentEvent", {"issue_id": 8, "comment_id": 4}, url=url, **later),
    )
    assert found == [("star", "ann", "bob", "bob/tool"), ("comment", "ann", "bob", "bob/tool#12")]
    assert sorted(rows("interactions")["at"]) == [
        datetime(2012, 3, 18, 7, 0, 5, tzinfo=UTC),
        datetime(2013, 1, 1, 18, 22, 31, tzinfo=UTC),
    ]


def test_events_of_2011_have_numbers_for_issues_and_strokes_for_what_is_gone(acts) -> None:
    gone = event("WatchEvent", {"action": "started"}, repo={"id": 2, "name": "/"})
    opened = {"number": 12, "issue": 959102, "action": "opened"}
    assert acts(gone, event("IssuesEvent", opened)) == [("issue", "ann", "bob", "bob/tool")]


def test_several_events_in_a_line_and_bytes_0_are_read(put, take, rows) -> None:
    star = json.dumps(old("WatchEvent", {"action": "started"})).encode()
    data = star + star + b" " + star + b"\n" + b"\0" * 1409 + star + b"\n\n"
    receipt = take("gharchive", put("2012-03-31-12.json", data))
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"interactions": 4}, 0)


def test_a_text_that_was_cut_within_a_character_is_no_damage(put, take) -> None:
    star = json.dumps(event("WatchEvent", {"action": "started"}))
    data = star.replace('"public"', r'"org": {"x": "\ud83d"}, "public"')
    assert take("gharchive", put("2015-01-01-0.json", data.encode())).entry.quarantined == 0


def test_what_is_no_event_is_refused_by_file_and_line(put, take, quarantine) -> None:
    star = lines(event("WatchEvent", {"action": "started"}))
    bad = [b'{"type": "WatchEv', b"[1]", b'{"a": "\xff"}', b"7"]
    path = put("2026-02-01-5.json.gz", star + b"\n".join(bad) + b"\n" + star.replace(b'"1"', b"2"))
    receipt = take("gharchive", path)
    assert receipt.entry.rows == {"interactions": 2}
    refused = quarantine()
    assert refused["row"].to_list() == [2, 3, 4, 5]
    assert set(refused["file"]) == {str(path)}
    none = "expected a JSON object"
    for reason, said in zip(
        refused["reason"], ["malformed JSON: ", none, "not UTF-8 text", none], strict=True
    ):
        assert reason.startswith(said)
    assert '{\\"type\\": \\"WatchEv' in refused["data"][0]


def test_an_event_at_no_time_is_refused(put, take, quarantine) -> None:
    star = event("WatchEvent", {"action": "started"}, created_at="yesterday")
    take("gharchive", put("2026-02-01-5.json", lines(star)))
    assert quarantine()["reason"].to_list() == ["at: not a time in ISO 8601"]


def test_what_says_nothing_of_two_people_is_left_out_and_counted(put, take) -> None:
    events = [
        event("PushEvent", {"commits": []}),
        event("PushEvent", {}),
        event("IssuesEvent", {"action": "closed"}),
        event("CreateEvent", {"ref_type": "branch"}),
        event("CreateEvent", {"ref_type": "repository"}),
        event("WatchEvent", {"action": "started"}, actor=""),
        old("FollowEvent", {"target": user("bob")}),
        {"type": None},
    ]
    receipt = take("gharchive", put("2026-02-01-5.json", lines(*events)))
    assert receipt.entry.rows == {"contents": 1}
    assert receipt.entry.left_out == {
        "PushEvent": 2,
        "IssuesEvent (closed)": 1,
        "CreateEvent (branch)": 1,
        "of an account or repository that is gone": 1,
        "FollowEvent": 1,
    }
    assert receipt.entry.quarantined == 1  # what has no type is no event


def test_a_log_of_another_kind_is_refused_row_by_row(put, take) -> None:
    receipt = take("gharchive", put("2026-02-01-5.json", lines({"author": "ann", "body": "hi"})))
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({}, 1)


def test_what_is_no_number_of_an_issue_is_none(put, take, root) -> None:
    odd = {"action": "opened", "issue": {"number": {"a": 1}, "user": user("ann")}}
    take("gharchive", put("2026-02-01-5.json", lines(event("IssuesEvent", odd))))
    contents = Lake(root).scan("contents").collect()["content"]
    assert contents.to_list() == ["bob/tool"]


def test_bots_are_not_believed_unless_somebody_decides_otherwise(put, take, root) -> None:
    issue = {"action": "created", "issue": {"number": 3, "user": user("robo", "Bot")}}
    star = {"action": "started"}
    events = [
        event("IssueCommentEvent", issue, "renovate[bot]"),
        event("WatchEvent", star),
        old("WatchEvent", star, actor="oldbot", actor_attributes={"type": "Bot"}),
    ]
    take("gharchive", put("2026-02-01-5.json", lines(*events)))
    day = datetime(2026, 2, 2).date()
    believed = steps_in_force(Lake(root), day)
    expected = dict.fromkeys(["oldbot", "renovate[bot]", "robo"], 0.0)
    assert dict(believed.select("account", "authenticity").rows()) == expected
    why = ("integrity", "override", "github:robo", "1", "--lake", root, "--why", "a person")
    assert klout(*why).code == 0
    tomorrow = datetime.now(UTC).date().replace(year=datetime.now(UTC).year + 1)
    now = steps_in_force(Lake(root), tomorrow)
    assert dict(now.select("account", "authenticity").rows())["robo"] == 1.0


def hour(number: int) -> bytes:
    return lines(event("WatchEvent", {"action": "started"}, f"a{number}", id=number))


def test_hours_of_a_folder_are_read_and_those_that_are_missing_named(put, tmp_path: Path) -> None:
    for number in (0, 2, 10, 11):
        put(f"hours/2026-02-01-{number}.json.gz", hour(number))
    put("hours/readme.txt", b"no hour")
    put("hours/2026-02-30-1.json", b"no day")
    ended = klout("ingest", "gharchive", tmp_path / "hours", "--lake", tmp_path / "L")
    assert ended.code == 0
    missing = ", ".join(f"2026-02-01-{n}" for n in (1, *range(3, 10)))
    assert f"klout: {tmp_path}/hours: 8 hours are missing: {missing}\n" in ended.err
    assert "networks: github added\n" in ended.err
    assert "4 interactions" in ended.out
    again = klout(
        "ingest", "gharchive", tmp_path / "hours/2026-02-01-0.json.gz", "--lake", tmp_path / "L"
    )
    assert "missing" not in again.err


def test_a_cut_hour_is_named_and_nothing_is_written(put, tmp_path: Path) -> None:
    for number in range(3):
        put(f"hours/2026-02-01-{number}.json.gz", hour(number) * 999)
    cut = tmp_path / "hours/2026-02-01-1.json.gz"
    cut.write_bytes(cut.read_bytes()[:-20])
    lake = tmp_path / "L"
    said = refused("ingest", "gharchive", tmp_path / "hours", "--lake", lake, "--quiet")
    assert f"{cut}: truncated or corrupt gzip" in said
    assert not lake.exists()


def test_a_folder_without_hours_is_refused(take, tmp_path: Path) -> None:
    with pytest.raises(KloutError, match=r"no hours here, named as"):
        take("gharchive", tmp_path)


def test_a_declaration_of_ones_own_is_kept_and_completed(put, tmp_path: Path) -> None:
    own = tmp_path / "own/github.toml"
    own.parent.mkdir()
    own.write_text('title = "Ours"\n[reactions]\nstar = "our stars"\nsponsor = "sponsors"\n')
    file, lake = put("2026-02-01-5.json", hour(1)), tmp_path / "L"
    ended = klout("ingest", "gharchive", file, "--lake", lake, "--networks", own.parent)
    assert "networks: github: reaction fork is new, reaction issue is new" in ended.err
    declared = Lake(lake).catalogue.network("github")
    meanings = {reaction.name: reaction.meaning for reaction in declared.reactions}
    assert (declared.title, meanings["star"], "sponsor" in meanings) == ("Ours", "our stars", True)
    assert "review" in meanings


def twin(events: list[dict[str, Any]]) -> tuple[Counter[Any], Counter[str]]:
    """Count (reaction, actor, target) of events since 2015, and those that are none, anew."""
    acts: Counter[Any] = Counter()
    others: Counter[str] = Counter()
    for each in events:
        kind, payload = each["type"], each["payload"]
        owner, actor = each["repo"]["name"].split("/")[0], each["actor"]["login"]
        wanted = {"IssuesEvent": "opened", "PullRequestEvent": "opened"}
        if kind in ("WatchEvent", "ForkEvent") or payload.get("action") == wanted.get(kind, 0):
            name = {"WatchEvent": "star", "ForkEvent": "fork", "IssuesEvent": "issue"}
            acts[name.get(kind, "pull_request"), actor, owner] += 1
        elif kind == "IssueCommentEvent":
            acts["comment", actor, payload["issue"]["user"]["login"]] += 1
        elif kind == "PullRequestReviewCommentEvent":
            pull = payload["pull_request"]
            acts["comment", actor, pull["user"]["login"] if pull["user"] else owner] += 1
        elif kind == "CommitCommentEvent":
            acts["comment", actor, owner] += 1
        else:
            others[kind] += 1
    return acts, others


def test_a_real_hour_is_taken_whole(shared, take, rows) -> None:
    file = shared / "github/2015-01-01-0.json.gz"
    receipt = take("gharchive", file)
    events = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    acts, others = twin(events)
    written = Counter(rows("interactions").select("reaction", "actor", "target").iter_rows())
    assert written == acts
    assert (sum(acts.values()), receipt.entry.quarantined) == (2_044, 0)
    made = [e for e in events if e["payload"].get("ref_type") == "repository"]
    left_out = Counter()
    for reason, number in receipt.entry.left_out.items():
        left_out[reason.split(" (")[0]] += number
    left_out["CreateEvent"] += sum(e["type"] == "CreateEvent" for e in made)
    assert left_out == others
    contents = rows("contents")
    opened = Counter(r for r, _, _ in acts.elements())
    by_kind = dict(contents["kind"].value_counts().rows())
    assert by_kind["issue"] == opened["issue"]
    repositories = {e["repo"]["name"] for e in made if e["type"] == "CreateEvent"}
    assert set(contents.filter(kind="repository")["content"]) == repositories
    # What was made twice under a name is one.
    assert len(contents) + receipt.entry.repeated == (
        len([e for e in made if e["type"] == "CreateEvent"])
        + opened["issue"]
        + opened["pull_request"]
    )


def based(language: str | None, *topics: str, action: str = "opened") -> dict[str, Any]:
    base = {"repo": {"language": language, "topics": list(topics)}}
    return {"action": action, "pull_request": {"number": 3, "user": user("eve"), "base": base}}


def test_what_an_event_says_of_its_repository_is_what_it_and_its_request_are_about(
    acts, rows
) -> None:
    acts(
        event("PullRequestEvent", based("F#", "cli", "F#"), id=1),
        event("PullRequestReviewEvent", based("F#") | {"action": "created"}, id=2),
        event("PullRequestEvent", based("Go", action="closed"), id=3, repo={"name": "eve/x"}),
        event("PullRequestEvent", based(None), id=4, repo={"name": "eve/y"}),
        event("PullRequestEvent", based("C"), id=5, repo={"name": "/"}),
        event("WatchEvent", {"action": "started"}, id=6),
    )
    assert rows("topics").select("content", "topic", "author").rows() == [
        ("bob/tool", "F#", "bob"),
        ("bob/tool", "cli", "bob"),
        ("bob/tool#3", "F#", "eve"),
        ("bob/tool#3", "cli", "eve"),
        ("eve/x", "Go", "eve"),
    ]


def test_until_2014_every_event_said_the_language(put, take, rows) -> None:
    repository = {"name": "tool", "owner": "bob", "language": "Perl"}
    events = [old(kind, {}, repository=repository) for kind in ("PushEvent", "WatchEvent")]
    take("gharchive", put("2012-03-18-0.json.gz", lines(*events)))
    assert rows("topics").rows() == [("github", "bob/tool", "Perl", "bob")]


def test_languages_of_a_real_hour_are_all_taken(shared: Path, take, rows) -> None:
    file = shared / "github/2015-01-01-0.json.gz"
    expected = set()
    for line in gzip.decompress(file.read_bytes()).splitlines():
        each = json.loads(line)
        request = each["payload"].get("pull_request")
        if request is None or not (language := request["base"]["repo"]["language"]):
            continue
        name = each["repo"]["name"]
        expected.add((name, language, name.split("/")[0]))
        if each["type"] != "PullRequestEvent" or each["payload"]["action"] == "opened":
            expected.add((f"{name}#{request['number']}", language, request["user"]["login"]))
    assert take("gharchive", file).entry.quarantined == 0
    assert set(rows("topics").select("content", "topic", "author").iter_rows()) == expected
    assert len(rows("topics")) == len(expected) > 200


def test_an_hour_that_is_there_twice_is_refused(put, take, tmp_path: Path) -> None:
    put("hours/2026-02-01-5.json.gz", hour(5))
    put("hours/2026-02-01-05.json", hour(5))
    with pytest.raises(KloutError, match=r"-5\.json\.gz: the hour of 2026-02-01-05\.json; give"):
        take("gharchive", tmp_path / "hours")


def test_refused_events_are_found_again_and_nothing_is_counted_twice(put, take) -> None:
    data = hour(1) + b'{"type": "Wat\n' + lines(event("PushEvent", {}))
    path = put("2026-02-01-5.json.gz", data)
    first = take("gharchive", path)
    assert (first.entry.rows, first.entry.quarantined) == ({"interactions": 1}, 1)
    again = take("gharchive", path)
    assert again.already
    assert again.entry.left_out == {"PushEvent": 1}
    assert again.first_reason.startswith(f"{path}, row 2: malformed JSON")
