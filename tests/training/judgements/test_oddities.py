"""What is odd about judgements is found, and nothing dropped."""

from __future__ import annotations

import json
from itertools import combinations, permutations, product

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from training.judgements import check
from training.judgements.cycles import cycles
from training.judgements.repeated_pairs import agreements, majority_of_others, verdicts

people, judges = st.sampled_from("abcdef"), st.sampled_from(["x", "y", "z", None])
rows = st.tuples(people, people, st.sampled_from([0.0, 0.25, 0.5, 1.0]), judges)
tables = st.lists(rows.filter(lambda row: row[0] != row[1]), max_size=25)
SCHEMA = {"a": pl.String, "b": pl.String, "preference": pl.Float64, "judge": pl.String}


def table_of(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def said_of(rows):
    """(pair, side, judge) of each row; judges only where two names tell them apart."""
    apart = len({judge for *_, judge in rows if judge}) > 1
    for a, b, preference, judge in rows:
        side = (preference > 0.5) - (preference < 0.5)
        yield tuple(sorted((a, b))), side if a < b else -side, judge if apart else None


def test_a_repeat_counts_in_either_order(judged):
    report = check(judged("a > b by x", "b < a by y", "a < b by y", "a > c by x", "a = d by y"))
    assert (report.judgements, report.persons, report.undecided) == (5, 4, 1)
    assert report.repeated_pairs == 1
    assert report.agreement == 1 / 3
    assert (report.contradicted_pairs, report.self_contradicted_pairs) == (1, 1)


@given(tables, st.booleans())
def test_agreement_is_that_of_every_couple_of_verdicts(rows, other_judges):
    compared = [
        (pair, side == other_side)
        for (pair, side, judge), (other, other_side, by) in combinations(said_of(rows), 2)
        if pair == other and side and other_side and not (other_judges and judge and judge == by)
    ]
    found = agreements(verdicts(table_of(rows)), other_judges=other_judges)
    assert found["couples"].sum() == len(compared)
    assert found["agreeing"].sum() == sum(agree for _, agree in compared)
    assert [(a, b) for a, b, *_ in found.rows()] == sorted({pair for pair, _ in compared})


@given(tables)
def test_the_others_are_all_other_judges_of_the_pair(rows):
    said = list(said_of(rows))
    expected = []
    for place, (pair, _, judge) in enumerate(said):
        others = [
            side
            for number, (other, side, by) in enumerate(said)
            if other == pair and number != place and not (judge and judge == by)
        ]
        expected.append((sum(others) > 0) - (sum(others) < 0))
    assert majority_of_others(verdicts(table_of(rows))).to_list() == expected


@given(tables)
def test_cycles_are_where_each_is_over_the_other_by_some_way(rows):
    over = {}
    for pair, side, _ in said_of(rows):
        over[pair] = over.get(pair, 0) + side
    edges = {(a, b) if sum_ > 0 else (b, a) for (a, b), sum_ in over.items() if sum_}
    reach = set(edges)
    for middle, start, end in product("abcdef", repeat=3):
        if (start, middle) in reach and (middle, end) in reach:
            reach.add((start, end))
    found = cycles(verdicts(table_of(rows)))
    assert found.persons == sum((person, person) in reach for person in "abcdef")
    inside = [{pair, pair[::-1]} <= reach for pair, _, _ in said_of(rows)]
    assert found.judgements == sum(inside)
    for example in found.examples:
        assert set(zip(example, [*example[1:], example[0]], strict=True)) <= edges
        assert len(example) == shortest(edges, example)
    assert bool(found.examples) == (found.persons > 0)


def shortest(edges, example):
    """Length of the shortest cycle among those who are in cycles with these."""
    for length in range(3, 7):
        for cycle in permutations("abcdef", length):
            if set(zip(cycle, [*cycle[1:], cycle[0]], strict=True)) <= edges and (
                connected(edges, cycle[0], example[0]) and connected(edges, example[0], cycle[0])
            ):
                return length
    return None


def connected(edges, start, end):
    seen, left = {start}, [start]
    while left:
        here = left.pop()
        new = {b for a, b in edges if a == here} - seen
        seen |= new
        left += new
    return end in seen


def test_a_cycle_is_shown_by_name_and_the_majority_decides(judged):
    lines = ["a > b", "b > c", "c > a", "c > a", "a > c", "c > d"]
    found = check(judged(*lines)).cycles
    assert (found.persons, found.judgements) == (3, 5)
    (cycle,) = found.examples
    assert "".join(cycle) in {"abc", "bca", "cab"}


def test_a_judge_who_turns_the_scale_round_is_named_and_a_careless_one_is_not(panel):
    report = check(panel([0.9] * 8 + [0.1, 0.55])[0])
    assert [judge.judge for judge in report.contrary] == ["j08"]
    assert len(report.judges) == 10
    assert sum(judge.judgements for judge in report.judges) == report.judgements


def test_honest_judges_are_not_accused(panel):
    accused = [check(panel([0.7] * 30, seed=seed)[0]).contrary for seed in range(5)]
    assert not any(accused)


def test_the_report_is_plain_json_even_of_one_judgement(judged):
    report = check(judged("a > b"))
    assert report.agreement is None
    assert json.loads(json.dumps(report.to_dict()))["cycles"] == {
        "persons": 0, "judgements": 0, "examples": []
    }  # fmt: skip
