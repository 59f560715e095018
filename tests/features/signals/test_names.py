"""Two accounts that share a key are never taken for one: the day fails, and names them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars_hash import NonCryptographicHashingNameSpace
from typer.testing import CliRunner

from features.errors import KloutError
from features.incremental.cache import Cache
from features.lake import Lake
from features.signals.materialize import materialize
from serving.cli.app import app
from tests.support.days import ONE, ago, came, likes, model
from tests.support.histories import Tables, arrive, moved_on
from tests.support.naive import midnight
from tests.support.worlds import AS_OF, SMALL, World
from training.integrity.behaviours.measure import behaviours
from training.integrity.daily.judge_due import judge_due

EARLIER, AT = AS_OF - timedelta(4), midnight(AS_OF - timedelta(6))
TWITTER = SMALL.networks[0]


@pytest.fixture(autouse=True)
def twins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts ann and bob have one key."""

    def hashed(ids: pl.Expr, seed: int = 0) -> pl.Expr:
        one = ids.cast(pl.String).replace("bob", "ann")
        return NonCryptographicHashingNameSpace(one).xxh3_64(seed=seed)

    monkeypatch.setattr("features.storage.hashing.hashed", hashed)


def reaction(actor: str, target: str) -> World:
    row = {"network": "twitter", "reaction": "like", "actor": actor, "target": target}
    return {"interactions": [row | {"content": None, "at": AT, "id": None}]}


def counter(name: str) -> World:
    row = {"network": "twitter", "account": name, "counter": "followers", "value": 5.0}
    return {"counters": [row | {"at": AT}]}


def content(name: str) -> World:
    row = {"network": "twitter", "author": name, "content": "1", "kind": "tweet", "at": AT}
    return {"contents": [row]}


def claim(name: str) -> World:
    row = {"person": "p", "network": "twitter", "account": name, "kind": "personal"}
    return {"identities": [row | {"connected_at": AT, "disconnected_at": None}]}


def score(name: str) -> World:
    at = midnight(EARLIER - timedelta(9))
    return {"scores": [{"person": f"twitter:{name}", "score": 50.0, "as_of": at}]}


def doubt(name: str) -> World:
    row = {"network": "twitter", "account": name, "authenticity": 0.5, "reasons": None}
    return {"authenticity": [row | {"as_of": midnight(EARLIER - timedelta(9))}]}


Role = Callable[[str], World]
ROLES: dict[str, Role] = {
    "acts": lambda name: reaction(name, "cy"),
    "receives": lambda name: reaction("cy", name),
    "counted": counter,
    "publishes": content,
    "claimed": claim,
    "scored": score,
    "doubted": doubt,
}
ONLY_JOINED = ("scored", "doubted")
"""What is known of them is kept by key; who never takes part is in no table beside."""

ACTING = [("acts", other) for other in ROLES]
KEPT = [
    *ACTING,
    *((other, "acts") for other in ROLES if other not in ("acts", *ONLY_JOINED)),
    ("counted", "publishes"),
    ("publishes", "claimed"),
]


def refused() -> pytest.RaisesExc[KloutError]:
    return pytest.raises(
        KloutError, match="accounts 'ann' and 'bob' have one key, 482c89484cbd62c8"
    )


def filled(root: Path, *worlds: World, number: int = 0) -> Lake:
    """Write worlds, with a row of another account, so that there is always a day to fold."""
    rows: World = {}
    for world in (*worlds, reaction("dee", "eve")):
        for table, some in world.items():
            rows.setdefault(table, []).extend(some)
    return arrive(root, rows, number)


@pytest.mark.parametrize(("one", "other"), ACTING)
def test_from_the_lake_alone(one: str, other: str, tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", ROLES[one]("ann"), ROLES[other]("bob"))
    if other in ("counted", "publishes"):  # joined by name: nothing can fall together
        assert len(materialize(lake, AS_OF, SMALL).collect())
        return
    with refused():
        materialize(lake, AS_OF, SMALL).collect()


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize(("one", "other"), ACTING)
def test_on_a_first_day(one: str, other: str, shards: int, tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", ROLES[one]("ann"), ROLES[other]("bob"))
    with refused():
        moved_on(lake, AS_OF, {}, shards=shards)


@pytest.mark.parametrize(("kept", "new"), KEPT)
def test_from_one_day_to_the_next(kept: str, new: str, tmp_path: Path) -> None:
    """The new one comes late: what it does is of days that were counted already."""
    tables: Tables = {}
    moved_on(filled(tmp_path / "lake", ROLES[kept]("ann")), EARLIER, tables)
    if new in ONLY_JOINED:
        new, late = "acts", ROLES[new]("bob") | reaction("ann", "bo")
    else:
        late = ROLES[new]("bob")
    lake = filled(tmp_path / "lake", late, number=1)
    with refused():
        moved_on(lake, AS_OF, tables)


def test_on_the_day_that_is_new_and_by_the_command_line(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    model().save(tmp_path / "model")
    words = ["daily", "--lake", str(root), "--model", str(tmp_path / "model"), "--as-of"]
    came(root, 0, [row | {"actor": "ann"} for row in likes(ago(9), 3)])
    assert CliRunner().invoke(app, [*words, str(ago(7))]).exit_code == 0
    came(root, 1, [row | {"actor": "bob"} for row in likes(ago(7), 3)])
    for _ in range(2):
        said = CliRunner().invoke(app, [*words, str(ago(6))])
        assert said.exit_code == 1
        assert isinstance(said.exception, KloutError)
        assert "'ann' and 'bob' have one key" in str(said.exception)
    published = [file.stem for file in (root / "published").iterdir()]
    assert published == [str(ago(7))]


def test_where_accounts_are_judged(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    lake = filled(root, reaction("ann", "cy"))
    cache = Cache(tmp_path / "judged")
    judge_due(cache, lake, EARLIER, ONE, None).commit(lake)
    lake = filled(root, reaction("cy", "bob"), number=1)
    with refused():
        judge_due(Cache(tmp_path / "judged"), lake, AS_OF, ONE, None)
    with refused():
        behaviours(lake, AS_OF, TWITTER)
