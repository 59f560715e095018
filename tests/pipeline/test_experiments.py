"""The real `dvc.yaml` under the real DVC: what runs again, what experiments leave and show."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import time

import pytest

from tests.support.stand_in_pipeline import ROOT, Checkout

WIDTH = 160
MODELLED = ["train", "audit", "evaluate"]
TRIED = [*MODELLED, "record"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A checkout in which everything was run, and committed."""
    checkout = Checkout.made(tmp_path_factory.mktemp("pipeline") / "finished")
    assert checkout.repro()[0] == "simulate"
    checkout.commit()
    return checkout


@pytest.fixture
def checkout(finished, tmp_path):
    """A copy of it, at another path."""
    shutil.copytree(finished.folder, tmp_path / "copy", symlinks=True)
    return Checkout(tmp_path / "copy")


@pytest.fixture(scope="module")
def tried(finished, tmp_path_factory):
    """A copy with an experiment, which ran in a folder of its own; what was run comes second."""
    folder = tmp_path_factory.mktemp("tried") / "copy"
    checkout = Checkout(shutil.copytree(finished.folder, folder, symlinks=True))
    checkout.dvc("exp", "run", "--temp", "--name", "other", "-S", "train.num_leaves=16")
    return checkout, checkout.ran()


def with_leaves(checkout: Checkout, leaves: int) -> None:
    file = checkout.folder / "params.yaml"
    file.write_text(re.sub("num_leaves: .*", f"num_leaves: {leaves}", file.read_text(), count=1))


def test_a_second_repro_does_nothing_in_a_copy_either(finished, checkout):
    assert finished.repro() == []
    assert checkout.repro() == []
    assert checkout.run("git", "status", "--short") == ""


def test_a_comment_runs_nothing_and_other_code_does(checkout):
    code = checkout.folder / "features" / "errors.py"
    code.write_text("1  # another comment\n")
    assert checkout.repro() == []
    code.write_text("2\n")
    assert checkout.repro()[0] == "simulate"


def test_a_model_that_dvc_restores_is_recorded_and_registered_again_all_the_same(checkout):
    registry = checkout.folder / "mlflow" / "mlflow.db"
    with_leaves(checkout, 16)
    assert {*TRIED, "promote"} <= {*checkout.repro()}
    with_leaves(checkout, 8)
    again = checkout.repro()
    assert not {*MODELLED} & {*again}
    assert {"record", "promote"} <= {*again}
    first, other, last = registry.read_text().split()
    assert first == last != other
    assert checkout.repro() == []


def test_where_the_registry_is_gone_the_champion_is_registered_again(checkout):
    for name in ("mlflow.db", "promotion.json"):
        (checkout.folder / "mlflow" / name).unlink()
    assert checkout.repro()[0] == "promote"


def test_an_experiment_simulates_nothing_and_leaves_no_traces(tried):
    checkout, ran = tried
    assert ran == TRIED
    assert checkout.run("git", "status", "--short") == ""
    assert len((checkout.folder / "mlflow" / "mlflow.db").read_text().split()) == 1


def test_an_experiment_changes_one_value_of_the_parameters(tried):
    checkout, _ = tried
    found = checkout.run("git", "for-each-ref", "--format=%(objectname)", "refs/exps").split()
    text = checkout.run("git", "show", f"{found[0]}:params.yaml")
    before = (ROOT / "params.yaml").read_text()
    assert text == before.replace("num_leaves: 8\n", "num_leaves: 16\n", 1)


def shown(checkout: Checkout) -> str:
    """Run what `make experiments` runs, in a terminal of `WIDTH` columns."""
    text = (ROOT / "Makefile").read_text()
    recipe = re.search(r"^experiments:.*\n\t(.*)\n", text, re.MULTILINE)
    assert recipe is not None
    words = shlex.split(recipe[1].replace("$(OPTIONS)", "").replace("$$", "$"))
    return checkout.run(*words)


def test_experiments_are_shown_with_what_changed_and_what_came_of_it(tried):
    table = shown(tried[0])
    lines = table.splitlines()
    assert max(map(len, lines)) <= WIDTH
    header = next(line for line in lines if "Experiment" in line)
    for column in ("accuracy", "auc", "log_loss", "calibration_error", "share_of_truth"):
        assert column in header
    assert "train.num_leaves" in header
    other = next(line for line in lines if "other" in line)
    assert " 0.416 " in other
    assert " 16 " in other
    assert "…" not in table
    assert "..." not in table


def test_two_experiments_are_on_one_picture(tried):
    checkout, _ = tried
    plots = json.loads(checkout.dvc("plots", "diff", "HEAD", "other", "--json"))
    assert plots.get("errors", []) == []
    assert len(plots["data"]) == 9
    for name, pictures in plots["data"].items():
        assert len(pictures) == 1, name
        assert set(pictures[0]["revisions"]) == {"HEAD", "other"}


@pytest.mark.slow
def test_six_experiments_on_two_workers_simulate_nothing(checkout):
    checkout.dvc("exp", "run", "--queue", "-S", "train.num_leaves=2,3,4", "-S", "train.few=1,2")
    checkout.dvc("queue", "start", "-j", "2")
    end = time.monotonic() + 900
    while re.search("Queued|Running", status := checkout.dvc("queue", "status")):
        assert time.monotonic() < end, status
        time.sleep(1)
    assert status.count("Success") == 6, status
    ran = checkout.ran()
    assert {*ran} == {*TRIED}
    assert ran.count("train") == 6
    found = checkout.dvc("exp", "show", "--json")
    assert found.count('"rev"') >= 7
