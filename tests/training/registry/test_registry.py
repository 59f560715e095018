"""What the list of runs shows, and that models in MLflow are found or named as missing."""

from __future__ import annotations

import json
import re

import mlflow
import pytest

from features.errors import KloutError
from training.registry import pages
from training.registry.registry import GUIDE, NOTE, Registry
from training.registry.run_views import SHARED, views

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return Registry(tmp_path_factory.mktemp("home") / "mlflow")


def tags(registry: Registry) -> dict[str, str]:
    registry.connect()
    return mlflow.get_experiment_by_name("klout-score").tags


def test_the_experiment_explains_itself_and_brings_its_views(registry):
    found = tags(registry)
    assert found[NOTE] == GUIDE
    assert {name: found[name] for name in views()} == views()


def test_what_was_changed_by_hand_is_put_right_and_what_is_not_ours_stays(registry):
    registry.connect()
    mlflow.set_experiment_tags({NOTE: "x", f"{SHARED}mine": "y"})
    assert (tags(registry)[NOTE], tags(registry)[f"{SHARED}mine"]) == (GUIDE, "y")


def test_a_view_is_what_mlflow_s_browser_side_reads():
    for view in map(json.loads, views().values()):
        assert isinstance(view["name"], str)
        assert isinstance(view["createdAt"], int)
        state = json.loads(view["state"])
        sections = {each["uuid"] for each in state["compareRunSections"]}
        assert {each["metricSectionId"] for each in state["compareRunCharts"]} == sections
        assert {each["runsCountToCompare"] for each in state["compareRunCharts"]} == {20}
        assert state["runsHiddenMode"] == "FIRST_20_RUNS"
        assert state["searchFilter"] in ('tags.stage = "candidate"', 'tags.stage = "trial"')
        assert any(
            re.fullmatch(r"metrics\.`\w*log_loss`", each) for each in state["selectedColumns"]
        )


def test_the_links_lead_to_the_model_and_to_views_that_are_there(registry, monkeypatch, capsys):
    monkeypatch.chdir(registry.home.parent)
    tags(registry)
    pages.main("http://127.0.0.1:5000")
    lines = dict(re.findall(r"(.+?) +(http\S+)", capsys.readouterr().out))
    assert lines.pop("klout-score").endswith("/#/models/klout-score?workflowType=machine_learning")
    number = mlflow.get_experiment_by_name("klout-score").experiment_id
    for link in lines.values():
        assert f"/#/experiments/{number}/runs?workflowType=machine_learning" in link
        [key] = re.findall(r"viewStateShareKey=([a-z-]+)", link)
        assert f"{SHARED}{key}" in views()
    assert len(lines) == len(views())


def test_mlflow_opens_the_experiment_at_runs_and_not_at_chats(registry):
    assert tags(registry)["mlflow.experimentKind"] == "custom_model_development"


def test_an_empty_registry_has_no_champion(registry):
    assert registry.champion() is None
    assert registry.withdrawn("0123456789ab") is None
    with pytest.raises(KloutError, match="there is no champion"):
        registry.roll_back("why not")


def test_a_version_that_is_not_there_is_named(registry):
    with pytest.raises(KloutError, match="version 7 is not there"):
        registry.load("7")
