"""The fewest that are enough: what counting up from one finds, in few questions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from serving.explain.minimal_amount import STEPS, Pair, minimal_amounts

MANY = 1_000_000


def counted(most: int, needed: int) -> int | None:
    """Count up from one."""
    return next((many for many in range(1, most + 1) if many >= needed), None)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 250)), max_size=5))
def test_each_is_what_counting_up_finds(things: list[tuple[int, int]]) -> None:
    def are_enough(pairs: list[Pair]) -> list[bool]:
        assert all(1 <= many <= things[which][0] for which, many in pairs)
        return [many >= things[which][1] for which, many in pairs]

    found = minimal_amounts([most for most, _ in things], are_enough)
    assert found == [counted(most, needed) for most, needed in things]


@given(st.lists(st.integers(1, MANY + 1), min_size=1, max_size=4))
def test_up_to_a_million_it_takes_few_questions(needed: list[int]) -> None:
    questions = []

    def are_enough(pairs: list[Pair]) -> list[bool]:
        questions.append(len(pairs))
        return [many >= needed[which] for which, many in pairs]

    found = minimal_amounts([MANY] * len(needed), are_enough)
    assert found == [each if each <= MANY else None for each in needed]
    assert len(questions) <= 4
    assert max(questions) <= 2 * STEPS * len(needed)
