"""Hours of GitHub's public events, as https://www.gharchive.org publishes them since 2011.

===============================  ===============  ===================================  ===========
event (action)                   reaction         actor → target                       content
===============================  ===============  ===================================  ===========
WatchEvent (started)             star             → repository's owner                 o/r
ForkEvent                        fork             → repository's owner                 o/r
IssuesEvent (opened)             issue            → repository's owner                 o/r
PullRequestEvent (opened)        pull_request     → repository's owner                 o/r
IssueCommentEvent (created)      comment          → author of the issue, else owner    o/r#12
PullRequestReviewEvent           review           → author of the request, else owner  o/r#12
PullRequestReviewCommentEvent    comment          → author of the request, else owner  o/r#12
CommitCommentEvent               comment          → repository's owner                 o/r@commit
===============================  ===============  ===================================  ===========

What a repository is about is its language and its topics, where an event says them: one on a pull
request (until October 2025), and every one until 2014. It is said of the repository, and of the
request.

Contents are the repositories, issues and pull requests that were made. All other events say nothing
of two people, or (FollowEvent, until 2013) what can be undone unseen; they are left out and counted
by their type, as are those whose account or repository is gone.

The form changed, and is told by each event, not by the date of its file:

- 2011: as today's, but that ``issue`` is a number and ``repo.name`` is ``/`` where it is gone.
- 2012 to 2014: the actor is a login, the repository is under ``repository``, times have an offset
  (``2012/03/18 00:00:05 -0700``). There are no ids, so an event in two files is two. Comments name
  neither issue nor author: the number is taken from the event's ``url``, the target is the owner.
- Since 2015: ``actor.login``, ``repo.name``, times in UTC.
- Since 7 October 2025 pull requests are stubs without their author: reviews and comments on them
  are to the repository's owner, and whoever opens one is its author.

Accounts are logins. A login that ends in ``[bot]``, as only apps have them, or that the event calls
a Bot, is not believed to act for itself: ``overrides`` says so, below what people decide by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from features.lake import Piece
from features.lake.times import EARLIEST
from features.sources.glance import Glance, Known
from features.sources.hours import files_of, hour_of, missing
from features.sources.json_objects import Block, Object, part_of, read_objects, text_of
from features.sources.reader import Options, Reader

NETWORK = "github"


@dataclass(frozen=True)
class _Rule:
    """What a type of event is.

    Attributes
    ----------
    reaction
        The reaction that it is.
    action
        The action that counts; None: any.
    about
        The part of the payload that is reacted to or made, if not the repository.
    to_author
        Whether the reaction is to the author of that part.
    makes
        The kind of content that is made with it.
    """

    reaction: str
    action: str | None = None
    about: str = ""
    to_author: bool = False
    makes: str = ""


RULES = {
    "WatchEvent": _Rule("star", "started"),
    "ForkEvent": _Rule("fork"),
    "IssuesEvent": _Rule("issue", "opened", "issue", makes="issue"),
    "PullRequestEvent": _Rule("pull_request", "opened", "pull_request", makes="pull_request"),
    "IssueCommentEvent": _Rule("comment", "created", "issue", to_author=True),
    "PullRequestReviewEvent": _Rule("review", "created", "pull_request", to_author=True),
    "PullRequestReviewCommentEvent": _Rule("comment", "created", "pull_request", to_author=True),
    "CommitCommentEvent": _Rule("comment"),
}

CREATE = "CreateEvent"

GONE = "of an account or repository that is gone"
"""Why an event is left out whose actor or owner has no name."""

WHY = "GitHub calls it a bot"

_NUMBER = re.compile(r"/(?:issues|pull)/(\d+)")

_TEXTS = ("reaction", "actor", "target", "content", "at", "id")
_MADE = ("author", "content", "kind", "at")
_ABOUT = ("content", "topic", "author")


@dataclass
class _Rows:
    """What is made of some events.

    Attributes
    ----------
    acts, made
        Rows of interactions and of contents, each with its number first.
    about
        Content and topic, each pair once, to the row's number and the author.
    left_out
        Events that make no interaction.
    bots
        Logins of bots, of all events so far.
    """

    bots: set[str]
    acts: list[tuple[Any, ...]] = field(default_factory=list)
    made: list[tuple[Any, ...]] = field(default_factory=list)
    about: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def say_about(self, number: int, content: str, tags: Iterable[str], author: str) -> None:
        """Take what a content is about, if it has a name."""
        for tag in tags if author else ():
            self.about.setdefault((content, tag), (number, author))


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    bots: set[str] = set()
    for file in files_of(path):
        for block in read_objects(file):
            yield from _pieces(file, block, bots)
    if bots:
        yield Piece("overrides", _overrides(sorted(bots)), str(path))


def _pieces(file: Path, block: Block, bots: set[str]) -> Iterator[Piece]:
    rows = _Rows(bots)
    for number, event in block.objects():
        if text_of(event.get("type")) is None:
            block.refuse(number, "no type: no event of GitHub's", event)
        else:
            _take(number, event, rows)
    acts = pl.concat([_frame(rows.acts, _TEXTS), block.refused("actor")], how="diagonal")
    yield Piece("interactions", acts, str(file), rows.left_out)
    if rows.made:
        yield Piece("contents", _frame(rows.made, _MADE), str(file))
    if rows.about:
        about = [(row, *said, author) for said, (row, author) in rows.about.items()]
        yield Piece("topics", _frame(about, _ABOUT), str(file))


def _frame(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    schema = {"row": pl.UInt64(), **dict.fromkeys(names, pl.String())}
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    series = zip(schema.items(), columns, strict=True)
    frame = pl.DataFrame([pl.Series(name, values, dtype) for (name, dtype), values in series])
    return frame.with_columns(network=pl.lit(NETWORK))


def _take(number: int, event: Object, rows: _Rows) -> None:
    """Make of one event what it is: an interaction, a content, both, or nothing."""
    kind = str(event["type"])
    payload = part_of(event, "payload")
    rule = RULES.get(kind)
    owner, repository = _repository(event)
    rows.say_about(number, repository, _tags(event), owner)
    if kind == CREATE:
        _create(number, event, rows)
        return
    action = payload.get("action", rule.action if rule else None)
    if rule is None or (rule.action and action != rule.action):
        rows.left_out[f"{kind} ({action})" if rule else kind] += 1
        return
    actor = _login(event, "actor", rows.bots)
    if not owner or not actor:
        rows.left_out[GONE] += 1
        return
    at, about = _time(event), part_of(payload, rule.about)
    author = _login(about, "user", rows.bots)
    content = _content(repository, rule, about, payload, event)
    target = (author if rule.to_author else None) or owner
    reacted_to = repository if rule.makes else content
    if content != repository:
        rows.say_about(number, content, _tags(event), author or actor if rule.makes else target)
    act = (rule.reaction, actor, target, reacted_to, at, text_of(event.get("id")))
    rows.acts.append((number, *act))
    if rule.makes:
        rows.made.append((number, author or actor, content, rule.makes, at))


def _create(number: int, event: Object, rows: _Rows) -> None:
    """Take a repository that was made; branches and tags are made as well."""
    owner, repository = _repository(event)
    made = text_of(part_of(event, "payload").get("ref_type"))
    if made != "repository":
        rows.left_out[f"{CREATE} ({made})"] += 1
    elif owner:
        rows.made.append((number, owner, repository, made, _time(event)))
    else:
        rows.left_out[GONE] += 1


def _content(repository: str, rule: _Rule, about: Object, payload: Object, event: Object) -> str:
    """Name what was reacted to or made; the repository where nothing else is named."""
    if rule.about:
        number = text_of(about.get("number")) or text_of(payload.get("number"))
        if number is None and (match := _NUMBER.search(text_of(event.get("url")) or "")):
            number = match[1]
        return repository if number is None else f"{repository}#{number}"
    if rule.reaction == "comment":
        commit = text_of(part_of(payload, "comment").get("commit_id") or payload.get("commit"))
        return f"{repository}@{commit}" if commit else repository
    return repository


def _login(of: Object, name: str, bots: set[str]) -> str | None:
    """Give a login, be it a text or within an object, and remember it if it is a bot's."""
    found = of.get(name)
    if isinstance(found, dict):
        login, is_bot = text_of(found.get("login")), found.get("type") == "Bot"
    else:
        login = text_of(found)
        is_bot = name == "actor" and part_of(of, "actor_attributes").get("type") == "Bot"
    if login and (is_bot or login.endswith("[bot]")):
        bots.add(login)
    return login


def _repository(event: Object) -> tuple[str, str]:
    """Give the owner and ``owner/name``; empty texts where they are gone."""
    if isinstance(named := part_of(event, "repo").get("name"), str):
        owner = named.partition("/")[0]
        return owner, named if owner else ""
    old = part_of(event, "repository")
    owner = _login(old, "owner", set()) or ""
    return owner, f"{owner}/{text_of(old.get('name'))}" if owner else ""


def _tags(event: Object) -> list[str]:
    """Name the language and the topics of the repository that an event is on, if it says them."""
    request = part_of(part_of(event, "payload"), "pull_request")
    found = part_of(event, "repository") or part_of(part_of(request, "base"), "repo")
    topics = found.get("topics")
    every = (found.get("language"), *(topics if isinstance(topics, list) else ()))
    return [tag for tag in every if isinstance(tag, str) and tag]


def _time(event: Object) -> str | None:
    """Give the time as ISO 8601; that of 2012 has strokes in its date."""
    at = text_of(event.get("created_at"))
    return at.replace("/", "-") if at else at


def _overrides(bots: list[str]) -> pl.DataFrame:
    """Say of bots that they don't act for themselves; what people decide is later, and counts."""
    return pl.DataFrame({"account": bots}).select(
        "account",
        network=pl.lit(NETWORK),
        authenticity=0.0,
        why=pl.lit(WHY),
        decided_at=pl.lit(EARLIEST),
        row=pl.int_range(1, pl.len() + 1, dtype=pl.UInt64),
    )


def _knows(seen: Glance) -> Known | None:
    hours = [name for name in seen.names if hour_of(name) is not None]
    if seen.is_folder:
        return Known(f"hours of GitHub events: {len(hours):,}") if hours else None
    events = seen.objects()
    kinds = {str(each.get("type")) for each in events}
    has_repository = any("repo" in each or "repository" in each for each in events)
    if has_repository and all(kind.endswith("Event") for kind in kinds):
        return Known("an hour of GitHub events")
    return None


GHARCHIVE = Reader(
    "gharchive",
    "GitHub's public events (GH Archive; an hour's file, or a folder of them): network github",
    files_of,
    _read,
    named=False,
    networks=(NETWORK,),
    remarks=missing,
    knows=_knows,
)
