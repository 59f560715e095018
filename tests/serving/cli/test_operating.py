"""What docs/operations.md has an operator type, typed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.people.accounts import connect
from features.people.optouts import opt_out
from serving.daily.run import daily
from serving.store import Store
from serving.store.backup import backup
from serving.store.engine import connected, parsed
from serving.store.published_rows import Ranked, Scored
from serving.store.schema import REVISION
from serving.store.upgrading import revision
from tests.support.days import ONE, ago, came, likes
from tests.support.documented import boxes, run
from tests.support.first_version import as_of_the_first_version
from tests.support.populations import quick_model
from tests.support.postgres import missing, running
from tests.support.store_people import after, day
from training.influence.model import Model

SQLITE = "sqlite:///L/store.db"
LAST = ago(6)
"""The latest day of the lake."""


def model(seed: int = 1) -> Model:
    """One of the networks that are in force where nothing else is said."""
    return quick_model(Catalogue(load_networks()), seed)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout's folder: a model, and a lake of which two days are published."""
    place = tmp_path_factory.mktemp("made")
    model().save(place / "models/champion")
    (place / "mlflow").mkdir()
    lake = place / "L"
    came(lake, 0, [*likes(ago(9), 300), *likes(ago(8), 30), *likes(ago(1), 40)])
    since = datetime(2014, 1, 1, tzinfo=UTC)
    connect(lake, "ann", ("twitter", "star0"), "personal", since, ONE)
    for each in (7, 6):
        daily(lake, ago(each), model(), store=f"sqlite:///{lake / 'store.db'}")
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to work in, with no store in the environment."""
    shutil.copytree(made, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    for name in ("KLOUT_STORE_URL", "KLOUT_LAKE", "KLOUT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "place"


def answers(url: str = SQLITE, *, is_new: bool = False) -> dict[str, Any]:
    """All that a store answers; of a new one without the time of publishing."""
    with Store.open(url) as store, store.read() as now:
        board = now.leaderboard()
        people = [each.scored.person for each in board]
        days = [replace(each, published_at=None) if is_new else each for each in now.days]
        return {
            "days": days,
            "board": board,
            "twitter": now.leaderboard("twitter"),
            "people": {each: now.person(each) for each in people},
            "history": {each: now.history(each) for each in people},
            "accounts": {each: now.accounts(each) for each in people},
            "owner": now.owner("twitter", "star0"),
            "search": now.search("star"),
        }


UNSURE = {"confidence": 0.0, "low": 1.0, "high": 100.0}
"""What a store of before confidence says of every score, until the next day comes."""


def unsure(told: Any) -> Any:
    """Give the same answers as a store has them that knew nothing of confidence."""
    if isinstance(told, Scored):
        return replace(told, **UNSURE)
    if isinstance(told, dict):
        return {name: unsure(each) for name, each in told.items()}
    if isinstance(told, list):
        return [unsure(each) for each in told]
    return replace(told, scored=unsure(told.scored)) if isinstance(told, Ranked) else told


def test_what_is_answered_is_of_all_days_and_people(place: Path) -> None:
    told = answers()
    assert [each.as_of for each in told["days"]] == [ago(7), LAST]
    assert told["owner"].person == "ann"
    assert len(told["history"]["ann"]) == 2


def test_a_restored_store_answers_as_it_did_when_it_was_copied(place: Path) -> None:
    with Store.open(SQLITE, write=True) as store:
        key, secret = store.create_key("ann", ["read"])
    before = answers()
    run("back up the store in SQLite")
    with Store.open(SQLITE, write=True) as store:
        store.remove("ann")
        store.revoke_key(key.id)
    run("restore the store in SQLite")
    assert answers() == before
    with Store.open(SQLITE) as store:
        assert store.verify_key(secret) == key


def test_days_that_were_taken_back_are_answered_as_before_and_can_be_run_again(
    place: Path,
) -> None:
    whole = answers(is_new=True)
    said = run("take days back", day=str(LAST))
    assert f"{LAST}: withdrawn; readers of the lake saw 4 persons, by model " in said
    assert f"store {SQLITE}: serves {ago(7)}" in said
    assert [each.as_of for each in answers()["days"]] == [ago(7)]
    daily(place / "L", LAST, model(), store=SQLITE)
    assert answers(is_new=True) == whole


def test_a_restored_store_gets_the_days_since_and_loses_who_opted_out_since(place: Path) -> None:
    run("back up the store in SQLite")
    daily(place / "L", ago(5), model(), store=SQLITE)
    opt_out(place / "L", "ann", datetime.now(UTC) - timedelta(hours=1), ONE)
    run("restore the store in SQLite")
    told = answers()
    assert told["days"][-1].as_of == ago(5)
    assert "ann" not in told["people"]
    assert told["owner"] is None


def test_a_copy_made_while_days_are_published_is_of_the_latest_day_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with publishing(url, days=2_000) as is_busy, Store.open(url) as store:
        seen = set()
        while is_busy() and len(seen) < 8:
            before = store.latest()
            backup(url, tmp_path / "copy")
            assert {file.name for file in tmp_path.glob("*copy*")} == {"copy"}
            seen.add(copied := is_of_one_day(f"sqlite:///{tmp_path / 'copy'}"))
            assert copied >= before
    assert len(seen) > 3


@contextmanager
def publishing(url: str, days: int) -> Iterator[Callable[[], bool]]:
    """Publish day after day, the n-th with 1 + n/1000 points for each of two hundred people."""
    enough = Event()

    def go_on() -> None:
        with Store.open(url, write=True) as store:
            for number in range(2, days):
                if enough.is_set():
                    return
                store.publish(day(number, points(number)))

    with Store.open(url, write=True) as store:
        store.publish(day(1, points(1)))
    writer = Thread(target=go_on)
    writer.start()
    try:
        yield writer.is_alive
    finally:
        enough.set()
        writer.join()


def points(number: int) -> dict[str, float]:
    return {f"p{n:03}": 1 + number / 1000 for n in range(200)}


def is_of_one_day(url: str) -> date:
    """Make sure that a store's parts agree, and tell the day."""
    with Store.open(url, write=True) as store, store.read() as now:
        number = (now.day.as_of - after(0)).days
        board = {each.scored.person: each.scored.score for each in now.leaderboard(limit=500)}
        assert board == pytest.approx(points(number), abs=1e-5)
        assert [each.as_of for each in now.days] == [after(n) for n in range(1, number + 1)]
        assert len(now.history("p007", after(0), after(2_000))) == number
        return now.day.as_of


def test_no_copy_is_made_of_nothing_nor_over_the_store_itself(place: Path) -> None:
    with pytest.raises(KloutError, match=r"no store at sqlite:///none\.db"):
        backup("sqlite:///none.db", Path("copy"))
    with pytest.raises(KloutError, match="is the store itself"):
        backup(SQLITE, Path("models/../L/store.db"))
    with pytest.raises(KloutError, match="`pg_dump -Fc DATABASE > FILE` is for PostgreSQL"):
        backup("postgresql+psycopg://klout@db/klout", Path("copy"))
    Path("copy").write_text("of yesterday")
    Path("broken.db").write_text("no database" * 100)
    with pytest.raises(KloutError, match=r"store sqlite:///broken\.db: file is not a database"):
        backup("sqlite:///broken.db", Path("copy"))
    assert Path("copy").read_text() == "of yesterday"
    assert not list(place.glob(".copy*"))


def test_a_store_made_anew_from_the_lake_answers_what_was_published(place: Path) -> None:
    before = answers(is_new=True)
    run("make the store anew from the lake")
    assert answers(is_new=True) == before


def test_a_restored_lake_goes_on_to_the_same_scores(place: Path) -> None:
    run("back up the lake and the models")
    daily(place / "L", ago(5), model(), store=SQLITE)
    before = answers(is_new=True)
    for gone in ("L", "models", "mlflow"):
        shutil.rmtree(gone)
    run("restore the lake and the models")
    assert not Path("L/store.db").exists()
    run("make the store anew from the lake")
    run("start on this machine", slice(1), day=str(ago(5)))
    assert answers(is_new=True) == before


def test_tables_of_the_first_version_are_upgraded_and_answer_the_same(place: Path) -> None:
    before = answers()
    as_of_the_first_version(place / "L/store.db")
    with pytest.raises(KloutError, match="run `klout store upgrade`"):
        Store.open(SQLITE)
    assert run("upgrade the store").endswith(f" has schema {REVISION}\n")
    assert answers() == unsure(before)


def test_the_backup_of_before_an_upgrade_brings_the_older_tables_back(place: Path) -> None:
    before = answers()
    as_of_the_first_version(place / "L/store.db")
    run("back up the store in SQLite")
    run("upgrade the store")
    run("restore the store in SQLite", slice(2))
    engine = connected(parsed(SQLITE))
    with engine.connect() as connection:
        assert revision(connection) == "0001"
    engine.dispose()
    run("restore the store in SQLite", slice(2, 3))  # of this version, which upgrades it
    assert answers() == unsure(before)


def test_the_latest_day_is_scored_again_by_the_model_that_took_over(place: Path) -> None:
    before = answers()
    run("score the latest day again", day=str(LAST))
    again = answers()
    assert again["board"] == before["board"]
    model(seed=2).save(place / "models/champion")
    run("score the latest day again", day=str(LAST))
    told = answers()
    assert told["days"][-1].model == model(seed=2).version
    assert told["board"] != before["board"]
    assert told["days"][0] == before["days"][0]


@pytest.fixture
def postgres(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server without a database, and what the document has in the environment for it."""
    if (reason := missing()) or not shutil.which("pg_dump"):
        pytest.skip(reason or "no pg_dump")
    with running() as url:
        monkeypatch.setenv("KLOUT_STORE_URL", url.format("klout"))
        monkeypatch.setenv("PGHOST", url.partition("host=")[2])
        monkeypatch.setenv("PGUSER", "klout")
        yield url.format("klout")


def test_a_store_in_postgresql_is_begun_copied_while_in_use_and_restored(
    place: Path, postgres: str
) -> None:
    run("begin a store in PostgreSQL")
    before = answers(postgres)
    assert before["board"] == answers()["board"]
    run("back up the store in PostgreSQL")
    with Store.open(postgres, write=True) as store:
        store.remove("ann")
    run("restore the store in PostgreSQL")
    assert answers(postgres) == before


def test_a_dump_made_while_days_are_published_is_of_one_day(place: Path, postgres: str) -> None:
    run("begin a store in PostgreSQL", slice(2))
    with publishing(postgres, days=2_000) as is_busy:
        run("back up the store in PostgreSQL")
        assert is_busy()
    run("restore the store in PostgreSQL", slice(1))
    assert is_of_one_day(postgres) > after(0)


def test_every_box_of_commands_is_run_by_some_test() -> None:
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_operating*.py"))
    assert [what for what in boxes() if f'run("{what}"' not in tests] == []
