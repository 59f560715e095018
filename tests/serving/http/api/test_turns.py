"""However much one asks for, the others get theirs."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from serving.http.api.turns import Busy, Turn, Turns


class Queue:
    """Places that are held until they are given up."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.turns = Turns(at_once, waiting)
        self.held: dict[Turn, ExitStack] = {}

    def ask(self, asker: str) -> Turn:
        stack = ExitStack()
        place = stack.enter_context(self.turns.place(asker))
        self.held[place] = stack
        self.turns.ask(place)
        return place

    def leave(self, place: Turn) -> None:
        self.held.pop(place).close()


def called(places: list[Turn]) -> list[bool]:
    return [each.turn.done() and each.turn.exception() is None for each in places]


def lost(place: Turn) -> bool:
    return place.turn.done() and isinstance(place.turn.exception(), Busy)


def test_turns_go_round_by_who_asks() -> None:
    queue = Queue(1, 10)
    many = [queue.ask("a") for _ in range(5)]
    other, third = queue.ask("b"), queue.ask("c")
    order = []
    waiting = [*many, other, third]
    while waiting:
        [now] = [
            each for each, is_called in zip(waiting, called(waiting), strict=True) if is_called
        ]
        order.append(now.asker)
        waiting.remove(now)
        queue.leave(now)
    assert order == ["a", "b", "c", "a", "a", "a", "a"]


def test_who_has_most_gives_a_place_to_who_has_fewer() -> None:
    queue = Queue(1, 3)
    first, second, third, fourth = (queue.ask("a") for _ in range(4))
    other = queue.ask("b")
    assert lost(fourth)
    assert not lost(third)
    queue.leave(fourth)
    queue.leave(first)
    assert called([second, other]) == [False, True]


def test_where_all_have_as_much_who_comes_is_told_to_come_again() -> None:
    queue = Queue(1, 3)
    held = [queue.ask(each) for each in "aabb"]
    for asker in ("a", "b"):
        with pytest.raises(Busy):
            queue.ask(asker)
    assert not any(map(lost, held))
    queue.ask("c")
    assert list(map(lost, held)) == [False, True, False, False] or lost(held[3])


def test_what_is_at_work_is_never_pushed_out() -> None:
    queue = Queue(2, 0)
    held = [queue.ask("a"), queue.ask("a")]
    with pytest.raises(Busy):
        queue.ask("b")
    assert called(held) == [True, True]


def test_a_place_that_is_lost_and_left_frees_no_second_one() -> None:
    queue = Queue(1, 1)
    first, second = queue.ask("a"), queue.ask("a")
    other = queue.ask("b")
    assert lost(second)
    queue.leave(second)
    with pytest.raises(Busy):
        queue.ask("a")
    queue.leave(first)
    assert called([other]) == [True]
