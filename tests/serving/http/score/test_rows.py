"""Rows about one person score as they do after ingest, materialize and score."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.signals.materialize import materialize
from features.sources.ingest import ingest
from serving.http.score.rows import signals_of_rows
from serving.http.score.schemas import ScoreRequest
from training.influence.model import Model

AS_OF = date(2014, 10, 1)
ACCOUNTS = [("twitter", "me"), ("twitter", "me_too"), ("instagram", "me"), ("googleplus", "g")]


def busy_person(model: Model, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of 120 days, some older than any window, repeated, or by the person itself."""
    random = Random(seed)
    declared = {network.name: network for network in model.catalogue.networks}

    def moment() -> str:
        ago = timedelta(seconds=random.randrange(1, 120 * 86_400))
        return (datetime(2014, 10, 1) - ago).isoformat() + "Z"

    def interaction() -> dict[str, Any]:
        network, target = random.choice(ACCOUNTS)
        reaction = random.choice(declared[network].reactions).name
        actor = random.choice(["me", *(f"fan{i}" for i in range(30))])
        content = random.choice([None, *(f"c{i}" for i in range(8))])
        row = {"network": network, "reaction": reaction, "actor": actor, "target": target}
        return row | {"content": content, "at": moment(), "id": random.choice([None, "1", "2"])}

    def content() -> dict[str, Any]:
        network = random.choice([n for n, _ in ACCOUNTS if declared[n].contents])
        author = random.choice([account for n, account in ACCOUNTS if n == network])
        kind = random.choice(declared[network].contents).name
        name = f"c{random.randrange(40)}"
        return {"network": network, "author": author, "content": name, "kind": kind, "at": moment()}

    def counter() -> dict[str, Any]:
        network, account = random.choice([pair for pair in ACCOUNTS if declared[pair[0]].counters])
        name = random.choice(declared[network].counters).name
        row = {"network": network, "account": account, "counter": name}
        return row | {"value": round(random.random() * 1000, 3), "at": moment()}

    return {
        "interactions": [interaction() for _ in range(300)],
        "contents": [content() for _ in range(60)],
        "counters": [counter() for _ in range(20)],
        "links": [
            {"network": "wikipedia", "source": f"Page {i}", "target": "Me"} for i in range(5)
        ],
    }


def by_the_lake(
    rows: dict[str, list[dict[str, Any]]], model: Model, folder: Path
) -> dict[str, Any]:
    """What `klout ingest`, `materialize` and `score` say of the same rows."""
    owners = [
        {
            "person": "me",
            "network": n,
            "account": a,
            "kind": "personal",
            "connected_at": "2010-01-01",
        }
        for n, a in [*ACCOUNTS, ("wikipedia", "Me")]
    ]
    for table, lines in {**rows, "identities": owners}.items():
        file = folder / f"{table}.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert ingest(folder / "lake", "tables", file, model.catalogue).entry.quarantined == 0
    signals = materialize(Lake(folder / "lake"), AS_OF, model.catalogue).collect()
    return model.score(signals.filter(pl.col("person") == "me")).to_dicts()[0]


def test_rows_score_as_through_the_lake_to_the_bit(
    client: httpx.Client, model: Model, tmp_path: Path
) -> None:
    for seed in range(3):
        rows = busy_person(model, seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        accounts = [{"network": n, "account": a} for n, a in [*ACCOUNTS, ("wikipedia", "Me")]]
        request = {"person": "me", "as_of": str(AS_OF), "accounts": accounts, **rows}
        answer = client.post("/score", json=request).json()
        expected = by_the_lake(rows, model, folder)
        assert answer["parts"] == {
            name.removeprefix("part."): part
            for name, part in expected.items()
            if name.startswith("part.")
        }
        assert (answer["score"], answer["influence"]) == (expected["score"], expected["influence"])
        assert answer["influence"] > model.base


def test_accounts_are_implied_by_the_rows(client: httpx.Client, model: Model) -> None:
    rows = busy_person(model, 9)
    del rows["links"]
    named = [{"network": n, "account": a} for n, a in ACCOUNTS]
    implied = client.post("/score", json={"as_of": str(AS_OF), **rows}).json()
    assert (
        implied
        == client.post("/score", json={"as_of": str(AS_OF), "accounts": named, **rows}).json()
    )


def test_one_more_reaction_never_lowers_the_score(client: httpx.Client, model: Model) -> None:
    interactions = busy_person(model, 4)["interactions"]
    scores = []
    for size in (0, 1, 2, 5, 20, 80, 300):
        request = {"as_of": str(AS_OF), "interactions": interactions[:size]}
        scores.append(client.post("/score", json=request).json()["score"])
    assert scores == sorted(scores)


def test_what_is_older_than_ninety_days_changes_nothing(client: httpx.Client, model: Model) -> None:
    def score(interactions: list[dict[str, Any]]) -> float:
        request = {
            "as_of": str(AS_OF),
            "accounts": [{"network": n, "account": a} for n, a in ACCOUNTS],
            "interactions": interactions,
        }
        return float(client.post("/score", json=request).json()["score"])

    rows = busy_person(model, 5)["interactions"]
    for row in rows:  # else an old row could be the first of two with its id
        row["id"] = None
    assert score(rows) == score([row for row in rows if row["at"] >= "2014-07-03"])


def test_no_rows_are_nobody(client: httpx.Client, model: Model) -> None:
    answer = client.post("/score", json={"interactions": []}).json()
    assert answer["influence"] == model.base


def test_one_id_on_several_reactions_is_as_many_interactions() -> None:
    pair = {"network": "twitter", "actor": "fan", "target": "me", "at": "2014-09-30T12:00:00Z"}
    rows = [
        {**pair, "reaction": "reply", "id": "1"},
        {**pair, "reaction": "mention", "id": "1"},
        {**pair, "reaction": "mention", "id": "1", "actor": "other"},
        {**pair, "reaction": "mention", "id": "1", "at": "2014-09-29T12:00:00Z"},
    ]
    asked = {"person": "me", "as_of": "2014-10-01", "interactions": rows}
    catalogue = Catalogue(load_networks())
    names = [signal.name for signal in catalogue.signals]
    counted = dict(
        zip(
            names,
            signals_of_rows(ScoreRequest.model_validate_json(json.dumps(asked)), catalogue),
            strict=True,
        )
    )
    assert counted["twitter.reply.count.7d"] == 1
    assert counted["twitter.mention.count.7d"] == 2
