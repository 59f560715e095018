"""A day is explained by the model that scored it, whichever is in force now."""

import json
from datetime import timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

from features.lake import Lake
from serving.cli.app import app
from serving.daily.run import daily
from serving.explain.explainer import scored_by
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.store import Store
from serving.store.address import url_of
from tests.support.api_client import client_of
from tests.support.explain_scenes import SINCE, model, scene
from tests.support.worlds import AS_OF
from training.influence.model import Model
from training.registry.archive import ArchivedModel

THEN, NOW, IN_FORCE = 1, 2, 3
"""Seeds of the models that scored the two days, and of the one that has taken their place."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Ann's lake, of whom nothing changes between the two days but the model."""
    folder = tmp_path_factory.mktemp("scored")
    scene(folder / "lake")
    url = url_of(None, folder / "lake")
    for day, seed in ((SINCE, THEN), (AS_OF, NOW)):
        model(seed).save(folder / "model", percentiles(seed))
        daily(folder / "lake", day, Model.load(folder / "model"), store=url)
    model(IN_FORCE).save(folder / "model")
    return folder / "lake"


def percentiles(seed):
    return pl.DataFrame({"percent": [0.0, 10.0 * seed], "twitter.followers": [0.0, 1.0]})


def asked(root, *more):
    words = ["explain", "ann", "--as-of", str(AS_OF), "--since", str(SINCE), "--lake", str(root)]
    words += ["--model", str(root.parent / "model"), "--json"]
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def published(root, day):
    rows = Lake(root).scan("scores", since=day, until=day + timedelta(1)).filter(person="ann")
    return rows.collect()["score"][0]


def assert_wholly_of_the_models(root, moved):
    """The change is between the scores that two models published, and the models are its cause."""
    assert (moved["model_then"], moved["model_now"]) == (model(THEN).version, model(NOW).version)
    assert (moved["score_then"], moved["score_now"]) == (
        published(root, SINCE),
        published(root, AS_OF),
    )
    assert moved["change"] != 0
    [cause] = moved["causes"]
    assert cause["name"] == "model"
    assert cause["points"] == pytest.approx(moved["change"], abs=1e-9)
    assert cause["words"] == f"the model is {model(NOW).version}, it was {model(THEN).version}"


def test_where_only_the_model_changed_the_command_says_so(root):
    found = asked(root)
    assert_wholly_of_the_models(root, found["moved"])
    assert found["why"]["model"] == model(NOW).version
    assert found["why"]["score"] == published(root, AS_OF)
    assert found["ways"]


def test_a_model_named_for_the_first_day_takes_the_place_of_its_own(root, tmp_path):
    model(IN_FORCE).save(tmp_path / "then")
    found = asked(root, "--model-then", str(tmp_path / "then"))
    assert found["moved"]["model_then"] == model(IN_FORCE).version
    assert found["why"]["model"] == model(NOW).version


def test_a_day_has_the_percentiles_of_its_model(root):
    fallback = ArchivedModel(model(IN_FORCE))
    for day, seed in ((SINCE, THEN), (AS_OF, NOW)):
        by = scored_by(Lake(root), day, fallback)
        assert by.model.version == model(seed).version
        assert by.reference is not None
        assert by.reference.equals(percentiles(seed))


def test_what_is_in_force_explains_a_day_that_nobody_published_or_whose_model_is_gone(tmp_path):
    scene(tmp_path / "lake")
    fallback = ArchivedModel(model(IN_FORCE))
    assert scored_by(Lake(tmp_path / "lake"), AS_OF, fallback) is fallback
    daily(tmp_path / "lake", AS_OF, model(NOW))
    assert scored_by(Lake(tmp_path / "lake"), SINCE, fallback) is fallback
    kept = tmp_path / "lake" / "models" / model(NOW).version
    kept.rename(tmp_path / "gone")
    assert scored_by(Lake(tmp_path / "lake"), AS_OF, fallback) is fallback


def test_a_model_in_force_is_not_read_again(root):
    fallback = ArchivedModel(model(NOW))
    assert scored_by(Lake(root), AS_OF, fallback) is fallback


def test_where_only_the_model_changed_the_api_says_so(root):
    with (
        Store.open(url_of(None, root)) as store,
        client_of(api(Context(store, root, lambda: model(IN_FORCE)))) as client,
    ):
        moved = client.get(f"/v3/persons/ann/movement?since={SINCE}").json()
        assert_wholly_of_the_models(root, moved)
        for path in ("explanation", "next"):
            assert client.get(f"/v3/persons/ann/{path}").json()["model"] == model(NOW).version
        more = {"people": {"network": "twitter", "reaction": "retweet", "people": 5}}
        told = client.post("/v3/persons/ann/what-if", json=more).json()
        assert told["before"] == published(root, AS_OF)
