"""Edge lists, as SNAP and KONECT have them: a line an edge, the columns declared.

``--columns actor,target,at --network twitter --reaction mention`` says what the columns are:

==================  ================================================================================
actor, target       who reacts, and to whom: the edges are interactions
source, target      a page that holds a link, and where it leads: the edges are links
at                  when: seconds since 1970, a fraction is dropped; or ISO 8601 without blanks.
                    Where there is none, ``--day`` says it for all
weight              so many interactions at once: a whole number from 1 to `MOST`
reaction            its kind, instead of ``--reaction``
content, id         as in the table of interactions
``-``               not read; may be there several times
==================  ================================================================================

Fields are parted by blanks, tabs or commas. Lines that start with ``#`` or ``%`` are comments. The
first other line is a header, and left out, if there is no digit where its time or weight should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from features.catalogue.declaration import Network
from features.errors import KloutError
from features.lake import Piece
from features.lake.times import midnight
from features.sources.glance import Glance, Known
from features.sources.lines import PIECE_ROWS, not_whole, read_lines, split, with_unix_time
from features.sources.reader import Options, Reader, one_file

COLUMNS = ("actor", "target", "source", "at", "weight", "reaction", "content", "id")
UNREAD = "-"
"""A column of which nothing is read."""

MOST = 1_000
"""A larger weight is a sum over years or no count at all: as so many interactions of one moment it
would say what never happened."""

WEIGHTED_ROWS = 10 * PIECE_ROWS // MOST
"""Lines that are made interactions of at a time."""


_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class _Form:
    """What the lines are.

    Attributes
    ----------
    columns
        What the fields are, with a name of its own for each that is not read.
    network, reaction, at
        What all edges are of; None where a column says it, or links need none.
    """

    columns: list[str]
    network: str
    reaction: str | None
    at: datetime | None

    @property
    def are_links(self) -> bool:
        return "source" in self.columns


def _read(path: Path, options: Options) -> Iterator[Piece]:
    form, begun = _form(options), False
    make = _links if form.are_links else _interactions
    step = WEIGHTED_ROWS if "weight" in form.columns else PIECE_ROWS
    for lines in read_lines(path):
        edges = lines.filter(~pl.col("line").str.contains("^[#%]"))
        fields = _fields(edges, form.columns)
        has_header = not begun and len(fields) > 0 and _is_header(fields)
        begun = begun or len(fields) > 0
        rows = fields.slice(1) if has_header else fields
        left_out = {"header": 1} if has_header else {}
        for part in rows.iter_slices(step) if len(rows) else [rows]:
            yield replace(make(form, part, path), left_out=left_out)
            left_out = {}


def _fields(edges: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Split lines; one with another number of fields is damaged."""
    parted = edges.with_columns(pl.col("line").str.strip_chars().str.replace_all(r"[,\s]+", " "))
    return split(parted, " ", columns).with_columns(damaged=not_whole(columns))


def _form(options: Options) -> _Form:
    """Check what was said of the columns, and of what no column says."""
    given = (options.columns or "").split(",")
    _check_columns(given)
    network = _declared(options)
    if "source" in given:
        _refuse(options.reaction is not None, "links have no --reaction")
        _refuse(not network.page_graph, f"{network.name} has no page_graph, so it has no links")
    else:
        named = "reaction" in given
        _refuse(named == (options.reaction is not None), "name the edges' --reaction or its column")
        reactions = sorted(reaction.name for reaction in network.reactions)
        unknown = options.reaction is not None and options.reaction not in reactions
        said = f"{options.reaction!r} is no reaction of {network.name}; there are {reactions}"
        _refuse(unknown, said)
        _refuse(
            ("at" in given) == (options.day is not None),
            "name the column of times (at), or the --day that all edges are of",
        )
    columns = [f"-{place}" if name == UNREAD else name for place, name in enumerate(given)]
    at = None if options.day is None else midnight(options.day)
    return _Form(columns, network.name, options.reaction, at)


def _check_columns(given: list[str]) -> None:
    example = "as --columns actor,target,at"
    _refuse(given == [""], f"name the columns in their order, {example}")
    for name in given:
        allowed = [*COLUMNS, UNREAD]
        _refuse(name not in allowed, f"unknown column {name!r}; allowed: {allowed}")
        _refuse(name != UNREAD and given.count(name) > 1, f"the column {name!r} is there twice")
    both = {"source", "target"} <= set(given) or {"actor", "target"} <= set(given)
    _refuse(not both, f"needs the columns actor and target, or source and target, {example}")
    _refuse({"weight", "id"} <= set(given), "an id names one interaction, so it has no weight")
    useless = [name for name in given if name not in ("source", "target", UNREAD)]
    _refuse("source" in given and bool(useless), f"a link has no column {useless[:1]}")


def _declared(options: Options) -> Network:
    declared = {network.name: network for network in options.catalogue.networks}
    if options.network not in declared:
        said = "" if options.network is None else f"unknown network {options.network!r}; "
        _refuse(True, f"{said}name the edges' --network, one of {sorted(declared)}")
    return declared[str(options.network)]


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise KloutError(f"snap: {why}")


def _is_header(fields: pl.DataFrame) -> bool:
    """Whether the first line has no digit in any field that must have one."""
    numbers = [fields[name][0] for name in ("at", "weight") if name in fields.columns]
    texts = [text for text in numbers if text is not None]
    return bool(texts) and not any(any(map(str.isdigit, text)) for text in texts)


def _links(form: _Form, fields: pl.DataFrame, path: Path) -> Piece:
    links = fields.select("row", "source", "target", "damaged", network=pl.lit(form.network))
    return Piece("links", links, str(path))


def _interactions(form: _Form, fields: pl.DataFrame, path: Path) -> Piece:
    if "at" in form.columns:
        fields = with_unix_time(fields.with_columns(_without_fraction("at")), "at", per_second=1)
    else:
        fields = fields.with_columns(at=pl.lit(form.at))
    if "reaction" not in form.columns:
        fields = fields.with_columns(reaction=pl.lit(form.reaction))
    if "weight" in form.columns:
        fields = _weighed(fields)
    more = [name for name in ("content", "id") if name in fields.columns]
    rows = fields.select(
        "row",
        "reaction",
        "actor",
        "target",
        "at",
        "damaged",
        *more,
        network=pl.lit(form.network),
    )
    return Piece("interactions", rows, str(path))


def _without_fraction(name: str) -> pl.Expr:
    return pl.col(name).str.replace(r"^(\d+)\.\d*$", "$1")


def _weighed(fields: pl.DataFrame) -> pl.DataFrame:
    """Give each line as many rows as its weight says; one that says no count is damaged."""
    weight = pl.col("weight").cast(pl.Int64, strict=False)
    good = weight.is_between(1, MOST).fill_null(value=False)
    why = pl.format("weight: {} is no whole number from 1 to {}", "weight", pl.lit(MOST))
    times = pl.when(good).then(weight).otherwise(1)
    return fields.with_columns(
        damaged=pl.coalesce("damaged", pl.when(~good).then(why)),
        times=pl.int_ranges(times),
    ).explode("times")


def _knows(seen: Glance) -> Known | None:
    lines = [] if seen.is_folder else seen.lines()
    edges = [re.split(r"[,\s]+", line.strip()) for line in lines if line[0] not in "#%"]
    rows = edges[1:] if len(edges) > 1 else edges
    if not rows or len({len(row) for row in edges}) > 1 or len(edges[0]) not in range(2, 5):
        return None
    if not all(_NUMBER.fullmatch(field) for row in rows for field in row):
        return None
    more = [_column([row[place] for row in rows]) for place in range(2, len(edges[0]))]
    columns = ",".join(["actor", "target", *more])
    day = "" if "at" in more else " --day DAY"
    return Known(
        f"an edge list of {len(edges[0])} columns",
        f"--columns {columns}{day} --network NETWORK --reaction REACTION",
        is_guess=True,
    )


def _column(values: list[str]) -> str:
    """Guess a column behind the two ends of an edge: seconds of this century or the one before."""
    return "at" if all(10**8 <= float(value) < 10**10 for value in values) else "weight"


SNAP = Reader(
    "snap",
    "an edge list (plain, gz or zst), with --columns actor,target,at, --network and --reaction",
    one_file,
    _read,
    named=False,
    knows=_knows,
)
