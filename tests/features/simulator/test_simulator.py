"""The simulated world: what it promises to those who train and test on it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks, network_from_dict
from features.errors import KloutError
from features.lake import TABLES, Lake, Receipt
from features.simulator import LABELS, TRUTH, Policy, simulate
from features.simulator.interests import MOST, VOCABULARY
from features.simulator.judges import verdicts
from features.simulator.kinds import KINDS, OUTSIDER, THROWAWAY

END = date(2014, 10, 1)
CATALOGUE = Catalogue(load_networks())
CONTENT = {"signal": "stories", "meaning": "stories told"}
COUNTER = {"unit": "accounts", "sign": "up", "meaning": "fans"}
RUN = """
import sys
from pathlib import Path
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.simulator import simulate
simulate(Path(sys.argv[1]), 60, 5, 5, Catalogue(load_networks()))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Receipt]:
    out = tmp_path_factory.mktemp("world") / "lake"
    return out, simulate(out, 1_500, 40, 1, CATALOGUE)


@pytest.fixture(scope="module")
def lake(world: tuple[Path, Receipt]) -> Lake:
    return Lake(world[0])


@pytest.fixture(scope="module")
def truth(world: tuple[Path, Receipt]) -> pl.DataFrame:
    return pl.read_parquet(world[0] / TRUTH)


def table(lake: Lake, name: str) -> pl.DataFrame:
    return lake.scan(name).collect()


def of_persons(lake: Lake, rows: pl.DataFrame, account: str) -> pl.DataFrame:
    """Add ``person`` to rows that name an account."""
    known = table(lake, "identities").select("network", pl.col("account").alias(account), "person")
    lone = pl.format("{}:{}", "network", account)
    return rows.join(known, on=["network", account], how="left").with_columns(
        pl.coalesce("person", lone).alias("person")
    )


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes_on_one_thread_and_on_four(tmp_path: Path) -> None:
    for threads in ("1", "4"):
        subprocess.run(
            [sys.executable, "-c", RUN, str(tmp_path / threads)],
            env={**os.environ, "POLARS_MAX_THREADS": threads, "PYTHONHASHSEED": threads},
            check=True,
        )
    one, four = fingerprint(tmp_path / "1"), fingerprint(tmp_path / "4")
    assert any(name.startswith("ledger/") for name in one)
    assert one == four


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), 30, 5, seed, CATALOGUE)
    one, two = (Lake(tmp_path / seed).scan("interactions").collect() for seed in ("1", "2"))
    assert not one.equals(two)


def test_simulating_the_same_world_again_changes_nothing(tmp_path: Path) -> None:
    first = simulate(tmp_path, 30, 5, 1, CATALOGUE)
    before = fingerprint(tmp_path)
    again = simulate(tmp_path, 30, 5, 1, CATALOGUE)
    assert (first.already, again.already) == (False, True)
    assert fingerprint(tmp_path) == before


def test_a_directory_that_holds_another_world_is_refused(tmp_path: Path) -> None:
    simulate(tmp_path, 5, 2, 1, CATALOGUE)
    with pytest.raises(KloutError, match="already; simulate into a new directory"):
        simulate(tmp_path, 5, 2, 2, CATALOGUE)


def test_nothing_is_quarantined_and_every_table_but_what_is_computed_is_filled(
    world: tuple[Path, Receipt],
) -> None:
    entry = world[1].entry
    assert entry.quarantined == 0 and entry.repeated == 0
    computed, of_real_logs = {"scores", "authenticity"}, {"retractions", "tallies"}
    said = {"overrides", "profiles", "profile_links", "topics"}
    assert set(entry.rows) == TABLES.keys() - computed - of_real_logs - said


def test_all_happens_within_the_days(lake: Lake) -> None:
    start, end = datetime(2014, 8, 22, tzinfo=UTC), datetime(2014, 10, 1, tzinfo=UTC)
    for name, column in (
        ("interactions", "at"),
        ("contents", "at"),
        ("counters", "at"),
        ("judgements", "judged_at"),
    ):
        times = table(lake, name)[column]
        assert start <= times.min() and times.max() < end
    known = table(lake, "identities")
    assert known["connected_at"].max() < end
    assert known["disconnected_at"].drop_nulls().max() < end


def test_every_network_is_populated(lake: Lake) -> None:
    for name in ("interactions", "contents", "counters", "identities"):
        networks = {
            network.name
            for network in CATALOGUE.networks
            if name == "identities" or getattr(network, name.replace("inter", "re"))
        }
        if name == "contents":
            networks &= {network.name for network in CATALOGUE.networks if network.reactions}
        assert set(table(lake, name)["network"]) == networks


def test_a_network_of_the_users_own_is_populated(tmp_path: Path) -> None:
    spec = {
        "reactions": {"clap": "claps", "mention": "mentions"},
        "contents": {"story": CONTENT},
        "counters": {"fans": COUNTER},
    }
    own = network_from_dict("campfire", spec, "here")
    simulate(tmp_path, 60, 10, 1, Catalogue((own,)))
    lake = Lake(tmp_path)
    interactions = table(lake, "interactions")
    assert set(interactions["reaction"]) == {"clap", "mention"}
    assert set(table(lake, "contents")["kind"]) == {"story"}
    assert set(table(lake, "counters")["counter"]) == {"fans"}
    by_content = interactions.group_by("reaction").agg(pl.col("content").null_count() / pl.len())
    assert dict(by_content.iter_rows()) == {"clap": 0.0, "mention": 1.0}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"reactions": {"mention": "mentions"}, "contents": {"story": CONTENT}},
        {"contents": {"story": CONTENT}},
        {"page_graph": True, "counters": {"readers": COUNTER}},
        {"reactions": {"nod": "nods"}, "counters": {"miles": {**COUNTER, "sign": "free"}}},
    ],
)
def test_any_declaration_can_be_simulated(tmp_path: Path, spec: dict[str, Any]) -> None:
    own = Catalogue((network_from_dict("campfire", spec, "here"),))
    assert simulate(tmp_path, 60, 5, 1, own).entry.quarantined == 0


def test_one_more_network_leaves_who_people_are_as_it_was(tmp_path: Path) -> None:
    own = network_from_dict("campfire", {"reactions": {"nod": "nods"}}, "here")
    simulate(tmp_path / "without", 40, 3, 1, CATALOGUE)
    simulate(tmp_path / "with", 40, 3, 1, Catalogue((*CATALOGUE.networks, own)))
    one, two = (
        Lake(tmp_path / name).scan("interactions", ["twitter", "klout"]).collect()
        for name in ("without", "with")
    )
    assert len(one) and one.equals(two)


def test_a_world_with_topics_is_the_same_in_all_else(tmp_path: Path) -> None:
    simulate(tmp_path / "without", 300, 20, 1, CATALOGUE)
    receipt = simulate(tmp_path / "with", 300, 20, 1, CATALOGUE, topics=True)
    without, lake = Lake(tmp_path / "without"), Lake(tmp_path / "with")
    filled = receipt.entry.rows.keys() - {"topics"}
    assert len(filled) == 6 and receipt.entry.quarantined == receipt.entry.repeated == 0
    for name in filled:
        assert table(lake, name).sort(pl.all()).equals(table(without, name).sort(pl.all()))
    about, contents = table(lake, "topics"), table(lake, "contents")
    assert set(about["topic"]) <= set(VOCABULARY)
    mine = about.join(contents, on=["network", "content", "author"])
    assert len(mine) == len(about) > 0.6 * len(contents)
    each = about.group_by("network", "author").agg(pl.col("topic").n_unique())
    assert each["topic"].max() == MOST
    again = simulate(tmp_path / "again", 300, 20, 1, CATALOGUE, topics=True)
    assert again.entry == receipt.entry
    assert simulate(tmp_path / "with", 300, 20, 1, CATALOGUE, topics=True).already


@pytest.mark.parametrize(("persons", "days"), [(1, 1), (1, 30), (2, 3), (50, 3)])
def test_the_smallest_worlds_work(tmp_path: Path, persons: int, days: int) -> None:
    receipt = simulate(tmp_path, persons, days, 3, CATALOGUE, topics=True)
    assert receipt.entry.quarantined == 0
    assert (tmp_path / TRUTH).is_file()


@pytest.mark.parametrize(("persons", "days", "seed"), [(0, 1, 1), (1, 0, 1), (1, 1, -1)])
def test_numbers_out_of_range_are_named(tmp_path: Path, persons: int, days: int, seed: int) -> None:
    with pytest.raises(KloutError, match="is less than"):
        simulate(tmp_path / "lake", persons, days, seed, CATALOGUE)
    assert not (tmp_path / "lake").exists()


def test_reactions_to_a_content_come_after_it_and_are_to_its_author(lake: Lake) -> None:
    contents = table(lake, "contents").rename({"at": "published"})
    joined = (
        table(lake, "interactions")
        .drop_nulls("content")
        .join(contents, on=["network", "content"], how="left")
    )
    assert joined["published"].null_count() == 0
    assert (joined["published"] < joined["at"]).all()
    assert (joined["author"] == joined["target"]).all()


def test_answers_are_to_questions_and_accepts_to_answers(lake: Lake) -> None:
    contents = table(lake, "contents").select("network", "content", "kind")
    kinds = (
        table(lake, "interactions")
        .filter(
            pl.col("network") == "stackexchange", pl.col("reaction").is_in(["answer", "accept"])
        )
        .join(contents, on=["network", "content"])
        .select("reaction", "kind")
        .unique()
    )
    assert set(kinds.rows()) == {("answer", "question"), ("accept", "answer")}


def test_nobody_reacts_more_in_a_day_than_its_budget(lake: Lake, truth: pl.DataFrame) -> None:
    policy = Policy()
    interactions = of_persons(lake, table(lake, "interactions"), "actor")
    given = (
        interactions.group_by("network", "actor", "person", pl.col("at").dt.date())
        .len()
        .join(truth, on="person")
        .group_by(pl.col("kind") == "spambot")
        .agg(pl.col("len").max())
    )
    most = dict(given.iter_rows())
    assert most[False] <= policy.budget_most
    assert most[True] <= policy.budget_bot


def test_every_kind_of_person_is_there(truth: pl.DataFrame) -> None:
    assert set(truth["kind"]) == {kind.name for kind in KINDS} | {OUTSIDER, THROWAWAY}
    authentic = dict(truth.group_by("kind").agg(pl.col("authentic").all()).iter_rows())
    assert {kind for kind, honest in authentic.items() if not honest} == {
        *("spambot", "ring", "pod"),
        THROWAWAY,
    }


def test_the_truth_names_every_account_that_acts_or_receives(
    lake: Lake, truth: pl.DataFrame
) -> None:
    interactions = table(lake, "interactions")
    named = set(truth["person"])
    assert len(named) == len(truth)
    for column in ("actor", "target"):
        assert set(of_persons(lake, interactions, column)["person"]) <= named
    assert set(table(lake, "judgements")["a"]) <= named
    assert truth.columns == ["person", "influence", "kind", "authentic", "customer", "group"]
    assert truth["influence"].is_finite().all()
    assert truth.filter("customer")["authentic"].all()


def test_influence_has_a_heavy_tail(truth: pl.DataFrame) -> None:
    influence = np.exp(truth.filter(~pl.col("person").str.contains(":"))["influence"].to_numpy())
    top = np.sort(influence)[-len(influence) // 100 :]
    assert top.sum() > 0.15 * influence.sum()


def test_broadcasters_publish_much_and_are_hardly_heard(lake: Lake, truth: pl.DataFrame) -> None:
    published = (
        of_persons(lake, table(lake, "contents"), "author").group_by("person").len("contents")
    )
    heard = of_persons(lake, table(lake, "interactions"), "target").group_by("person").len("heard")
    kinds = (
        truth.filter(~pl.col("kind").is_in([OUTSIDER, THROWAWAY]))
        .join(published, on="person", how="left")
        .join(heard, on="person", how="left")
        .fill_null(0)
        .group_by("kind")
        .agg(pl.col("contents", "heard").median())
    )
    contents, heard_by = (dict(kinds.select("kind", c).iter_rows()) for c in ("contents", "heard"))
    assert contents["broadcaster"] > 10 * contents["ordinary"]
    assert heard_by["broadcaster"] < 2 * heard_by["ordinary"]
    assert contents["quiet"] < contents["ordinary"]
    per_content = {kind: heard_by[kind] / contents[kind] for kind in heard_by}
    assert per_content["quiet"] > 3 * per_content["ordinary"] > 9 * per_content["broadcaster"]
    assert heard_by["celebrity"] > 3 * heard_by["ordinary"]


def test_followers_follow_influence_only_noisily_and_reactors_more_closely(
    lake: Lake, truth: pl.DataFrame
) -> None:
    followers = (
        of_persons(lake, table(lake, "counters"), "account")
        .filter(pl.col("counter") == "followers", pl.col("network") == "twitter")
        .filter(pl.col("at") == pl.col("at").max())
    )
    reactors = (
        of_persons(lake, table(lake, "interactions"), "target")
        .group_by("person")
        .agg(value=pl.struct("network", "actor").n_unique().cast(pl.Float64))
    )
    honest = truth.filter("authentic", ~pl.col("customer"))
    rank = pl.corr("value", "influence", method="spearman")
    by_followers, by_reactors = (
        float(rows.join(honest, on="person").select(rank).item()) for rows in (followers, reactors)
    )
    assert 0.5 < by_followers < 0.8
    assert by_followers < by_reactors < 0.95


def test_the_influential_are_attended_to_by_the_more_influential(
    lake: Lake, truth: pl.DataFrame
) -> None:
    honest = truth.filter("authentic").select("person", "influence")
    rows = of_persons(lake, table(lake, "interactions"), "actor").join(honest, on="person")
    given = rows.select("network", "target", theirs="influence")
    received = of_persons(lake, given, "target").join(honest, on="person")
    means = received.group_by("person", "influence").agg(pl.col("theirs").mean(), pl.len())
    rank = pl.corr("theirs", "influence", method="spearman")
    assert means.filter(pl.col("len") >= 10).select(rank).item() > 0.2


def test_bots_fill_orders_in_lockstep(lake: Lake, truth: pl.DataFrame) -> None:
    bots = truth.filter(kind="spambot").select("person")
    orders = (
        of_persons(lake, table(lake, "interactions"), "actor")
        .join(bots, on="person")
        .drop_nulls("content")
        .group_by("network", "content")
        .agg(
            bots=pl.col("actor").n_unique(),
            minutes=(pl.col("at").quantile(0.75) - pl.col("at").min()).dt.total_minutes(),
        )
        .filter(pl.col("bots") >= 8)
    )
    assert len(orders) > 3
    assert orders["minutes"].median() < 60


def test_weeks_have_a_rhythm(lake: Lake) -> None:
    daily = (
        table(lake, "interactions")
        .filter(pl.col("network") == "linkedin")
        .group_by(pl.col("at").dt.date())
        .len()
        .group_by(pl.col("at").dt.weekday() >= 6)
        .agg(pl.col("len").mean())
    )
    mean = dict(daily.iter_rows())
    assert mean[True] < 0.75 * mean[False]


def test_identities_come_late_and_leave_and_some_are_pages(lake: Lake) -> None:
    known = table(lake, "identities")
    start = datetime(2014, 8, 22, tzinfo=UTC)
    assert (known["connected_at"] >= start).mean() == pytest.approx(0.1, abs=0.05)
    assert 0 < known["disconnected_at"].is_not_null().mean() < 0.05
    assert set(known.filter(kind="page")["network"]) == {"googleplus", "linkedin"}
    assert known.group_by("person", "network").len()["len"].max() == 2
    assert not set(known["person"]) & set(known["account"])


def test_two_judges_of_one_pair_agree_as_often_as_real_judges() -> None:
    influence = np.random.default_rng(1).normal(0, 1.5, 5_000)
    made = verdicts(influence, 40_000, seed=1, policy=Policy(repeated=0.4))
    again = 16_000
    assert (made.a[:again] == made.a[-again:]).all() and (made.b[:again] == made.b[-again:]).all()
    assert (made.judge[:again] != made.judge[-again:]).all()
    over = made.preference > 0.5
    assert (over[:again] == over[-again:]).mean() == pytest.approx(0.74, abs=0.01)


def test_judgements_of_the_world_repeat_a_tenth_and_are_of_the_last_days(lake: Lake) -> None:
    judgements = table(lake, "judgements")
    assert len(judgements) == Policy().judgements * 1_500
    repeated = judgements.group_by("a", "b").agg(pl.len(), pl.col("judge").n_unique())
    assert (repeated["len"] == 2).sum() == pytest.approx(len(judgements) / 10, abs=7)
    assert judgements["judged_at"].min() >= datetime(2014, 9, 17, tzinfo=UTC)
    assert set(judgements["preference"]) == {0.0, 0.25, 0.75, 1.0}
    assert judgements["preference"].is_in([0.0, 1.0]).mean() > 0.8


def test_every_account_is_labelled_and_members_of_rings_only_where_they_meet(
    world: tuple[Path, Receipt], lake: Lake
) -> None:
    labels = pl.read_parquet(world[0] / LABELS)
    assert not labels.select("network", "account").is_duplicated().any()
    acting = table(lake, "interactions").select("network", account="actor").unique()
    assert acting.join(labels, on=["network", "account"], how="anti").is_empty()
    share = dict(labels.group_by("kind").agg(pl.col("authentic").mean()).iter_rows())
    assert share["spambot"] == share[THROWAWAY] == 0
    assert 0 < share["ring"] < 1 and 0 < share["pod"] < 1
    assert {kind for kind, honest in share.items() if honest == 1} == share.keys() - {
        *("spambot", "ring", "pod"),
        THROWAWAY,
    }


def test_throw_away_accounts_fill_an_order_or_two_and_do_nothing_else(
    world: tuple[Path, Receipt], lake: Lake, truth: pl.DataFrame
) -> None:
    labels = pl.read_parquet(world[0] / LABELS).filter(pl.col("kind") == THROWAWAY)
    given = table(lake, "interactions").join(
        labels, left_on=["network", "actor"], right_on=["network", "account"]
    )
    each = given.group_by("network", "actor").len()["len"]
    assert len(each) > 20
    assert each.median() <= 3
    owners = of_persons(lake, given.drop("kind", "authentic", "group"), "target")["person"]
    assert owners.is_in(truth.filter("customer")["person"].implode()).all()
