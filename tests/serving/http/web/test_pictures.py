"""Pictures: what is drawn is what is told, and stays inside."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.explain.change_text import CAUSES as ALL_CAUSES
from serving.http.web.authenticity_part import Beliefs, ReceivedAuthenticity
from serving.http.web.belief_picture import picture
from serving.http.web.fan import WIDTH as FAN_WIDTH
from serving.http.web.fan import fan
from serving.http.web.histogram import HEIGHT, WIDTH, histogram
from serving.http.web.parts import SHOWN, NetworkPart, segments
from serving.http.web.told import CAUSES
from serving.http.web.waterfall import LEAST, waterfall

POINTS = st.lists(st.floats(-20, 20), max_size=12)


@given(st.floats(21, 60), POINTS, st.booleans())
def test_a_waterfall_steps_from_the_first_number_to_the_last(first, steps, from_zero):
    first += 20 * len(steps)  # so that no sum is below 0
    drawn = waterfall(first, steps, from_zero=from_zero)
    rows = [drawn.first, *drawn.steps, drawn.last]
    for before, after in pairwise(rows):
        assert before.end == after.begin
    for row, step in zip(drawn.steps, steps, strict=True):
        assert row.falls == (step < 0) or row.width == LEAST
    for row in rows:
        assert 0 <= row.x <= 100
        assert 0 <= row.begin <= 100
        assert row.width >= 0


def test_a_waterfall_s_bars_are_as_long_as_their_points():
    drawn = waterfall(20, [8, -4, 16], from_zero=True)
    widths = [row.width for row in drawn.steps]
    assert widths == [pytest.approx(2.5 * each) for each in (8, 4, 16)]
    assert drawn.last.width == 100


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_parts_fill_a_bar_without_a_gap(shares):
    parts = [NetworkPart(f"{n}", f"{n}", each / sum(shares), n) for n, each in enumerate(shares)]
    drawn = segments(parts, 20, 80)
    assert len(drawn) <= SHOWN + 1
    assert drawn[0].x == 20
    for before, after in pairwise(drawn):
        assert before.x + before.width == pytest.approx(after.x, abs=0.02)
    assert drawn[-1].x + drawn[-1].width == pytest.approx(80, abs=0.02)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=60))
def test_bars_are_as_high_as_their_counts_and_stand_on_one_line(counts):
    drawn = histogram(counts, [""] * len(counts), [], "")
    for bar, count in zip(drawn.bars, counts, strict=True):
        assert bool(bar.height) == bool(count)
        assert bar.y + bar.height == pytest.approx(drawn.bottom)
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= HEIGHT
        assert bar.words.endswith(f": {count:,}")
    highest = max(range(len(counts)), key=lambda bar: counts[bar])
    assert drawn.bars[highest].height == max(bar.height for bar in drawn.bars)


@pytest.mark.parametrize("at", [0, 25, 50])
def test_what_is_said_of_a_person_is_written_towards_the_middle(at):
    x, _, side = histogram([1] * 50, [""] * 50, [], "", you=(at, "here")).you
    assert side == ("start" if x < WIDTH / 2 else "end")


def test_ties_meet_in_the_middle_and_the_strongest_are_widest():
    drawn = fan([1.0, 3.0], [2.0])
    assert all(f"{FAN_WIDTH // 2} {drawn.middle:g}" in each.path for each in drawn.curves)
    widths = [each.stroke for each in drawn.curves]
    assert widths[0] < widths[2] < widths[1]
    assert fan([], []).curves == ()


def test_every_cause_has_a_line():
    assert CAUSES.keys() == ALL_CAUSES.keys()


def test_of_reactions_that_do_not_count_there_is_a_picture_in_which_a_few_are_seen():
    received = ReceivedAuthenticity("twitter", ((1.0, 9_999), (0.0, 1)), 10_000, 9_900.0)
    drawn = picture(Beliefs((), (received, received)))
    assert drawn.whole.discounted == pytest.approx(0.01)
    assert drawn.whole.people == ((1.0, 19_998), (0.0, 2))
    assert [piece.step for piece in drawn.networks[0].bar] == [100, 0]
    assert drawn.networks[0].bar[1].width >= 0.9
    assert sum(piece.width for piece in drawn.networks[0].bar) == pytest.approx(100, abs=0.02)
    assert picture(Beliefs((), ())).whole is None
