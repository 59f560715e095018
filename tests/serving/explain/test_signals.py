"""One person's signals are those of everybody's, to the last bit, without reading everybody's."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from features.signals.materialize import materialize
from serving.explain import records
from serving.explain.counterfactual import next_point
from serving.explain.explainer import Question, answers
from serving.explain.records import StandInTables, at_the_end, read
from serving.explain.why import one_row, signals_of
from tests.support.doubts import belief_frame, beliefs, doubted_worlds
from tests.support.explain_scenes import SINCE, ago, busy_world, identity, model, scene
from tests.support.random_models import score
from tests.support.retractions import retracted
from tests.support.tallies import TALLYING, tallied
from tests.support.worlds import AS_OF, SMALL, frame, lake_of, standings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_same(lake, as_of, known=None, most=None, catalogue=SMALL):
    known = StandInTables() if known is None else known
    everybody = materialize(lake, as_of, catalogue, known.standing, known.authenticity).collect()
    for row in everybody.head(most or len(everybody)).iter_slices(1):
        found = signals_of(lake, as_of, row["person"][0], catalogue, known)
        assert_frame_equal(found, row.drop("person"), check_exact=True)


@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
@given(retracted(doubted_worlds()), standings(), beliefs())
def test_one_persons_signals_are_those_of_materialize(world, standing, belief):
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder))
        assert_same(lake, AS_OF, StandInTables(frame(standing), belief_frame(belief)))


@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
@given(tallied(retracted(doubted_worlds())))
def test_so_are_those_of_tallies(world):
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder), TALLYING)
        assert_same(lake, AS_OF, catalogue=TALLYING)


def test_they_are_also_in_a_world_where_everybody_reacts_to_everybody(tmp_path):
    lake = lake_of(busy_world(3), tmp_path / "lake")
    assert_same(lake, AS_OF, most=15)


def test_a_history_of_somebody_else_makes_void_what_is_given(tmp_path):
    """Where anybody has a history of scores, nobody has what is given; also who reacted here."""
    lake = scene(tmp_path / "lake", scores=[score("somebody", AS_OF - timedelta(3), 50.0)])
    assert_same(lake, AS_OF, StandInTables(frame({"twitter:f1": 90.0})))


def test_what_is_read_for_two_dates_answers_questions_about_the_second(tmp_path):
    """Accounts that came and went in between, and what lies before the second date's windows."""
    world = busy_world(4, 800)
    world["identities"] = [
        identity("ann", "u1", disconnected_at=ago(3)),
        identity("ann", "u2", "googleplus", disconnected_at=ago(3)),
        identity("ann", "u3", connected_at=ago(2)),
        identity("bob", "u4"),
        identity("bob", "u5", connected_at=ago(5), disconnected_at=ago(1)),
        identity("cid", "u6", connected_at=ago(4)),
    ]
    lake = lake_of(world, tmp_path / "lake")
    for person in ("ann", "bob", "cid", "twitter:u9"):
        for since in (AS_OF - timedelta(20), AS_OF):
            both = at_the_end(read(lake, since, AS_OF, person, SMALL.networks))
            found = one_row(both, SMALL)
            assert_frame_equal(found, signals_of(lake, AS_OF, person, SMALL), check_exact=True)
        assert next_point(lake, AS_OF, person, model(), records=both) == next_point(
            lake, AS_OF, person, model()
        )


def test_rows_of_the_command_are_read_once(tmp_path, monkeypatch):
    lake = scene(tmp_path / "lake")
    model().save(tmp_path / "model")
    done = []
    real = records.received
    monkeypatch.setattr(records, "received", lambda *of: done.append(1) or real(*of))
    answered = answers(
        Question(lake.root, "ann", AS_OF, SINCE, tmp_path / "model", *[None] * 4, ways=True)
    )
    assert answered.moved is not None
    assert answered.ways
    assert done == [1]
