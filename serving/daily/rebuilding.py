"""A lake made anew from another, with days published in it; what people decided in it stays.

For lakes whose data come from elsewhere, as the pipeline's: what a lake's own people decided
(connections, opt-outs, overrides, who is forgotten) and its store's keys are in no other place.
The new lake is made beside the former, whose pages are served meanwhile, and then takes its place.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.lake.computed import CACHE
from features.lake.contracts import EVERY_TABLE
from features.lake.lock import locked
from features.lake.rewriting import DAILY_LOCK, rewriting
from features.lake.suppression import Suppressions
from features.people.forgetting import forget
from features.sources.ingest import READERS
from features.storage.atomic import replacing_folder
from features.storage.folders import LAKE, MARKER, mark, recognised
from serving.daily.run import daily
from serving.store.address import FILE, url_of
from serving.store.from_lake import keep
from serving.store.store import Store
from training.influence.model import Model

DECIDED = ("identities", "optouts", "hidden_topics", "overrides")
"""Tables that people's decisions are in."""

BUILT = "built.json"
"""Says of how many ledger entries a lake was made; `_as_built` keeps their rows of `DECIDED`."""


def rebuild(
    root: Path,
    source: Path,
    days: list[date],
    model: Model,
    judging: Path | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> None:
    """Make a lake anew from another one, and publish days in it.

    Parameters
    ----------
    root
        The lake: new, or made by this before. It has a store of its own.
    source
        The lake that its data come from.
    days
        To publish, in order.
    model, judging, on_rows
        As for `serving.daily.run.daily`.

    Raises
    ------
    KloutError
        If the lake was not made by this, or something was ingested into it, which would be lost;
        or if a day can't be published. It is then as it was.
    """
    former = _former(root)
    with ExitStack() as until_swapped, replacing_folder(root, LAKE, Lake(source).id) as draft:
        _copy(source, draft)
        store = url_of(None, draft)
        if former is not None:
            _carry(root, draft, model.catalogue)
        for day in days:
            daily(draft, day, model, on_rows=on_rows, judging=judging, store=store)
        if former is not None:
            for name in (DAILY_LOCK, ".lock"):
                busy = f"{root}: another run is at work on this lake"
                until_swapped.enter_context(locked(root / name, busy))
            _carry(root, draft, model.catalogue)
            keep(store, draft, model)
            _take_rest(root, draft, store)


def _former(root: Path) -> Lake | None:
    """Give the lake that is there; None: there is none."""
    if recognised(root, LAKE) is None:
        return None
    lake = Lake(root)
    if not (root / BUILT).is_file():
        raise KloutError(
            f"{root}: is a lake that `klout rebuild` did not make; expected one of its"
        )
    known = json.loads((root / BUILT).read_text())["entries"]
    own = [entry.source for entry in lake.entries[known:] if entry.format in READERS]
    if own:
        raise KloutError(
            f"{root}: {own[0]!r} was ingested into it and would be lost; ingest it into the lake "
            "that it is made from"
        )
    return lake


def _copy(source: Path, draft: Path) -> None:
    """Copy a lake, without what is computed from it; its files are never changed: links do."""
    left = shutil.ignore_patterns(".*", CACHE, f"{FILE}*", MARKER)
    with locked(source / ".lock", f"{source}: another run is writing to this lake"):
        lake = Lake(source)
        shutil.copytree(source, draft, copy_function=_link, ignore=left, dirs_exist_ok=True)
        mark(draft, LAKE, lake.id)
        for table in DECIDED:
            lake.scan(table).collect().write_parquet(_as_built(draft, table))
        (draft / BUILT).write_text(json.dumps({"entries": len(lake.entries)}))


def _link(file: str, to: str) -> None:
    try:
        os.link(file, to)
    except OSError:  # another disk, or one without such links
        shutil.copy2(file, to)


def _as_built(root: Path, table: str) -> Path:
    # Beside the tables, where `klout forget` looks as well.
    return root / f"built-{table}.parquet"


def _carry(root: Path, draft: Path, catalogue: Catalogue) -> None:
    """Put into a draft what people decided in a lake, as far as it is not in it yet."""
    lake = Lake(root)
    for table in DECIDED:
        there = lake.scan(table).collect()
        rows = _without(there, pl.read_parquet(_as_built(root, table), glob=False))
        _add(draft, table, _without(rows, Lake(draft).scan(table).collect()), catalogue)
    gone = Suppressions.of(lake)
    rows = _without(lake.scan("suppressions").collect(), _suppressed(draft, gone))
    if rows.is_empty():
        return
    for person in list(_forgotten(Lake(draft), gone)):
        forget(draft, person, as_in=gone)
    with rewriting(draft, "klout rebuild") as work:
        work.add("suppressions", _without(rows, _suppressed(draft, gone)))
        work.commit()


def _suppressed(draft: Path, gone: Suppressions) -> pl.DataFrame:
    rows = Lake(draft).scan("suppressions").collect()
    if len(rows) and rows["salt"][0] != gone.salt:
        raise KloutError(
            f"{draft}: the lake it is made from has forgotten others, under another salt; "
            "forget there whom both are to forget"
        )
    return rows


def _forgotten(lake: Lake, gone: Suppressions) -> Iterator[str]:
    """Name the persons of a lake that another has forgotten."""
    claimed = lake.scan("identities").select("person", "network", "account").collect()
    persons = claimed["person"].unique()
    yield from (person for person in persons if gone.has_person(person))
    ends = [
        lake.scan("interactions").select("network", account=column).unique()
        for column in ("actor", "target")
    ]
    alone = pl.concat(ends).unique().collect(engine="streaming")
    unclaimed = alone.join(claimed, on=["network", "account"], how="anti")
    for network, account in unclaimed.iter_rows():
        if gone.has_account(network, account):
            yield f"{network}:{account}"


def _without(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    return rows.join(known, on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")


def _add(draft: Path, table: str, rows: pl.DataFrame, catalogue: Catalogue) -> None:
    if rows.is_empty():
        return
    numbered = rows.with_row_index("row").with_columns(pl.col("row").cast(pl.UInt64))
    source = Source(f"klout: {table}", "command", token_hex(32))
    write(draft, [Piece(table, numbered, table)], source, catalogue, datetime.now(UTC))


def _take_rest(root: Path, draft: Path, store: str) -> None:
    """Take over the keys, and whatever else somebody has put into the lake's own folder."""
    if (root / FILE).exists():
        with Store.open(store, write=True) as new, Store.open(url_of(None, root)) as old:
            new.take_keys(old)
    for path in root.iterdir():
        is_ours = path.name.startswith((".", FILE)) or path.name == CACHE
        if is_ours or (draft / path.name).exists() or (path.is_dir() and _is_made(path)):
            continue
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, draft / path.name)


def _is_made(folder: Path) -> bool:
    """Whether a folder of a lake is one of those that runs make."""
    return folder.name in (*EVERY_TABLE, "ledger", "quarantine", "published", "runs", "models")
