"""The line of scores: where it goes, where it is cut, and what is said of it."""

from datetime import date, timedelta

from serving.http.web.score_line import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, line
from serving.store.published_rows import HistoryPoint

TODAY = date(2014, 3, 1)


def points(*scores: float | None) -> list[HistoryPoint]:
    """Scores of the last days, the last today; None: none that day."""
    days = enumerate(reversed(scores))
    found = [HistoryPoint(TODAY - timedelta(age), each) for age, each in days if each is not None]
    return found[::-1]


def test_more_is_higher_and_later_is_further_right():
    drawn = line({"ann": points(40, 45, 43)}, TODAY)
    [run] = drawn.curves[0].runs
    places = [tuple(map(float, each.split(","))) for each in run.split()]
    (x1, y1), (x2, y2), (x3, y3) = places
    assert x1 < x2 < x3 == WIDTH - RIGHT
    assert y2 < y3 < y1  # SVG counts from the top
    assert drawn.curves[0].end == (x3, y3)


def test_a_whole_line_fits_its_frame():
    drawn = line({"ann": points(*(50 + n % 7 for n in range(91)))}, TODAY)
    places = [tuple(map(float, each.split(","))) for each in drawn.curves[0].runs[0].split()]
    assert len(places) == 91
    assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in places)


def test_a_line_is_cut_where_days_are_missing():
    drawn = line({"ann": points(40, 41, None, 43, None, 45, 46)}, TODAY)
    assert len(drawn.curves[0].runs) == 2
    assert len(drawn.curves[0].dots) == 1


def test_one_day_is_a_dot_and_no_day_is_nothing():
    drawn = line({"ann": points(40.44)}, TODAY)
    assert drawn.curves[0].runs == ()
    assert drawn.words == "ann: 40.4 on 1 Mar 2014."
    assert line({"ann": []}, TODAY) is None
    assert line({}, TODAY) is None


def test_quiet_scores_look_quiet_and_ends_of_the_scale_stay_inside():
    for score in (1.0, 40.0, 99.99):
        drawn = line({"ann": points(score, score)}, TODAY)
        levels = [float(text) for _, text in drawn.levels]
        assert max(levels) - min(levels) >= 2
        assert all(0 <= level <= 100 for level in levels)


def test_words_tell_the_range():
    drawn = line({"ann": points(40, 47, 43)}, TODAY)
    assert drawn.words == ("ann: 40.0 on 27 Feb 2014, 43.0 on 1 Mar 2014; between 40.0 and 47.0.")


def test_letters_do_not_stand_on_one_another_and_keep_their_people():
    drawn = line({"ann": points(40.0), "bob": [], "carol": points(40.1)}, TODAY)
    assert [(each.name, each.letter) for each in drawn.curves] == [("ann", "A"), ("carol", "C")]
    ann, carol = (each.letter_y for each in drawn.curves)
    assert ann - carol >= 10


def test_only_switches_of_these_days_are_drawn():
    days = [TODAY - timedelta(age) for age in (0, 40, 90, 200)]
    quarter = points(*(40 + n / 90 for n in range(91)))
    assert len(line({"ann": quarter}, TODAY, days).switches) == 2


def test_a_young_history_fills_the_picture_and_a_long_one_is_cut_at_90_days():
    for kept, shown in ((2, 7), (8, 7), (30, 29), (91, 90), (120, 90)):
        drawn = line({"ann": points(*(40 + n / 90 for n in range(kept)))}, TODAY)
        assert drawn.days_shown == shown
        assert drawn.days[0][0] == LEFT
        assert drawn.days[-1][0] == WIDTH - RIGHT


def test_marked_days_are_numbered_where_the_line_is():
    drawn = line({"ann": points(40, 47, 43)}, TODAY, marked=[TODAY - timedelta(1), TODAY])
    (x1, y1, one), (x2, y2, two) = drawn.marks
    assert (one, two) == (1, 2)
    assert (x2, y2) == drawn.curves[0].end
    assert (x1, y1) == drawn.curves[0].spots[1][:2]
    assert y1 < y2


def test_each_day_tells_a_pointer_its_score():
    told = [words for *_, words in line({"ann": points(40, 47)}, TODAY).curves[0].spots]
    assert told == ["28 Feb 2014: 40.0", "1 Mar 2014: 47.0"]
