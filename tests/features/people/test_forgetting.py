"""Nothing that names a forgotten person stays or comes back; others keep what it gave them."""

import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.lake.computed import written
from features.lake.contracts import EVERY_TABLE
from features.lake.key_index import hash_of
from features.lake.rewriting import rewriting
from features.people.accounts import accounts_of, is_there
from features.people.forgetting import forget
from features.people.optouts import opt_out
from features.signals.materialize import materialize
from features.storage.folders import CACHE, claim
from serving.cli.app import app
from tests.support.doubts import doubted_worlds
from tests.support.killing import contents, kills, strays
from tests.support.naive_people import midnight
from tests.support.worlds import ACCOUNTS, AS_OF, PERSONS, SMALL, big_world, lake_of

ROLES = {
    "interactions": ("actor", "target"),
    "contents": ("author",),
    "counters": ("account",),
    "links": ("source", "target"),
    "identities": ("account",),
    "authenticity": ("account",),
    "overrides": ("account",),
}
NOON = datetime(2014, 2, 20, 12, tzinfo=UTC)


def reaction(actor, target, **other):
    row = {"network": "twitter", "reaction": "retweet", "actor": actor, "target": target}
    return row | {"content": "1", "at": NOON, "id": f"{actor}>{target}"} | other


def identity(person, account, network="twitter"):
    row = {"person": person, "network": network, "account": account, "kind": "personal"}
    return row | {"connected_at": datetime(2014, 1, 1, tzinfo=UTC), "disconnected_at": None}


def belief(account, **other):
    return {"network": "twitter", "account": account, "authenticity": 0.5} | other


def judgement(a, b, judge="j"):
    return {"a": a, "b": b, "preference": 1.0, "judged_at": NOON, "judge": judge}


def scored(person, score):
    return {"person": person, "score": score, "as_of": midnight(NOON.date())}


ALICE = {
    "interactions": [
        reaction("alice_tw", "bob_tw"),
        reaction("bob_tw", "alice_tw"),
        reaction("bob_tw", "cy_tw"),
        reaction("alice_old", "cy_tw", network="googleplus", reaction="plus_one"),
        reaction("alice_tw", "alice_too"),
        # Accounts of the same name on another network, and unlike hers: not hers.
        reaction("alice_tw", "bob_tw", network="wiki", reaction="thank"),
    ],
    "contents": [
        {"network": "twitter", "author": who, "content": "1", "kind": "tweet", "at": NOON}
        for who in ("alice_tw", "bob_tw")
    ],
    "counters": [
        {"network": "twitter", "account": who, "counter": "followers", "value": 9.0, "at": NOON}
        for who in ("alice_tw", "bob_tw")
    ],
    "links": [
        {"network": "wikipedia", "source": source, "target": target}
        for source, target in (("Alice", "Bob"), ("Bob", "Alice"), ("Bob", "Cy"))
    ],
    "identities": [
        identity("alice", "alice_tw"),
        identity("alice", "alice_too"),
        identity("alice", "Alice", "wikipedia"),
        identity("alice", "alice_old", "googleplus"),
        identity("alice", "alice_old", "googleplus")
        | {"disconnected_at": datetime(2014, 1, 2, tzinfo=UTC)},
        identity("bob", "bob_tw"),
    ],
    "scores": [scored("alice", 70.0), scored("bob", 20.0), scored("twitter:alice_tw", 3.0)],
    "authenticity": [
        belief(who, as_of=midnight(NOON.date()), reasons=f"likes {who} only")
        for who in ("alice_tw", "bob_tw")
    ],
    "overrides": [belief("alice_tw", why="alice asked", decided_at=NOON)],
    "judgements": [
        judgement("alice", "bob"),
        judgement("bob", "cy"),
        judgement("bob", "cy", "alice"),
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A lake with alice in every table, in the quarantine, and in what was published."""
    root = tmp_path_factory.mktemp("made") / "lake"
    lake_of({name: rows for name, rows in ALICE.items() if name != "judgements"}, root)
    ingest_rows(root, "judgements", ALICE["judgements"])
    opt_out(root, "alice", NOON, SMALL)
    return with_more(root)


@pytest.fixture
def lake(made, root):
    """A copy of it."""
    return shutil.copytree(made, root)


def with_more(root):
    """Add what lies beside the tables of a world."""
    refused = [
        reaction("bob_tw", "alice_tw", reaction="nonsense"),
        reaction("bob_tw", "alice_tw", network="Twitter"),
        reaction("bob_tw", "alice_tw", network="x" * 20_000),
        reaction("bob_tw", "cy_tw", reaction="nonsense"),
    ]
    assert ingest_rows(root, "interactions", refused).quarantined == 4
    (root / "published").mkdir()
    table = pl.DataFrame({"person": ["bob", "alice", "twitter:alice_tw"], "score": [1.0, 2.0, 3.0]})
    table.write_parquet(root / "published" / "scores.parquet")
    pl.DataFrame({"day": [1]}).write_parquet(root / "published" / "days.parquet")
    labels = {"network": ["twitter", "wiki"], "account": ["alice_tw", "a"], "authentic": True}
    pl.DataFrame(labels).write_parquet(root / "labels.parquet")
    claim(root / "cache", CACHE)
    (root / "cache" / "persons-1.bin").write_text("alice")
    return root


def ingest_rows(root, table, rows):
    """Write rows of a table as a source of its own; gives its entry."""
    frame = pl.DataFrame(rows).with_row_index("row").cast({"row": pl.UInt64})
    digest = f"{len(Lake(root).entries):064d}"[::-1]
    source = Source(table, "test", digest)
    return write(root, [Piece(table, frame, table)], source, SMALL, datetime.now(UTC)).entry


def texts(root):
    """Read every text there is in the folder, of tables' files from their columns."""
    for path in sorted(root.rglob("*")):
        if path.suffix in (".parquet", ".arrow"):
            read = pl.read_parquet if path.suffix == ".parquet" else pl.read_ipc
            columns = read(path).select(pl.col(pl.String)).get_columns()
            yield from (text for column in columns for text in column.drop_nulls())
        elif path.is_file():
            yield path.read_text()
        yield str(path.relative_to(root))


def trace(root, names=("alice", "Alice")):
    return [text for text in texts(root) if any(name in text for name in names)]


def signals(root):
    return materialize(Lake(root), AS_OF, SMALL).collect()


def test_no_key_of_the_persons_rows_is_left_in_the_index(root):
    rows = [reaction("alice", "bob", id="1"), reaction("bob", "alice", id="2")]
    others = [reaction("bob", "cy", id="3")]
    lake_of({"interactions": [*rows, *others]}, root)
    ingest_rows(root, "interactions", [reaction("cy", "bob", id="4")])
    forget(root, "twitter:alice")
    kept = Lake(root).scan("keys").collect()["key"].sort().to_list()
    left = Lake(root).scan("interactions").filter(pl.col("id").is_not_null())
    assert (
        kept == left.select(hash_of(EVERY_TABLE["interactions"])).collect()["key"].sort().to_list()
    )
    assert len(kept) == 2
    assert ingest_rows(root, "interactions", [reaction("bob", "cy", id="3")]).repeated == 1


def test_no_trace_of_the_person_is_left(lake):
    assert len(trace(lake)) > 20
    forget(lake, "alice")
    # The account of that name on another network is somebody else's.
    assert set(trace(lake)) == {"alice_tw", "alice_tw>bob_tw"}
    rows = Lake(lake).scan("interactions").filter(actor="alice_tw").collect()
    assert rows["network"].to_list() == ["wiki"]


def test_others_keep_their_rows(lake):
    before = contents(lake)
    forget(lake, "alice")
    after = contents(lake)
    for table, rows in before.items():
        others = [row for row in rows if not any("lice" in str(value) for value in row)]
        assert table == "keys" or set(others) <= set(after[table])
    published = pl.read_parquet(lake / "published" / "scores.parquet")
    assert published.rows() == [("bob", 1.0)]
    assert pl.read_parquet(lake / "published" / "days.parquet").rows() == [(1,)]
    assert pl.read_parquet(lake / "labels.parquet").rows() == [("wiki", "a", True)]
    refused = pl.concat(map(pl.read_parquet, lake.glob("quarantine/*.parquet")))
    assert len(refused) == 1
    assert json.loads(refused["data"][0])["target"] == "cy_tw"


def test_what_was_given_stays_under_an_id_that_says_nothing(lake):
    forget(lake, "alice")
    source = Lake(lake)
    given = source.scan("interactions").filter(pl.col("actor").str.starts_with("anonymous-"))
    rows = given.sort("network").collect()
    assert rows.select("network", "target", "content", "at", "id").rows() == [
        ("googleplus", "cy_tw", "1", NOON, None),
        ("twitter", "bob_tw", "1", NOON, None),
    ]
    other, mine = rows["actor"]
    assert other != mine
    known = ("twitter", mine, 0.5)
    assert source.scan("authenticity").collect().rows()[-1] == (*known, midnight(NOON.date()), None)
    assert source.scan("overrides").collect().rows() == [
        (*known, "the account's person was forgotten", NOON)
    ]
    # Nobody's account, as the disconnected one was, is weighed by no history.
    scores = dict(source.scan("scores").select("person", "score").collect().rows())
    assert scores == {"bob": 20.0, f"twitter:{mine}": 70.0}


def test_the_ids_of_two_who_forget_the_same_have_nothing_in_common(lake, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(lake, twin)
    actors = []
    for root in (lake, twin):
        forget(root, "alice")
        actors.append({row[2] for row in contents(root)["interactions"] if "anony" in row[2]})
    assert len(actors[0] | actors[1]) == 4
    salts = [Lake(root).scan("suppressions").collect()["salt"].unique() for root in (lake, twin)]
    assert len(set(pl.concat(salts))) == 2


def without(world, accounts, person):
    """Drop what accounts received and are, in plain Python; leave what they gave to others."""

    def stays(table, row):
        mine = [role for role in ROLES.get(table, ()) if (row["network"], row[role]) in accounts]
        if table in ("authenticity", "overrides"):
            return True
        if table == "identities":
            return not mine or row["person"] == person
        return not mine or (table == "interactions" and mine == ["actor"])

    return {table: [row for row in rows if stays(table, row)] for table, rows in world.items()}


def assert_others_keep_their_signals(world, person):
    with tempfile.TemporaryDirectory() as folder:
        root, twin = Path(folder) / "lake", Path(folder) / "twin"
        lake = lake_of(world, root, parts=2)
        if not is_there(lake, person, accounts := accounts_of(lake, person)):
            return
        forget(root, person)
        lake_of(without(world, accounts, person), twin)
        wanted = signals(twin).filter(pl.col("person") != person)
        assert_frame_equal(signals(root), wanted, check_exact=True)
        assert not strays(root)


def known_at_as_of(world):
    """Leave out identities of later, so that whose an account is does not depend on the day."""
    known = [row for row in world["identities"] if row["connected_at"] < midnight(AS_OF)]
    return world | {
        "identities": [row for row in known if (row["disconnected_at"] or NOON) < midnight(AS_OF)]
    }


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    doubted_worlds().map(known_at_as_of),
    st.sampled_from((*PERSONS, *(f"twitter:{account}" for account in ACCOUNTS))),
)
def test_others_keep_what_they_were_given_bit_for_bit(world, person):
    claimed = {f"{row['network']}:{row['account']}" for row in world["identities"]}
    assume(person not in claimed or person in {row["person"] for row in world["identities"]})
    assert_others_keep_their_signals(world, person)


@pytest.mark.slow
def test_in_a_larger_world_as_well():
    world = known_at_as_of(big_world(3, 1_000))
    scores = [scored(f"p{number}", 5.0 * number + 1) for number in range(20)]
    assert_others_keep_their_signals(world | {"scores": scores}, "p7")


def test_later_rows_that_name_the_person_in_any_role_are_dropped_and_counted(lake):
    forget(lake, "alice")
    before = {table: len(rows) for table, rows in contents(lake).items()}
    more = dict.fromkeys(EVERY_TABLE, 0)
    for table, rows in ALICE.items():
        new = [row | {"id": None} if "id" in row else row for row in rows]
        entry = ingest_rows(lake, table, new)
        assert entry.quarantined == 0
        assert entry.suppressed > 0
        more[table] = entry.rows.get(table, 0)
        assert entry.suppressed + entry.repeated + more[table] == len(new)
    assert set(trace(lake)) == {"alice_tw", "alice_tw>bob_tw"}
    assert {table: len(rows) for table, rows in contents(lake).items()} == {
        table: before[table] + more[table] for table in before
    }


def test_rows_that_name_the_person_do_not_reach_the_quarantine_either(lake):
    forget(lake, "alice")
    slips = [
        reaction("bob_tw", "alice_tw", reaction="nonsense"),
        reaction("bob_tw", "alice_tw", network="Twitter"),
        reaction("bob_tw", "cy_tw", reaction="nonsense"),
    ]
    entry = ingest_rows(lake, "interactions", slips)
    assert (entry.suppressed, entry.quarantined) == (2, 1)


def test_an_account_given_as_a_number_is_known_by_its_text(root):
    lake_of({"interactions": [reaction("12", "34")]}, root)
    forget(root, "twitter:12")
    entry = ingest_rows(root, "interactions", [reaction(12, 34), reaction(34, 56)])
    assert (entry.suppressed, entry.rows) == (1, {"interactions": 1})


def test_an_account_that_somebody_else_has_now_stays_with_them(root):
    later = identity("bob", "shared") | {"connected_at": datetime(2014, 2, 1, tzinfo=UTC)}
    lake_of(
        {
            "identities": [identity("alice", "shared"), identity("alice", "own"), later],
            "interactions": [reaction("cy", "shared"), reaction("cy", "own")],
        },
        root,
    )
    forget(root, "alice")
    rows = contents(root)
    assert [row[:3] for row in rows["identities"]] == [("bob", "twitter", "shared")]
    assert [row[3] for row in rows["interactions"]] == ["shared"]


def test_who_is_not_there_or_is_somebody_elses_account_is_told(lake):
    with pytest.raises(KloutError, match="nothing names 'alicia'"):
        forget(lake, "alicia")
    with pytest.raises(KloutError, match="twitter:bob_tw is an account of 'bob'"):
        forget(lake, "twitter:bob_tw")


def test_a_person_known_by_judgements_alone_is_forgotten_too(lake):
    done = forget(lake, "cy")
    assert done.rows == {"judgements": 2}
    assert not [row for row in contents(lake)["judgements"] if "cy" in row]


def test_sources_from_before_change_nothing_when_they_come_again(lake):
    old = Lake(lake).entries[0]
    forget(lake, "alice")
    before = contents(lake)
    again = Source(old.source, old.format, old.digest)
    assert write(lake, [], again, SMALL, NOON).already
    assert contents(lake) == before


def test_a_kill_at_any_moment_is_before_it_or_is_finished_by_the_next_call(
    root, tmp_path, monkeypatch
):
    first, lake = tmp_path / "first", root
    interactions = [row for row in ALICE["interactions"] if row["network"] == "twitter"]
    identities = [row for row in ALICE["identities"] if row["network"] == "twitter"]
    lake_of({"interactions": interactions, "identities": identities}, first)
    before = contents(with_more(first))

    def fresh():
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(first, lake)
        return lambda: forget(lake, "alice")

    begun = []
    for _ in kills(monkeypatch, fresh):
        begun.append(contents(lake) != before)
        assert begun[-1] == bool(contents(lake)["suppressions"])
        assert forget(lake, "alice").already == begun[-1]
        assert trace(lake) == []
        assert pl.read_parquet(lake / "published" / "scores.parquet")["person"].to_list() == ["bob"]
        assert not list(written(lake / "cache"))
        assert not strays(lake)
    assert begun == sorted(begun)


def retraction(number=None, actor=None, **other):
    at = NOON + timedelta(days=1)
    row = {"network": "twitter", "id": number, "actor": actor, "at": at, "restored": None}
    return row | other


def test_what_the_person_took_back_does_not_come_back_and_its_retractions_go(tmp_path):
    likes = [reaction("al", "bo"), reaction("al", "bo", id="2"), reaction("cy", "bo", id="x")]
    taken = [retraction("al>bo"), retraction("2", "al"), retraction("x"), retraction("later")]
    root = tmp_path / "lake"
    lake_of({"interactions": likes, "retractions": taken}, root)
    before = materialize(Lake(root), AS_OF, SMALL).collect()
    forget(root, "twitter:al")
    after = Lake(root)
    assert_frame_equal(materialize(after, AS_OF, SMALL).collect(), before, check_exact=True)
    left = after.scan("retractions").collect()
    assert sorted(left["id"]) == ["later", "x"]
    assert left["actor"].null_count() == 2


def test_an_account_that_left_does_not_come_back_when_it_is_forgotten(tmp_path):
    likes = [reaction("al", "bo"), reaction("cy", "bo")]
    root = tmp_path / "lake"
    lake_of({"interactions": likes, "retractions": [retraction(None, "al")]}, root)
    before = materialize(Lake(root), AS_OF, SMALL).collect()
    forget(root, "twitter:al")
    assert_frame_equal(materialize(Lake(root), AS_OF, SMALL).collect(), before, check_exact=True)
    assert Lake(root).scan("retractions").collect().is_empty()


def test_an_id_that_somebody_else_has_too_stays_taken_back(tmp_path):
    likes = [reaction("al", "bo", id="x"), reaction("cy", "bo", id="x")]
    root = tmp_path / "lake"
    lake_of({"interactions": likes, "retractions": [retraction("x")]}, root)
    forget(root, "twitter:al")
    assert materialize(Lake(root), AS_OF, SMALL).collect().is_empty()
    assert len(Lake(root).scan("retractions").collect()) == 1


def about(content, topic="jazz", author=None):
    return {"network": "twitter", "content": content, "topic": topic, "author": author}


def test_what_the_persons_contents_are_about_goes_unless_others_rows_name_them(tmp_path):
    likes = [
        reaction("bo", "al", content="al's"),
        reaction("al", "bo", content="bo's"),
        reaction("bo", "al", content="al's to bo"),
        reaction("al", "bo", content="al's to bo", reaction="like"),
    ]
    said = [about("al's"), about("bo's"), about("al's to bo", author="al"), about("nobody's")]
    said += [about("never seen", author="al"), about("al's", "blues", author="al")]
    root = tmp_path / "lake"
    lake_of({"interactions": likes}, root)
    ingest_rows(root, "topics", said)
    forget(root, "twitter:al")
    left = Lake(root).scan("topics").collect()
    assert sorted(left["content"]) == ["al's to bo", "bo's", "nobody's"]
    assert left["author"].null_count() == 3
    ingest_rows(root, "topics", [about("later", author="al"), about("later", author="bo")])
    assert Lake(root).scan("topics").collect()["author"].drop_nulls().to_list() == ["bo"]


def test_the_command_asks_first(lake):
    words = ["forget", "alice", "--lake", str(lake)]
    before = contents(lake)
    asked = CliRunner().invoke(app, words, input="n\n")
    assert asked.exit_code == 1
    assert "This can't be undone. [y/N]" in asked.stdout
    assert contents(lake) == before


def test_the_command_says_what_it_did(root, put):
    row = {name: str(value) for name, value in reaction("al", "bob").items()}
    path = put("interactions.jsonl", json.dumps(row).encode())
    run = CliRunner().invoke
    take = ["ingest", "tables", str(path), "--lake", str(root)]
    run(app, take)
    words = ["forget", "twitter:al", "--lake", str(root), "--yes"]
    assert run(app, words).stdout.startswith("twitter:al is forgotten: 1 interactions, 0 quarant")
    assert run(app, words).stdout.startswith("twitter:al was forgotten before; 0 rows were left")
    path.write_text(json.dumps(row | {"id": "new"}))
    assert run(app, take).stdout.endswith("no rows; repeated 0; quarantined 0; suppressed 1\n")


def klout(root, *arguments):
    return CliRunner().invoke(app, [*map(str, arguments), "--lake", str(root)])


def test_who_is_mistyped_is_not_forgotten_nor_suppressed(lake):
    before = contents(lake)
    for person in ("twitter:alice_tv", "twiter:alice_tw", "alicia", "wiki:alice_old"):
        said = klout(lake, "forget", person, "--yes")
        assert said.exit_code == 1
        assert f"{lake}: nothing names '{person}'" in str(said.exception)
    assert contents(lake) == before


def test_who_is_nowhere_yet_is_kept_out_ahead_if_asked_for(lake):
    said = klout(lake, "forget", "twitter:zed", "--yes", "--suppress")
    assert said.stdout.startswith("nothing names twitter:zed yet; what will is left out")
    entry = ingest_rows(lake, "interactions", [reaction("bob_tw", "zed"), reaction("zed", "cy_tw")])
    assert (entry.suppressed, entry.rows) == (2, {})
    assert klout(lake, "forget", "twitter:zed", "--yes").exit_code == 0


def test_who_is_only_in_the_quarantine_or_published_is_there(lake):
    ingest_rows(lake, "interactions", [reaction("Zoe", "bob_tw", reaction="nonsense")])
    assert "1 quarantined" in klout(lake, "forget", "twitter:zoe", "--yes").stdout
    pl.DataFrame({"person": ["yan"]}).write_parquet(lake / "published" / "more.parquet")
    assert "1 quarantined or published" in klout(lake, "forget", "yan", "--yes").stdout


def test_people_who_are_not_there_are_told_by_every_command(lake):
    at = ("--at", "2014-03-01")
    for words, reason in (
        (("optout", "twitter:alice_tv", *at), "nothing in the lake names it"),
        (("optin", "twitter:alice_tv", *at), "has not opted out"),
        (("disconnect", "alice", "twitter", "alice_tv", *at), "not connected to alice"),
        (("connect", "alice", "twiter", "alice_tw", *at), "no network 'twiter'"),
        (
            ("integrity", "override", "twitter:alice_tv", "0.5", "--why", "x"),
            "nothing names the account 'alice_tv' on twitter",
        ),
    ):
        said = klout(lake, *words)
        assert said.exit_code == 1
        assert reason in str(said.exception)
    said = klout(lake, "connect", "alice", "twitter", "alice_tv", *at)
    assert "; the lake has nothing of it yet; " in said.stdout
    said = klout(lake, "connect", "cy", "twitter", "cy_tw", *at)
    assert "nothing of it" not in said.stdout


@pytest.mark.parametrize(
    "slip",
    [
        reaction("bob_tw", "Alice_TW", reaction="nonsense"),
        reaction("bob_tw", " alice_tw ", reaction="nonsense"),
        reaction("bob_tw", "https://twitter.com/alice_tw?s=20", reaction="nonsense"),
        reaction("bob_tw", "alice%5Ftw", reaction="nonsense"),
        reaction("bob_tw", "cy_tw", reaction="nonsense", content="RT @alice_tw: hello"),
        reaction("bob_tw", "cy_tw", reaction="nonsense", id="bob_tw>alice_tw"),
        reaction("bob_tw", "cy_tw", reaction="nonsense", network="Twitter ", id="by Alice"),
    ],
    ids=["case", "blanks", "address", "encoded", "content", "id", "network"],
)
def test_refused_rows_that_name_the_person_in_another_way_go_too(lake, slip):
    stays = reaction("bob_tw", "alice_tween", reaction="nonsense", content="malice")
    elsewhere = reaction("bob_tw", "Alice_TW", reaction="x", network="facebook") | {"id": "9"}
    assert ingest_rows(lake, "interactions", [slip, stays, elsewhere]).quarantined == 3
    klout(lake, "forget", "alice", "--yes")
    refused = pl.concat(map(pl.read_parquet, lake.glob("quarantine/*.parquet")))
    targets = [json.loads(data)["target"] for data in refused["data"]]
    assert sorted(targets) == ["Alice_TW", "alice_tween", "cy_tw"]


def test_an_encoded_title_of_two_words_is_found(root):
    rows = [{"network": "wikipedia", "source": "Ann Lee", "target": "Bob"}]
    lake_of({"links": rows}, root)
    ingest_rows(root, "links", [{"network": "wikpedia", "source": "Ann%20Lee", "target": "Bob"}])
    ingest_rows(root, "links", [{"network": "wikpedia", "source": "ann_lee", "target": "Bob"}])
    assert "2 quarantined" in klout(root, "forget", "wikipedia:Ann Lee", "--yes").stdout
    assert trace(root, ("Ann", "ann")) == []


def test_the_reason_of_a_decision_on_somebody_else_names_nobody_afterwards(lake):
    row = belief("bob_tw", why="runs the same farm as @Alice_tw", decided_at=NOON)
    ingest_rows(lake, "overrides", [row, belief("cy_tw", why="malice", decided_at=NOON)])
    klout(lake, "forget", "alice", "--yes")
    rows = Lake(lake).scan("overrides").select("account", "why").collect().rows()
    assert ("bob_tw", "the reason named somebody who was forgotten") in rows
    assert ("cy_tw", "malice") in rows


def test_refused_rows_that_cannot_be_read_are_removed_and_said(lake):
    assert "1 quarantined rows that can't be read are gone too" in (
        klout(lake, "forget", "alice", "--yes").stdout
    )


def test_what_came_in_spite_of_it_goes_when_the_person_is_forgotten_again(lake):
    forget(lake, "twitter:cy_tw")
    row = Lake(lake).scan("contents").filter(author="bob_tw").collect().to_dicts()[0]
    with rewriting(lake, "test") as work:
        schema = dict(EVERY_TABLE["contents"].columns)
        work.add("contents", pl.DataFrame([row | {"author": "cy_tw"}], schema))
        work.commit()
    again = klout(lake, "forget", "twitter:cy_tw", "--yes")
    assert "forgotten before; 1 rows were left" in again.stdout
    assert Lake(lake).scan("contents").filter(author="cy_tw").collect().is_empty()
