"""One person's signals are those of everybody's, to the last bit, without reading everybody's."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from features.materialize import materialize
from serving.explain.one import signals_of
from serving.explain.reading import Given
from tests.features.doubts import belief_frame, beliefs, doubted_worlds
from tests.features.worlds import AS_OF, SMALL, frame, lake_of, standings
from tests.invariants.models import score
from tests.serving.explain.scenes import busy_world, scene

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_same(lake, as_of, known=None, most=None):
    known = Given() if known is None else known
    everybody = materialize(lake, as_of, SMALL, known.standing, known.authenticity).collect()
    for row in everybody.head(most or len(everybody)).iter_slices(1):
        found = signals_of(lake, as_of, row["person"][0], SMALL, known)
        assert_frame_equal(found, row.drop("person"), check_exact=True)


@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
@given(doubted_worlds(), standings(), beliefs())
def test_one_persons_signals_are_those_of_materialize(world, standing, belief):
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder))
        assert_same(lake, AS_OF, Given(frame(standing), belief_frame(belief)))


def test_they_are_also_in_a_world_where_everybody_reacts_to_everybody(tmp_path):
    lake = lake_of(busy_world(3), tmp_path / "lake")
    assert_same(lake, AS_OF, most=15)


def test_a_history_of_somebody_else_makes_void_what_is_given(tmp_path):
    """Where anybody has a history of scores, nobody has what is given; also who reacted here."""
    lake = scene(tmp_path / "lake", scores=[score("somebody", AS_OF - timedelta(3), 50.0)])
    assert_same(lake, AS_OF, Given(frame({"twitter:f1": 90.0})))
