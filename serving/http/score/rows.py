"""From rows about one person to the person's signals, by the same code as the daily run.

The rows are checked by the lake's contracts and handed to `materialize` as a lake that lives in
memory, so the result is the one that `klout ingest` and `klout materialize` would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from features.lake import TABLES, Lake, Table
from features.lake.checking import check
from features.lake.contracts import TIME
from features.lake.ledger import LakeFile
from features.lake.schemas import schema_of
from features.lake.times import EARLIEST, midnight, read_times
from features.signals.materialize import materialize
from serving.http.score.refusal import nearest, refuse, shown
from serving.http.score.schemas import ScoreRequest

ME = "person"
"""Stands for the person inside the small lake."""

NAMED = {"interactions": "reaction", "contents": "kind", "counters": "counter"}
"""Table to the column whose values a network declares."""

OWNED = {"interactions": "target", "contents": "author", "counters": "account"}
"""Table to the column that holds accounts of the person."""

TABLES_GIVEN = ("interactions", "contents", "counters", "links")


class RowsLake(Lake):
    """A lake in memory: one file for each network and day of the frames given."""

    def __init__(self, frames: dict[str, pl.DataFrame]) -> None:
        self._partitions: dict[LakeFile, pl.DataFrame] = {}
        for name, frame in frames.items():
            for keys, part in _partitions(TABLES[name], frame):
                file = LakeFile(name, f"{name}/{len(self._partitions)}", len(part), **keys)
                self._partitions[file] = part

    def every_file(self) -> Iterable[LakeFile]:
        """Name all partitions of all tables."""
        return self._partitions

    def scan_files(self, table: str, files: list[LakeFile]) -> pl.LazyFrame:
        """Read some partitions."""
        columns = TABLES[table].columns
        if not files:
            return pl.LazyFrame(schema=dict(columns))
        return pl.concat([self._partitions[file] for file in files]).lazy().select(list(columns))


def signals_of_rows(request: ScoreRequest, catalogue: Catalogue) -> NDArray[np.float64]:
    """Compute a person's signals, shape (signals,), in the catalogue's order.

    Raises
    ------
    ValidationError
        Naming the row and the column, if a row breaks its contract or is not about the person.
    """
    frames = {name: _frame(name, request) for name in TABLES_GIVEN}
    for name in TABLES_GIVEN:
        _check_declared(request, name, catalogue)
        _check_time(request, name, frames[name])
        frames[name] = _checked(frames[name], name, request.as_of, catalogue)
    frames["identities"] = _identities(request, frames, catalogue)
    lake = RowsLake(frames)
    mine = materialize(lake, request.as_of, catalogue).filter(pl.col("person") == ME).collect()
    signals = mine.drop("person").to_numpy()
    if not len(signals):
        return np.zeros(len(catalogue.signals))
    if not np.isfinite(signals).all():  # counters are summed over accounts
        refuse(("counters",), "their sum over the person's accounts is too large")
    return np.asarray(signals[0], dtype=np.float64)


def _partitions(table: Table, frame: pl.DataFrame) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    if frame.is_empty():
        return
    if not table.partitions:
        yield {}, frame
        return
    if table.time:
        frame = frame.with_columns(day=pl.col(table.time).dt.date().cast(pl.String))
    for values, part in frame.partition_by(table.partitions, as_dict=True).items():
        yield dict(zip(table.partitions, values, strict=True)), part


def _frame(name: str, request: ScoreRequest) -> pl.DataFrame:
    rows = getattr(request, name)
    schema = {c: pl.String() if t == TIME else t for c, t in TABLES[name].columns.items()}
    columns = {column: [getattr(row, column) for row in rows] for column in schema}
    return pl.DataFrame(columns, schema=schema)


def _check_declared(request: ScoreRequest, table: str, catalogue: Catalogue) -> None:
    """Refuse names that no network declares, with those that it does."""
    column = NAMED.get(table)
    allowed = _declared(catalogue, table)
    for place, row in enumerate(getattr(request, table)):
        _among(row.network, allowed, (table, place, "network"), "network")
        if column:
            names = allowed[row.network]
            _among(
                getattr(row, column), names, (table, place, column), f"{column} of {row.network}"
            )


def _among(name: str, allowed: Any, place: tuple[str | int, ...], what: str) -> None:
    if name not in allowed:
        close = nearest(name, allowed)
        hint = f"; nearest: {close}" if close else ""
        refuse(place, f"{shown(name)} is no {what}{hint}; allowed: {list(allowed)}")


def _declared(catalogue: Catalogue, table: str) -> dict[str, list[str]]:
    """Networks that may be in a table, each with the names that it declares for it."""
    if table in ("links", "accounts"):
        graphs = table == "links"
        return {n.name: [] for n in catalogue.networks if n.page_graph or not graphs}
    declared = {
        network.name: {
            "interactions": [reaction.name for reaction in network.reactions],
            "contents": [kind.name for kind in network.contents],
            "counters": [counter.name for counter in network.counters],
        }[table]
        for network in catalogue.networks
    }
    return {network: names for network, names in declared.items() if names}


def _check_time(request: ScoreRequest, table: str, frame: pl.DataFrame) -> None:
    """Refuse what is not before as_of; what is no time at all, the contract will."""
    time = TABLES[table].time
    if time is None:
        return
    late = (read_times(frame[time]) >= midnight(request.as_of)).arg_true()
    if len(late):
        at = shown(frame[time][late[0]])
        reason = f"{at} is not before as_of, {request.as_of} at 00:00 UTC"
        refuse((table, late[0], time), reason)


def _checked(frame: pl.DataFrame, name: str, as_of: date, catalogue: Catalogue) -> pl.DataFrame:
    """Apply the lake's contract, and its rule for what is the same fact twice."""
    if frame.is_empty():
        return frame
    table = TABLES[name]
    contract = schema_of(name, catalogue, midnight(as_of))
    good, bad = check(table, contract, frame.with_row_index("row"), "request")
    if len(bad):
        row = bad.row(0, named=True)
        column, _, reason = row["reason"].split("; ")[0].partition(": ")
        place = (column,) if column in table.columns else ()
        refuse((name, int(row["row"]), *place), reason if place else row["reason"])
    if table.key is None:
        return good
    # As the lake does it: a row without the key's last column is never the same as another.
    keyless = pl.col(table.key[-1]).is_null()
    first = good.with_row_index("place").select(
        pl.col("place").first().over(table.key) == pl.col("place")
    )
    return good.filter(keyless | first.to_series())


def _identities(
    request: ScoreRequest, frames: dict[str, pl.DataFrame], catalogue: Catalogue
) -> pl.DataFrame:
    """Claim for the person every account that is the person's."""
    _check_declared(request, "accounts", catalogue)
    owned = [
        frames[table].select("network", account=pl.col(column)) for table, column in OWNED.items()
    ]
    named = [(account.network, account.account) for account in request.accounts]
    given = pl.DataFrame(named, schema={"network": pl.String, "account": pl.String}, orient="row")
    accounts = pl.concat([*owned, given]).unique()
    _check_links(request, set(accounts.rows()))
    return accounts.select(
        pl.lit(ME).alias("person"),
        "network",
        "account",
        pl.lit("personal").alias("kind"),
        # Long before any as_of: when the person connected does not matter here.
        pl.lit(EARLIEST).cast(TABLES["identities"].columns["connected_at"]).alias("connected_at"),
        pl.lit(None, TABLES["identities"].columns["disconnected_at"]).alias("disconnected_at"),
    )


def _check_links(request: ScoreRequest, accounts: set[tuple[str, str]]) -> None:
    for place, link in enumerate(request.links):
        if accounts.isdisjoint({(link.network, link.source), (link.network, link.target)}):
            refuse(
                ("links", place),
                "is neither from nor to a page of the person; name the page in accounts",
            )
