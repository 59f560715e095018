"""A small world in which everything happens that behaviours look at."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from tests.support.naive import midnight
from tests.support.worlds import AS_OF, World

Row = dict[str, Any]


def deed(actor: str, target: str, at: datetime, content: str | None = None) -> Row:
    row = {"network": "twitter", "reaction": "like", "actor": actor, "target": target}
    return row | {"content": content, "at": at, "id": None}


def said(author: str, content: str, at: datetime) -> Row:
    return {
        "network": "twitter",
        "author": author,
        "content": content,
        "kind": "tweet",
        "at": at,
    }


def world_of(interactions: list[Row], contents: list[Row] | None = None, **tables: Any) -> World:
    names = ("counters", "links", "identities", "scores")
    rest = {name: tables.get(name, []) for name in names}
    return {"interactions": interactions, "contents": contents or [], **rest}


def ago(days: float) -> datetime:
    return midnight(AS_OF) - timedelta(days)


def busy_world(seed: int) -> World:
    """Ten people, a pod of four, a customer with twelve throw-away fans, and a second account."""
    rng = random.Random(seed)
    people = [f"u{number}" for number in range(10)]
    contents = [
        said(author, f"{author}-{number}", ago(rng.uniform(-1, 95)))
        for author in [*people, "silent"]
        for number in range(6)
    ]
    deeds = [_reaction(rng, people, contents) for _ in range(250)]
    moments = [ago(rng.uniform(1, 80)) for _ in range(8)]
    together = [
        deed(f"pod{who}", "u1", moment + timedelta(seconds=30 * who), None)
        for moment in moments
        for who in range(4)
        if rng.random() < 0.9
    ]
    burst = ago(5.5)
    crowd = [deed(f"new{n}", "u2", burst + timedelta(seconds=70 * n)) for n in range(12)]
    crowd += [deed("u3", "u2", burst + timedelta(minutes=2))]
    claim = {"network": "twitter", "kind": "personal", "connected_at": ago(200)}
    same = [claim | {"person": "p", "account": a, "disconnected_at": None} for a in ("u4", "u5")]
    counters = [_counter(rng, account) for account in people for _ in range(2)]
    return world_of(deeds + together + crowd, contents, identities=same, counters=counters)


def _reaction(rng: random.Random, people: list[str], contents: list[Row]) -> Row:
    actor = people[int(10 * rng.random() ** 2)]
    if rng.random() < 0.4:
        return deed(actor, rng.choice(people), ago(rng.uniform(-1, 95)))
    content = rng.choice(contents)
    later = timedelta(minutes=60 * 2 ** rng.uniform(-6, 9))
    author = "u6" if content["author"] == "silent" else content["author"]
    return deed(actor, author, content["at"] + later, content["content"])


def _counter(rng: random.Random, account: str) -> Row:
    row = {"network": "twitter", "account": account, "counter": rng.choice(["followers", "lists"])}
    return row | {"value": float(rng.randrange(1000)), "at": ago(rng.uniform(-2, 100))}
