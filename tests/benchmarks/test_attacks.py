"""The rows of attacks: what was ordered, where and when it may be, and nothing of the future."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.attacks import (
    FARM_DAILY,
    FARM_HOURS,
    HANDFUL,
    POD_HOURS,
    TRAIN_EACH,
    Victim,
    bought_followers,
    honest,
    hundred_bots,
    pod,
    thousand_once,
    train,
)
from features.lake import Piece, Source, write
from features.lake.contracts import TABLES
from features.lake.times import midnight
from tests.support.worlds import AS_OF, SMALL


def contents(author: str, hours: list[float]) -> pl.DataFrame:
    """Tweets of an author, so many hours before `AS_OF`."""
    rows = [
        (author, f"{author} {number}", "tweet", midnight(AS_OF) - timedelta(hours=hour))
        for number, hour in enumerate(sorted(hours, reverse=True))
    ]
    schema = {name: TABLES["contents"].columns[name] for name in ("author", "content", "kind")}
    return pl.DataFrame(rows, {**schema, "at": TABLES["contents"].columns["at"]}, orient="row")


VICTIM = Victim(
    person="p",
    network="twitter",
    account="v",
    like="like",
    contents=contents("v", [0.5, 3, 30, 50, 100, 200, 400, *(601 + n / 10 for n in range(12))]),
    audience=pl.DataFrame(
        {
            "network": ["twitter", "twitter"],
            "account": ["v", "w"],
            "counter": ["followers", "followers"],
            "value": [50.0, 70.0],
        }
    ),
    as_of=AS_OF,
)
FELLOWS = pl.concat(contents(f"m{number}", [2, 30, 31]) for number in range(4))
DELAYS = [timedelta(minutes=1), timedelta(minutes=90)]
HABITS = pl.DataFrame(
    {
        "actor": [f"g{number}" for number in range(40)],
        "reaction": ["like", "retweet"] * 20,
        "delay": DELAYS * 20,
    }
)

EVERY = {
    "bought followers": lambda rng: bought_followers(VICTIM),
    "hundred bots": lambda rng: hundred_bots(VICTIM, rng),
    "thousand once": lambda rng: thousand_once(VICTIM, rng),
    "pod": lambda rng: pod(VICTIM, FELLOWS, rng),
    "train": lambda rng: train(VICTIM, rng),
    "honest": lambda rng: honest(VICTIM, 200, HABITS, rng),
}
every_attack = pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)


def random() -> np.random.Generator:
    return np.random.default_rng(1)


def delays(deeds: pl.DataFrame, published: pl.DataFrame) -> pl.Series:
    """How long after its content each deed came."""
    timed = deeds.join(published.select("content", since="at"), on="content", how="inner")
    assert len(timed) == len(deeds)
    return timed["at"] - timed["since"]


@every_attack
def test_every_row_keeps_the_contract_and_is_not_of_the_future(make, tmp_path):
    pieces = [
        Piece(table, rows.with_row_index("row").cast({"row": pl.UInt64}), "attack")
        for table, rows in make(random()).items()
    ]
    source = Source("attack", "test", "0" * 12)
    receipt = write(tmp_path / "lake", pieces, source, SMALL, midnight(AS_OF))
    assert sum(receipt.entry.rows.values()) == sum(len(piece.frame) for piece in pieces) > 0
    assert not receipt.entry.quarantined, receipt.first_reason


@every_attack
def test_the_same_seed_makes_the_same_attack(make):
    one, two = make(random()), make(random())
    assert one.keys() == two.keys()
    for table, rows in one.items():
        assert_frame_equal(rows, two[table])


@every_attack
def test_nobody_likes_itself_nor_the_same_content_twice_nor_before_it_is_published(make):
    rows = make(random())
    deeds = rows.get("interactions", pl.DataFrame(schema=dict(TABLES["interactions"].columns)))
    assert not (deeds["actor"] == deeds["target"]).any()
    assert not deeds.select(pl.struct("actor", "content").is_duplicated().any()).item()
    more = rows.get("contents", VICTIM.contents.clear()).select("author", "content", "kind", "at")
    assert (delays(deeds, pl.concat([VICTIM.contents, FELLOWS, more])) >= timedelta()).all()


def test_a_thousand_bought_followers_are_one_reading_of_the_most_followed_account():
    (row,) = bought_followers(VICTIM)["counters"].rows(named=True)
    assert (row["account"], row["counter"], row["value"]) == ("w", "followers", 1070)
    assert midnight(AS_OF) - timedelta(days=1) <= row["at"] < midnight(AS_OF)


def test_each_of_a_hundred_bots_likes_all_that_is_published_within_hours_but_ten_a_day_at_most():
    deeds = hundred_bots(VICTIM, random())["interactions"]
    by_bot = deeds.group_by("actor").agg(pl.len(), pl.col("content").n_unique().alias("contents"))
    assert len(by_bot) == 100
    liked = len(VICTIM.contents) - 12 + FARM_DAILY  # twelve are of one day
    assert (by_bot["len"] == liked).all()
    assert (by_bot["contents"] == liked).all()
    late = delays(deeds, VICTIM.contents)
    assert late.max() < timedelta(hours=FARM_HOURS)
    assert late.n_unique() > 0.9 * len(deeds)


def test_a_thousand_throw_away_accounts_like_once_each_within_a_day_a_handful_of_contents():
    deeds = thousand_once(VICTIM, random())["interactions"]
    assert deeds["actor"].n_unique() == len(deeds) == 1000
    assert deeds["content"].n_unique() <= HANDFUL
    assert deeds["at"].max() - deeds["at"].min() <= timedelta(days=1)


def test_in_a_pod_each_member_likes_each_content_of_each_other_within_a_day():
    deeds = pod(VICTIM, FELLOWS, random())["interactions"]
    members = {"v", *FELLOWS["author"]}
    pairs = set(deeds.select("actor", "target").rows())
    assert pairs == {(a, b) for a in members for b in members if a != b}
    fellows = deeds.filter(pl.col("target") != "v")
    assert len(fellows) == len(FELLOWS) * (len(members) - 1)
    assert delays(fellows, FELLOWS).max() < timedelta(hours=POD_HOURS)


def test_a_follow_back_train_follows_and_each_gets_back_what_it_gives():
    rows = train(VICTIM, random())
    (reading,) = rows["counters"].rows(named=True)
    assert (reading["account"], reading["value"]) == ("v", 550)
    given = rows["interactions"].filter(pl.col("actor") == "v").group_by("target").len()
    received = rows["interactions"].filter(pl.col("target") == "v").group_by("actor").len()
    assert len(given) == len(received) == 500
    assert (given["len"] == TRAIN_EACH).all()
    assert received["len"].is_between(1, TRAIN_EACH).all()
    assert set(rows["contents"]["author"]) == set(given["target"])


def test_honest_reactions_are_as_many_as_asked_and_what_and_as_late_as_the_worlds():
    deeds = honest(VICTIM, 200, HABITS, random())["interactions"]
    assert len(deeds) == 200
    late = deeds.with_columns(delay=delays(deeds, VICTIM.contents))
    assert not len(late.join(HABITS, on=["actor", "reaction", "delay"], how="anti"))
    assert set(late["delay"]) == set(DELAYS)
