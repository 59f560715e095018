"""A new measure is declared in one place, and in the naive twin; all else follows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from features.catalogue import measures
from features.catalogue.catalogue import Catalogue
from features.catalogue.figures import Distinct, Figure, Sum
from features.catalogue.measures import Measure
from features.signals.materialize import materialize
from serving.cli.app import app
from serving.explain.counterfactual_signals import CounterfactualSignals
from serving.explain.records import read
from serving.explain.requests import MoreReactors, ReactorKind
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.why import signals_of
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.store import Day, Store
from tests.features.signals.test_materialize import assert_twins
from tests.serving.explain.test_what_if import with_people
from tests.support import naive as twin
from tests.support.api_client import client_of
from tests.support.doubts import doubted_worlds
from tests.support.explain_scenes import busy_world, identity, reaction, scene
from tests.support.histories import History, arrive, histories, moved_on
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF, SMALL, World, lake_of
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.influence.smoothing import engagement_columns

FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# --- what is added: data, in the table of measures -------------------------------------------


def two_a_day(k: pl.Expr, _made: pl.Expr, _standing: pl.Expr | None) -> pl.Expr:
    return k.clip(upper_bound=2)


def told(name: str, sentence: str, figure: Figure) -> Measure:
    return Measure(name, "things", f"the {name} of", sentence, figure)


NEW = (
    told("capped", "people {did} {much} times, two a day at most", Sum("capped", of=two_a_day)),
    told("regulars", "{much} people {did} twice in a day", Distinct("regulars", at_least=2)),
    # The same kinds, not weighed, and of contents.
    told("sure", "{much} sure", Sum("sure", weighed=False)),
    told("reached", "{much} reached", Distinct("reached", weighed=False)),
    told("hits", "{much} hits", Distinct("hits", weighed=False, of="contents", at_least=2)),
)


# --- and what it is, in plain Python ---------------------------------------------------------


def naive_measures(
    received: twin.Received, start: Any, published: int, actors: twin.Actors
) -> dict[str, float]:
    pairs = {key: k for key, k in received.by_actor_day.items() if key[-1] >= start}
    drawn = {key: k for key, k in received.by_content_day.items() if key[-1] >= start}
    sure = {key: k for key, k in pairs.items() if actors.quarters(key[0]) >= twin.BELIEVED}
    often = {actor for (actor, _), k in pairs.items() if k >= 2}
    capped = sum(min(2, k) * actors.quarters(actor) for (actor, _), k in pairs.items())
    return OLD_MEASURES(received, start, published, actors) | {
        "capped": capped / 4,
        "regulars": sum(map(actors.quarters, often)) / 4,
        "sure": sum(sure.values()),
        "reached": len({actor for actor, _ in sure}),
        "hits": len({key[:2] for key, k in drawn.items() if k >= 2}),
    }


OLD_MEASURES = twin.measures


@pytest.fixture(scope="module", autouse=True)
def catalogue() -> Iterator[Catalogue]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(measures, "MEASURES", (*measures.MEASURES, *NEW))
        patched.setattr(twin, "measures", naive_measures)
        yield Catalogue(SMALL.networks)


# --- what follows ----------------------------------------------------------------------------


@FEW
@given(world=doubted_worlds())
def test_from_scratch_it_equals_the_naive_twin(catalogue: Catalogue, world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = materialize(lake_of(world, Path(folder)), AS_OF, catalogue).collect()
    assert {f"twitter.any.{new.name}.30d" for new in NEW} <= set(found.columns)
    assert_twins(found, twin.naive(world, AS_OF, catalogue))


@settings(FEW, max_examples=3)
@given(history=histories())
def test_day_by_day_it_equals_a_computation_from_scratch(
    catalogue: Catalogue, history: History
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept: dict[str, pl.DataFrame] = {}
        for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
            lake = arrive(Path(folder), rows, number)
            found = moved_on(lake, as_of, kept, catalogue)
            wanted = materialize(lake, as_of, catalogue).collect()
            assert_frame_equal(found, wanted, check_exact=True)


def test_what_would_be_is_what_the_lake_gives_once_it_is_so(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    world = busy_world(5, 300) | {"identities": [identity("ann", "u1")]}
    lake = lake_of(world, tmp_path / "lake")
    ask = MoreReactors("twitter", "retweet", 35, times=70, kind=ReactorKind(score=60.0, busy=1))
    life = ScenarioInputs(*read(lake, AS_OF, AS_OF, "ann", (catalogue.network("twitter"),)))
    after = lake_of(with_people(world, ask, ask.kind, lake, "ann"), tmp_path / "after")
    (found,) = CounterfactualSignals(life).signals([ask]).iter_slices(1)
    wanted = signals_of(after, AS_OF, "ann", catalogue).select(found.columns)
    assert_frame_equal(found, wanted, check_exact=True)
    everybody = materialize(after, AS_OF, catalogue).collect().filter(person="ann")
    assert_frame_equal(wanted, everybody.select(wanted.columns), check_exact=True)


def test_it_is_learned_from_as_engagement(catalogue: Catalogue) -> None:
    names = {catalogue.names[column] for column in engagement_columns(catalogue)}
    assert {f"twitter.any.{new.name}.30d" for new in NEW} <= names
    up = {signal.name for signal in catalogue.signals if signal.sign == "up"}
    assert {f"twitter.any.{new.name}.30d" for new in NEW} <= up


def test_it_is_documented(catalogue: Catalogue) -> None:
    page = CliRunner().invoke(app, ["signals", "--format", "markdown"]).stdout
    row = "| `twitter.retweet.capped.30d` | things | 30 days | up | the capped of retweets"
    assert row in page


def model_of(catalogue: Catalogue, new: str) -> Model:
    """Learn that one measure is all there is to influence."""
    numbers, names = np.random.default_rng(1), catalogue.names
    own = [column for column, name in enumerate(names) if f".retweet.{new}." in name]
    values = np.zeros((120, len(names)))
    values[:, own] = np.round(numbers.gamma(0.7, 12.0, 120))[:, None]
    a = numbers.integers(0, 120, 1500)
    b = (a + numbers.integers(1, 120, 1500)) % 120
    persons = pl.Series("person", [f"p{number}" for number in range(120)])
    preference = (values[a, own[0]] > values[b, own[0]]).astype(float)
    judged = {"a": persons.gather(a), "b": persons.gather(b), "preference": preference}
    signals = pl.DataFrame(values, schema=names).insert_column(0, persons)
    params = TrainingParams(
        num_trees=20, measures=(new,), min_sum_hessian_in_leaf=0.1, num_threads=1
    )
    return fit(signals, pl.DataFrame(judged).with_columns(weight=1.0), catalogue, params)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("capped", "people retweeted you 10 times, two a day at most in 30 days"),
        ("regulars", "5 people retweeted you twice in a day in 30 days"),
    ],
)
def test_a_score_is_served_with_its_sentence(
    catalogue: Catalogue, tmp_path: Path, new: str, sentence: str
) -> None:
    often = [reaction(f"n{n % 5}", 5, content="1") for n in range(15)]
    lake = scene(tmp_path / "lake", interactions=often)
    by = model_of(catalogue, new)
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        scored = by.score(materialize(lake, AS_OF, catalogue).collect())
        people = scores_of(dict(scored.select("person", "score").iter_rows()))
        store.publish(Day(AS_OF, by.version, None, people.lazy()))
        with client_of(api(Context(store, tmp_path / "lake", lambda: by))) as client:
            answer = client.get("/v3/persons/ann/explanation").json()
    assert answer["score"] == scored.filter(person="ann")["score"][0]
    assert sentence in str(answer["parts"])
