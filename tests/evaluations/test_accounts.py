"""Accounts that people labelled: the table as declared, and figures that can be trusted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluations import accounts
from evaluations.accounts import FIGURES, auc, calibration_error, run
from evaluations.accounts_table import Accounts, read_figures
from features.errors import KloutError
from tests.features.conftest import SHARED

BANDS = ("1k", "100k", "1M", "10M")
ZEROS = (
    "user_retweeted",
    "likes_per_tweet",
    "retweets_per_tweet",
    "favourite_tweet_ratio",
    "lists_per_user",
    "follower_friend_ratio",
    "cdn_content_in_kb",
)
ROW = {
    "label": "human",
    "followers_band": "1k",
    "user_tweeted": 6,
    "user_replied": 2,
    "user_favourited": 300.0,
    "tweet_frequency": 1.5,
    "age_of_account_in_days": 100.0,
    "sources_count": 2,
    "urls_count": 9,
    "source_identity": "[2;1]",
    **dict.fromkeys(ZEROS, 0.0),
}


def made(number: int, seed: int = 0) -> pl.DataFrame:
    """Accounts whose bots publish more than people do, mostly."""
    rng = np.random.default_rng(seed)
    human = rng.uniform(size=number) < 0.5
    return pl.DataFrame([ROW] * number).with_columns(
        label=pl.Series(np.where(human, "human", "bot")),
        followers_band=pl.Series(rng.choice(BANDS[:3], number)),
        user_tweeted=pl.Series(rng.poisson(np.where(human, 5, 7))),
        tweet_frequency=pl.Series(rng.lognormal(np.where(human, 0.0, 1.5), 1.0)),
        user_favourited=pl.Series(rng.lognormal(5, 2, number)),
    )


def write(table: pl.DataFrame, file: Path) -> Path:
    table.write_csv(file)
    return file


def read(table: pl.DataFrame, folder: Path) -> Accounts:
    return Accounts.read(write(table, folder / "accounts.csv"), read_figures(FIGURES))


def test_figures_are_computed_as_declared(tmp_path: Path):
    found = read(pl.DataFrame([ROW]), tmp_path).figures.to_dicts()[0]
    assert {name: found[name] for name in ("tweets", "age", "media")} == {
        "tweets": 6,
        "age": 100,
        "media": 0,
    }
    sources = [found[f"source_{code}"] for code in range(6)]
    assert sources == [0, 1, 1, 0, 0, 0]
    assert [found[f"first_source_{code}"] for code in range(5)] == [0, 0, 1, 0, 0]
    assert found["reply_share"] == 2 / 8
    assert found["urls_per_tweet"] == 9 / 6
    assert found["favourites_per_day"] == 3
    assert found["favourites_per_tweet"] == 3 / 1.5


def test_who_published_nothing_divides_by_one(tmp_path: Path):
    silent = pl.DataFrame([ROW | {"user_tweeted": 0, "user_replied": 0}])
    found = read(silent, tmp_path).figures
    assert found.select("reply_share", "urls_per_tweet").row(0) == (0, 9)


def test_the_order_of_columns_and_the_way_a_list_is_written_change_nothing(tmp_path: Path):
    table = made(20)
    other = table.select(sorted(table.columns)).with_columns(source_identity=pl.lit("[2, 1]"))
    one, two = read(table, tmp_path), read(other.drop("followers_band"), tmp_path)
    assert one.figures.equals(two.figures)
    assert (one.human == two.human).all()
    assert set(two.band) == {"all"}


def test_equal_accounts_are_one_and_those_learned_from_are_no_test(tmp_path: Path):
    table = made(30)
    known, asked = read(pl.concat([table[:20], table[:5]]), tmp_path), read(table[10:], tmp_path)
    rest = asked.without(known)
    assert (len(known), len(asked), len(rest)) == (20, 20, 10)
    assert rest.figures.equals(read(table[20:], tmp_path).figures)
    assert (rest.human == (table["label"][20:] == "human").to_numpy()).all()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (made(9).drop("urls_count", "label"), "no column 'label', 'urls_count'"),
        (made(9).drop("likes_per_tweet"), "no column 'likes_per_tweet'"),
        (pl.DataFrame([ROW, ROW | {"label": "cat"}]), "label of row 1 is 'cat'; expected human"),
        (pl.DataFrame([ROW | {"urls_count": "many"}]), "urls_count: expected numbers"),
        (pl.DataFrame([ROW, ROW | {"urls_count": None}]), "urls of row 1 is None"),
    ],
)
def test_a_table_of_another_form_is_refused_by_name(
    table: pl.DataFrame, message: str, tmp_path: Path
):
    with pytest.raises(KloutError, match=rf"accounts\.csv: .*{message}"):
        read(table, tmp_path)


@pytest.mark.parametrize(
    "spec",
    ["{column: a}", "{of: [a], sign: up, meaning: m}", "{column: a, odd: 1, sign: up, meaning: m}"],
)
def test_a_figure_that_is_not_declared_whole_is_refused(spec: str, tmp_path: Path):
    (tmp_path / "figures.yaml").write_text(f"figures: {{new: {spec}}}")
    with pytest.raises(KloutError, match="figure new"):
        read_figures(tmp_path / "figures.yaml")


def test_calibration_error_is_what_counting_by_hand_gives():
    rng = np.random.default_rng(0)
    said = rng.beta(2, 3, 200)
    human = rng.uniform(size=200) < said**2
    width = mass = 0.0
    order = np.argsort(said)
    for bin_ in range(10):
        inside = [n for n in range(200) if bin_ <= 10 * said[n] < bin_ + 1]
        for members, share in ((inside, "width"), (order[20 * bin_ : 20 * bin_ + 20], "mass")):
            if len(members):
                gap = abs(said[members].mean() - human[members].mean()) * len(members) / 200
                width, mass = (width + gap, mass) if share == "width" else (width, mass + gap)
    assert calibration_error(said, human, equal_mass=False) == pytest.approx(width)
    assert calibration_error(said, human, equal_mass=True) == pytest.approx(mass)
    assert calibration_error(np.array([0.0, 1.0]), np.array([False, True]), equal_mass=False) == 0


def test_auc_without_a_pair_is_no_number():
    assert np.isnan(auc(np.ones(3), np.ones(3, dtype=bool)))
    assert auc(np.array([0.1, 0.5, 0.5]), np.array([False, True, False])) == 0.75


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "REPEATS", 1)
    monkeypatch.setattr(accounts, "FOLDS", 2)
    whole = accounts.learners
    monkeypatch.setattr(
        accounts,
        "learners",
        lambda figures: {n: f for n, f in whole(figures).items() if n != "random_forest"},
    )


def test_the_last_line_is_json_whether_folds_are_tested_or_a_table(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    known = write(made(120), tmp_path / "known.csv")
    asked = write(made(150, seed=1).filter(pl.col("followers_band") != "1M"), tmp_path / "t.csv")
    for test in (None, asked):
        run(known, test)
        lines = capsys.readouterr().out.splitlines()
        found = json.loads(lines[-1])
        assert 0.75 < found["auc"] < 1
        assert found["ece"] == max(found["ece_equal_mass"], found["ece_equal_width"])
        assert any(line.startswith("auc 1M ") for line in lines) == (test is None)


def test_a_test_of_the_same_accounts_is_refused(tmp_path: Path):
    file = write(made(20), tmp_path / "known.csv")
    with pytest.raises(KloutError, match="expected both people and bots"):
        run(file, file)


def test_the_published_accounts_are_told_apart_better_than_by_lightgbm_as_it_comes():
    file = SHARED / "accounts" / "twitter_bots_humans.csv"
    if not file.is_file():
        pytest.skip(f"needs the real data in {SHARED}")
    figures = read_figures(FIGURES)
    whole = Accounts.read(file, figures)
    asked = np.random.default_rng(0).permutation(len(whole)) < len(whole) // 3
    known, test = whole.take(~asked), whole.take(asked)
    learn = accounts.learners(figures)
    said = {name: learn[name](known, test, 0) for name in ("model", "lightgbm")}
    assert auc(said["model"], test.human) > max(0.88, auc(said["lightgbm"], test.human))
    assert calibration_error(said["model"], test.human, equal_mass=True) < 0.08
