"""Judgements are divided by person."""

from __future__ import annotations

import polars as pl
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from features.errors import KloutError
from training.judgements import folds, persons_of, repeated_splits, set_aside, split

people = st.integers(0, 60).map(lambda number: f"p{number}")
pairs = st.lists(st.tuples(people, people), min_size=1, max_size=200)


def frame_of(rows):
    return pl.DataFrame(rows, schema=["a", "b"], orient="row").with_row_index("row")


@given(pairs, st.integers(0, 99))
def test_no_person_is_judged_on_both_sides(rows, seed):
    train, test = split(frame_of(rows), 0.4, seed)
    assert not set(persons_of(train)) & set(persons_of(test))


def test_a_person_stays_on_its_side_when_others_come():
    frame = pl.DataFrame({"a": [f"p{n}" for n in range(500)], "b": [f"q{n}" for n in range(500)]})
    _, test = split(frame, 0.4, 1)
    _, of_half = split(frame.head(250), 0.4, 1)
    assert set(persons_of(of_half)) <= set(persons_of(test))


@given(pairs, st.integers(2, 6), st.integers(0, 99))
def test_a_fold_trains_on_nobody_of_its_group_and_the_folds_hold_out_everything(rows, count, seed):
    frame = frame_of(rows)
    divided = folds(frame, count, seed)
    assert len(divided) == count
    groups = []
    for train, held_out in divided:
        assert sorted([*train["row"], *held_out["row"]]) == frame["row"].to_list()
        groups.append(set(persons_of(frame)) - set(persons_of(train)))
        for a, b in held_out.select("a", "b").rows():
            assert {a, b} & groups[-1]
    assert set().union(*groups) == set(persons_of(frame))


def test_a_fold_needs_another_to_train_on():
    with pytest.raises(KloutError, match="1 folds"):
        folds(frame_of([("a", "b")]), 1, 0)


def test_other_seeds_test_other_persons():
    frame = frame_of([(f"p{n}", f"q{n}") for n in range(300)])
    tested = [frozenset(persons_of(test)) for _, test in repeated_splits(frame, 0.4, range(5))]
    assert len(set(tested)) == 5
    assert len({tuple(held["row"]) for s in range(5) for _, held in folds(frame, 2, s)}) == 10


def test_equal_seeds_divide_differently_for_different_purposes():
    persons = [f"p{number}" for number in range(400)]
    frame = pl.DataFrame({"a": persons[:200], "b": persons[200:]})
    train, _ = split(frame, 0.3, 1)
    assert len(set_aside(train, 0.3, 1)[0]) < len(train)
    assert all(len(held_out) for _, held_out in folds(train, 3, 1))


def test_known_persons_stay_where_they_are():
    """Whoever moves to the test part after an upgrade was trained on by the champion."""
    persons = [f"p{n}" for n in range(12)]
    frame = pl.DataFrame({"a": persons, "b": persons})
    _, test = split(frame, 0.3, 1)
    assert test["a"].to_list() == ["p1", "p5", "p6", "p8", "p9", "p11"]
    assert set_aside(frame, 0.3, 1)[1]["a"].to_list() == ["p3", "p10"]
    assert folds(frame, 3, 1)[0][1]["a"].to_list() == ["p0", "p3", "p5", "p9"]


def test_the_side_is_a_share_of_the_specified_hash_of_purpose_seed_and_person():
    persons = ["ann", "", "twitter:Ärger", *(f"{n}" for n in range(500))]
    frame = pl.DataFrame({"a": persons, "b": persons})
    for name, part in (("split", split), ("set aside", set_aside)):
        hashes = [xxhash.xxh3_64_intdigest(f"{name}:7:{each}".encode()) for each in persons]
        wanted = [each for each, value in zip(persons, hashes, strict=True) if value < 2**62]
        assert part(frame, 0.25, 7)[1]["a"].to_list() == wanted


@pytest.mark.parametrize("width", [2, 3, 4, 8, 20])
def test_divisions_say_nothing_of_each_other_however_short_the_ids(width):
    """XXH3 with one seed and with the next is the same hash of other short texts."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    persons = [(one + other).rjust(width, "x") for one in letters for other in letters]
    train, _ = split(pl.DataFrame({"a": persons, "b": persons}), 0.3, 1)
    aside = set_aside(train, 0.3, 1)[1]
    assert 0.24 < len(aside) / len(train) < 0.36
    other = split(train, 0.3, 2)[1]
    assert 0.24 < len(other) / len(train) < 0.36
