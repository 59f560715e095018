"""Progress bars: how much, how fast."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from serving.cli.console import Bar, RateColumn, progress


def test_a_bar_says_how_many_a_second() -> None:
    seconds = iter(range(100))
    shown = Progress(RateColumn(), disable=True, get_time=lambda: float(next(seconds)))
    bar = Bar(shown, shown.add_task("", total=None))
    column = RateColumn()
    assert column.render(shown.tasks[0]).plain == ""
    for _ in range(3):
        bar(1_500)
    assert column.render(shown.tasks[0]).plain == "1,500/s"


def test_how_much_there_is_to_do_may_be_known_later() -> None:
    shown = Progress(console=Console(file=io.StringIO()))
    bar = Bar(shown, shown.add_task("", total=None))
    bar.expect(7)
    bar(3)
    assert (shown.tasks[0].completed, shown.tasks[0].total) == (3, 7)


def test_a_quiet_bar_takes_what_it_is_told() -> None:
    with progress("", None, quiet=True) as bar:
        bar.expect(3)
        bar(3)
