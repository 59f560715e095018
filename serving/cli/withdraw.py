"""`klout withdraw`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import KloutError
from features.storage.waiting import PATIENCE
from serving.cli.console import LakeOption, QuietOption, WaitOption, day_of
from serving.cli.printing import say
from serving.cli.store_options import StoreOption

if TYPE_CHECKING:
    from serving.daily.withdrawing import Withdrawn
    from serving.store.published_rows import PublishedDay

app = typer.Typer()


@app.command("withdraw")
def withdraw_command(
    lake: LakeOption,
    first: Annotated[
        datetime,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help="The first day to take back; all later ones go with it.",
            show_default=False,
        ),
    ],
    why: Annotated[str, typer.Option(help="The reason; recorded.", show_default=False)],
    store: StoreOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Take published days back: out of the lake, what is kept of them, and the store.

    They may be run again afterwards. Ended midway, the same command finishes it.

    Example: klout withdraw --lake L --from 2014-09-28 --why "the log of the 27th was cut short"
    """
    from serving.daily.withdrawing import withdraw
    from serving.store.from_lake import bring_up, existing

    # Opened first: a store that can't be reached must not be found out about afterwards.
    since, opened = day_of(first), existing(store, lake)
    done = withdraw(lake, since, why)
    gone, latest = list["PublishedDay"](), None
    if opened is not None:
        gone, latest = bring_up(opened, lake)
        opened.close()
    is_done = bool(done.seen or done.held or done.accounts or done.left or gone)
    if not is_done and done.before is None:
        raise KloutError(f"{lake}: nothing of {since} or later is published or held")
    if quiet:
        return
    if not is_done:
        say(f"{since} and later: withdrawn already ({done.before}); nothing changed")
        return
    say("\n".join(_said(done)))
    if opened is not None:
        say("\n".join(_served(opened.name, gone, latest)))


def _said(done: Withdrawn) -> Iterator[str]:
    for day in done.seen:
        model = f"by model {day.model}" if day.model else "from elsewhere"
        yield f"{day.as_of}: withdrawn; readers of the lake saw {day.people:,} persons, {model}"
    for held in done.held:
        yield f"{held}: was held, and is no longer; nobody saw it"
    if done.accounts:
        yield f"{done.accounts:,} steps of accounts that these days' runs judged are taken back"
    if done.left:
        yield f"{done.left:,} files that a withdrawal had left are cleared up"


def _served(store: str, gone: list[PublishedDay], latest: date | None) -> Iterator[str]:
    for day in gone:
        since = f"{day.published_at:%Y-%m-%d %H:%M} UTC"
        yield (
            f"store {store}: {day.as_of} withdrawn; {day.persons:,} persons by model {day.model} "
            f"were served from {since} on"
        )
    yield f"store {store}: serves {latest or 'no day'}"
