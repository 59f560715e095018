"""`klout store`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import AllowFutureOption, AsOfOption, LakeOption, QuietOption, day_of
from serving.cli.outputs import Form, Written
from serving.cli.printing import say
from serving.cli.store_options import LakeOrNone, StoreOption

app = typer.Typer(
    help="The store of published scores: fill, upgrade, back up, shorten its history."
)


def _is_backup(file: Path) -> bool:
    from serving.store.backup import is_backup

    return is_backup(file)


COPY = Form("a backup of a store", _is_backup)


@app.command("upgrade")
def upgrade_command(
    store: StoreOption = None, lake: LakeOrNone = None, quiet: QuietOption = False
) -> None:
    """Bring the store's tables up to date; new ones are made.

    Example: klout store upgrade --store postgresql+psycopg://klout@db/klout
    """
    from serving.store.address import url_of
    from serving.store.schema import REVISION
    from serving.store.store import Store

    with Store.upgraded(url_of(store, lake)) as opened:
        if not quiet:
            say(f"store {opened.name} has schema {REVISION}")


@app.command("load")
def load_command(
    lake: LakeOption,
    store: StoreOption = None,
    model: Annotated[
        Path | None, typer.Option(help="The model that scored, to name its signals.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Publish the lake's days that the store lacks; remove who has opted out or was forgotten.

    Example: klout store load --lake L
    """
    from serving.store.address import url_of
    from serving.store.from_lake import load
    from serving.store.store import Store
    from training.influence.model import Model

    scorer = None if model is None else Model.load(model)
    with Store.open(url_of(store, lake), write=True) as opened:
        days = load(opened, lake, scorer)
    if not quiet:
        what = f"{len(days)} days, {days[0]} to {days[-1]}" if days else "nothing new"
        say(f"store {opened.name}: {what}")


@app.command("publish")
def publish_command(
    lake: LakeOption,
    scores: Annotated[Path, typer.Option(help="From `klout score`.", show_default=False)],
    as_of: AsOfOption,
    model: Annotated[Path, typer.Option(help="The model that scored.")] = Path("models/champion"),
    store: StoreOption = None,
    allow_future: AllowFutureOption = False,
    again: Annotated[
        bool, typer.Option("--again", help="In the place of what was published of the day.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Publish scores that no daily run computed, with the accounts that the lake knows.

    Example: klout store publish --scores scores.parquet --lake L --as-of 2014-10-01
    """
    from features.lake.known_days import check_come
    from serving.store.address import url_of
    from serving.store.from_lake import publish_file
    from serving.store.store import Store
    from training.influence.model import Model

    day = day_of(as_of)
    check_come(day, allow_future=allow_future)
    scorer = Model.load(model)
    with Store.open(url_of(store, lake), write=True) as opened:
        is_new = publish_file(opened, lake, scores, day, scorer, again=again)
    if not quiet:
        said = "published" if is_new else "published already; nothing changed"
        say(f"store {opened.name}: {day} {said}")


@app.command("backup")
def backup_command(
    file: Annotated[Path, Written(COPY), typer.Argument(help="The copy.", show_default=False)],
    store: StoreOption = None,
    lake: LakeOrNone = None,
    quiet: QuietOption = False,
) -> None:
    """Copy a store in SQLite, as it is now, while it may be in use.

    Example: klout store backup store.backup --lake L
    """
    from serving.store.address import url_of
    from serving.store.backup import backup

    backup(url_of(store, lake), file)
    if not quiet:
        say(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@app.command("prune")
def prune_command(
    before: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="The first day whose scores stay in the history."),
    ],
    store: StoreOption = None,
    lake: LakeOrNone = None,
) -> None:
    """Drop the history of days gone by, which otherwise stays: 4 MB a day for a million people.

    Example: klout store prune --before 2014-01-01 --lake L
    """
    from serving.store.address import url_of
    from serving.store.store import Store

    with Store.open(url_of(store, lake), write=True) as opened:
        opened.prune(day_of(before))
