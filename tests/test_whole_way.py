"""The whole way, as a person goes it: commands in, scores out."""

from __future__ import annotations

import gzip
import json
import shutil
import sys

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from serving.cli.app import main
from tests.support import command
from training.influence.confidence import FIGURES

PARAMS = "train: {num_trees: 40, validation_share: 0.4, min_sum_hessian_in_leaf: 0.5}\n"
AS_OF = "2014-10-01"


@pytest.fixture
def klout(monkeypatch, capfd):
    """Run `klout` in this process: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["klout", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
            sys.exit(0)
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def well(klout):
    """Run `klout` where it must succeed: stdout."""

    def run(*words: object) -> str:
        code, out, err = klout(*words)
        assert code == 0, err
        return out

    return run


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A small world whose truth is gone before anything is learned from it, and a model."""

    def well(*words: object) -> None:
        ended = command.klout(*words)
        assert ended.code == 0, ended.err

    tmp_path = tmp_path_factory.mktemp("learned")
    lake, params = tmp_path / "lake", tmp_path / "params.yaml"
    params.write_text(PARAMS)
    well("simulate", "--out", lake, "--persons", 300, "--days", 30, "--seed", 3)
    (lake / "truth.parquet").rename(tmp_path / "truth.parquet")
    train, test = tmp_path / "train.parquet", tmp_path / "test.parquet"
    well("split", "--lake", lake, "--train", train, "--test", test)
    signals = tmp_path / "signals.parquet"
    well("materialize", "--lake", lake, "--as-of", AS_OF, "--out", signals)
    model = tmp_path / "model"
    well("train", "--signals", signals, "--judgements", train, "--params", params, "--out", model)
    return tmp_path


@pytest.fixture
def trained(learned, tmp_path):
    """A copy of it."""
    return shutil.copytree(learned, tmp_path, dirs_exist_ok=True)


def test_a_world_is_simulated_and_a_model_trained_and_evaluated_on_it(trained, well):
    scores = trained / "scores.parquet"
    told = well("score", "--model", trained / "model", "--signals", trained / "signals.parquet",
                "--out", scores)  # fmt: skip
    table = pl.read_parquet(scores)
    networks = [network.name for network in Catalogue(load_networks()).networks]
    assert table.columns == ["person", *FIGURES, *(f"part.{name}" for name in networks)]
    assert ((table["low"] <= table["score"]) & (table["score"] <= table["high"])).all()
    assert "people who reacted, mean of 7, 30 and 90 days: " in told
    assert table["score"].mean() == pytest.approx(40, abs=0.5)
    assert (table["score"] >= 63).mean() == pytest.approx(0.05, abs=0.01)
    metrics_file = trained / "metrics.json"
    said = well("evaluate", "--model", trained / "model", "--signals", trained / "signals.parquet",
                "--judgements", trained / "test.parquet", "--lake", trained / "lake",
                "--as-of", AS_OF, "--training", trained / "train.parquet",
                "--params", trained / "params.yaml", "--truth", trained / "truth.parquet",
                "--plots", trained / "plots", "--out", metrics_file,
                "--headline", trained / "few.json")  # fmt: skip
    assert said == ""
    metrics = json.loads(metrics_file.read_text())
    few = json.loads((trained / "few.json").read_text())
    assert few.items() <= metrics.items()
    assert [*few] == ["accuracy", "auc", "log_loss", "calibration_error", "share_of_truth"]
    assert set(metrics["baselines"]) == {
        "followers", "listed", "interactions", "reactors", "pagerank", "tweepcred", "tunkrank",
        "log_linear", "account_score", "least_squares", "logistic", "unconstrained", "truth",
    }  # fmt: skip
    assert metrics["accuracy"] > 0.5
    assert metrics["accuracy_low"] < metrics["accuracy"] < metrics["accuracy_high"]
    assert (trained / "plots" / "sheet.png").stat().st_size > 10_000
    report = well("report", "--scores", scores, "--metrics", metrics_file,
                  "--model", trained / "model")  # fmt: skip
    assert f"{len(table):,} persons scored" in report
    assert "people who reacted, mean of 7, 30 and 90 days: " in report
    assert "90% of looks" in report
    assert "of the accuracy that the hidden truth itself reaches" in report


def test_scores_that_do_not_say_how_sure_they_are_are_refused_in_a_line(trained, klout):
    scores, metrics = trained / "scores.parquet", trained / "metrics.json"
    pl.DataFrame({"person": ["a"], "influence": [1.0], "score": [2.0], "percentile": [3.0]}
                 ).write_parquet(scores)  # fmt: skip
    metrics.write_text("{}")
    code, _, err = klout("report", "--scores", scores, "--metrics", metrics,
                         "--model", trained / "model")  # fmt: skip
    assert code == 1
    assert f"{scores}: column 'confidence' is missing; expected Float64" in err


def test_metrics_are_on_stdout_and_name_what_was_given_and_nothing_more(trained, well):
    metrics = json.loads(
        well("evaluate", "--model", trained / "model", "--signals", trained / "signals.parquet",
             "--judgements", trained / "test.parquet")
    )  # fmt: skip
    plain = {"followers", "listed", "interactions", "reactors", "log_linear"}
    assert set(metrics["baselines"]) == plain
    assert "share_of_truth" not in metrics


def test_who_is_tested_must_not_be_trained_on(trained, klout):
    test = trained / "test.parquet"
    code, _, err = klout("evaluate", "--model", trained / "model", "--judgements", test,
                         "--signals", trained / "signals.parquet", "--training", test)  # fmt: skip
    assert code == 1
    assert "of its persons are in the test judgements too" in err


def test_what_spreads_after_a_day_is_followed_by_decile_of_score(trained, well):
    scores, out = trained / "scores.parquet", trained / "spread.csv"
    well("score", "--model", trained / "model", "--signals", trained / "signals.parquet",
         "--out", scores)  # fmt: skip
    well("spread", "--lake", trained / "lake", "--scores", scores, "--as-of", "2014-09-20",
         "--days", 10, "--out", out)  # fmt: skip
    table = pl.read_csv(out)
    assert table["decile"].to_list() == list(range(1, 11))
    assert table["reach_mean"][9] > table["reach_mean"][0]


def test_scores_given_as_standing_count_at_the_next_materialization(trained, well):
    signals, scores = trained / "signals.parquet", trained / "scores.parquet"
    well("score", "--model", trained / "model", "--signals", signals, "--out", scores)
    again = trained / "again.parquet"
    well("materialize", "--lake", trained / "lake", "--as-of", AS_OF, "--standing", scores,
         "--out", again)  # fmt: skip
    cold, warm = pl.read_parquet(signals), pl.read_parquet(again)
    standing = [name for name in cold.columns if ".standing." in name]
    others = [name for name in cold.columns if ".standing." not in name]
    assert warm.select(others).equals(cold.select(others))
    assert warm.select(pl.sum_horizontal(standing).sum()).item() > (
        cold.select(pl.sum_horizontal(standing).sum()).item()
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nonsense"], 2, "nonsense"),
        (["ingest"], 2, "FORMAT"),
        (["ingest", "sonnets", "x", "--lake", "L"], 1, "unknown format 'sonnets'"),
        (["ingest", "higgs", "nowhere.gz", "--lake", "L"], 1, "nowhere.gz: no such file"),
        (["materialize", "--lake", "L", "--as-of", "2014-10-01", "--out", "s"], 1, "no lake here"),
        (["materialize", "--lake", "L", "--as-of", "October", "--out", "s"], 2, "October"),
        (["score", "--model", "M", "--signals", "s", "--out", "r"], 1, "no model here"),
        (["evaluate", "--model", "M", "--signals", "s", "--judgements", "j"], 1, "no model here"),
        (
            ["ablate", "--signals", "s", "--judgements", "j", "--test", "t", "--out", "o"],
            1,
            "s: not a Parquet file of signals",
        ),
        (
            ["spread", "--lake", "L", "--scores", "s", "--as-of", "2014-10-01", "--out", "o"],
            1,
            "L: no lake here",
        ),
        (["report", "--scores", "s", "--metrics", "m", "--model", "M"], 1, "m: not metrics"),
        (["signals", "--networks", "nowhere"], 1, "nowhere: not a directory"),
        (["signals", "--format", "sonnet"], 2, "sonnet"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(klout, tmp_path, monkeypatch, words, code, says):
    monkeypatch.chdir(tmp_path)
    ended, _, err = klout(*words)
    assert ended == code
    assert says in err
    assert "Traceback" not in err
    assert code == 2 or err.count("\n") == 1


def test_a_network_of_ones_own_is_one_file(tmp_path, well):
    (tmp_path / "mastodon.toml").write_text(
        '[reactions]\nboost = "boosts"\n[counters]\n'
        'followers = { unit = "accounts", sign = "up", meaning = "followers" }\n'
    )
    signals = json.loads(well("signals", "--networks", tmp_path, "--format", "json"))
    mine = [signal["name"] for signal in signals if signal["network"] == "mastodon"]
    assert len(mine) == (1 + 1) * 9 * 3 + 1 + 1
    assert "mastodon.boost.reactors.30d" in mine


def test_the_eight_networks_have_400_signals_and_each_is_declared_in_full(well):
    signals = json.loads(well("signals", "--format", "json"))
    eight = {
        "facebook", "twitter", "instagram", "googleplus", "linkedin", "foursquare", "wikipedia",
        "klout",
    }  # fmt: skip
    assert sum(signal["network"] in eight for signal in signals) >= 400
    for signal in signals:
        assert signal["meaning"]
        assert signal["unit"]
        assert signal["sign"] in ("up", "down", "free")
        assert signal["window"] in (None, 7, 30, 90)
    assert len({signal["name"] for signal in signals}) == len(signals)


def test_a_partly_bad_file_keeps_its_good_rows_and_ends_with_1(tmp_path, klout, well):
    file, lake = tmp_path / "counters.csv", tmp_path / "lake"
    file.write_text(
        "network,account,counter,value,at\n"
        "twitter,ann,followers,12,2014-09-01\n"
        "twitter,bob,followers,-1,2014-09-01\n"
        "twitter,cat,fans,3,2014-09-01\n"
    )
    code, out, err = klout("ingest", "tables", file, "--lake", lake)
    assert code == 1
    assert "1 counters" in out
    assert "quarantined 2" in out
    assert "row 2: value: below its minimum" in err
    assert err.count("\n") == 1
    quarantine = pl.read_parquet(lake / "quarantine" / "*.parquet")
    assert quarantine["row"].to_list() == [2, 3]
    code, out, err = klout("ingest", "tables", file, "--lake", lake)
    assert (code, "already in the lake but for 2 rows that are still refused" in out + err) == (
        1,
        True,
    )
    well("materialize", "--lake", lake, "--as-of", AS_OF, "--out", tmp_path / "s.parquet")
    signals = pl.read_parquet(tmp_path / "s.parquet")
    assert signals["person"].to_list() == ["twitter:ann"]
    assert signals["twitter.followers"].to_list() == [12.0]


def test_damaged_files_leave_no_trace(tmp_path, klout):
    whole = gzip.compress(b"1 2 1341100972 RT\n" * 5_000)
    damaged = {
        "cut.txt.gz": whole[: len(whole) // 2],
        "empty.txt": b"",
        "nulls.txt": b"\xff\xfe\x00",
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        code, _, err = klout("ingest", "higgs", tmp_path / name, "--lake", tmp_path / "lake")
        assert code == 1
        assert name in err
        assert err.count("\n") == 1
    assert not list((tmp_path / "lake").rglob("*.parquet"))


def test_a_copy_of_a_file_by_another_name_changes_nothing(tmp_path, well):
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("1 2 1341100972 RT\n")
    lake = tmp_path / "lake"
    well("ingest", "higgs", tmp_path / "one.txt", "--lake", lake)
    assert "already in the lake" in well("ingest", "higgs", tmp_path / "two.txt", "--lake", lake)
