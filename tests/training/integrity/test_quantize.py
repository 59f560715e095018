"""Steps of authenticity: the nearest one, and rarely another."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.lake.contracts import STEPS
from training.integrity.quantize import HOLD, step

chances, steps = st.floats(0, 1), st.sampled_from(STEPS)


def decided(probability: float, before: float) -> float:
    return pl.select(step(pl.lit(probability), pl.lit(before))).item()


@given(chances, steps)
def test_a_step_is_one_of_five_and_as_near_as_any_that_is_not_held(probability, before):
    after = decided(probability, before)
    assert after in STEPS
    nearest = min(abs(probability - each) for each in STEPS)
    room = nearest if after != before else (0.5 + HOLD) / 4
    assert abs(probability - after) <= room + 1e-12


@given(chances, steps)
def test_the_same_again_changes_nothing(probability, before):
    after = decided(probability, before)
    assert decided(probability, after) == after


@given(chances, steps, st.floats(-HOLD / 4, HOLD / 4))
def test_who_lies_near_a_line_does_not_go_to_and_fro(probability, before, noise):
    after = decided(probability, before)
    moved = min(max(probability + noise * 0.999, 0.0), 1.0)
    if after != before:
        assert decided(moved, after) == after


@given(chances, chances, steps)
def test_who_is_more_probably_authentic_is_never_on_a_lower_step(one, other, before):
    low, high = sorted((one, other))
    assert decided(low, before) <= decided(high, before)


@pytest.mark.parametrize(
    ("probability", "before", "after"),
    [(0.82, 1.0, 1.0), (0.8, 1.0, 0.75), (0.3, 1.0, 0.25), (0.0, 1.0, 0.0), (1.0, 0.0, 1.0)],
)
def test_examples(probability, before, after):
    assert decided(probability, before) == after
