"""From a file in a real format to committed rows of the lake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Receipt, Source, write
from features.sources.activitystreams import ACTIVITYSTREAMS
from features.sources.bluesky.reader import BLUESKY
from features.sources.compared_pairs import PAIRS
from features.sources.gharchive import GHARCHIVE
from features.sources.higgs import HIGGS
from features.sources.klout_reactions import KLOUT_REACTIONS
from features.sources.labels import Label, write_labels
from features.sources.mastodon import MASTODON
from features.sources.mediawiki import MEDIAWIKI
from features.sources.readable import readable
from features.sources.reader import Options, Reader
from features.sources.reddit import REDDIT
from features.sources.snap import SNAP
from features.sources.stackexchange import STACKEXCHANGE
from features.sources.table_files import TABLE_FILES
from features.sources.wikilinks import WIKILINKS
from features.sources.xarchive import XARCHIVE

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        TABLE_FILES,
        HIGGS,
        STACKEXCHANGE,
        WIKILINKS,
        KLOUT_REACTIONS,
        PAIRS,
        SNAP,
        GHARCHIVE,
        REDDIT,
        MEDIAWIKI,
        MASTODON,
        XARCHIVE,
        ACTIVITYSTREAMS,
        BLUESKY,
    )
}


def ingest(
    lake: Path,
    format_name: str,
    path: Path,
    catalogue: Catalogue,
    options: Options = Options(),  # noqa: B008 (frozen)
    on_rows: Callable[[int], None] = lambda _rows: None,
    remark: Callable[[str], None] = lambda _line: None,
) -> Receipt:
    """Read one path into the lake, all of it or nothing.

    Parameters
    ----------
    lake
        The lake's directory; made if it does not exist.
    format_name
        A key of `READERS`.
    path
        A file, a pipe (``-``: the standard input), or a folder where the format may be one.
    catalogue
        The networks in force.
    options
        What the format needs beside the path.
    on_rows
        Called with the number of rows of each piece, for a progress bar.
    remark
        Is told, a line each, what people should know of the path.

    Raises
    ------
    KloutError
        If the format is unknown or the source is damaged; the lake is as before.
    """
    if format_name not in READERS:
        raise KloutError(f"unknown format {format_name!r}; there are {sorted(READERS)}")
    reader, now = READERS[format_name], datetime.now(UTC)
    for line in reader.remarks(path):
        remark(line)
    with readable(path, options.name) as source:
        try:
            named = Source(source.given, reader.name, _digest(reader, source.path, options))
            options = replace(options, catalogue=catalogue)
            declares = [*reader.declares(), *reader.declared_by(source.path, options)]
            pieces = reader.read(source.path, options)
            given = (replace(piece, file=source.named(piece.file)) for piece in pieces)
            return write(lake, given, named, catalogue, now, on_rows, declares)
        except KloutError as error:
            error.args = (source.named(str(error)),)
            raise


def labels(lake: Path, format_name: str, paths: list[Path], file: Path) -> int:
    """Write what paths say people's influence is: see `features.sources.labels.write_labels`."""
    read = READERS[format_name].labels
    assert read is not None

    def every() -> Iterator[Label]:
        for path in paths:
            with readable(path) as source:
                yield from read(source.path)

    return write_labels(file, every(), Lake(lake))


def _digest(reader: Reader, path: Path, options: Options) -> str:
    """SHA-256 over what is read and how: the same again is the same source."""
    total = hashlib.sha256(repr((reader.name, options.identity())).encode())
    for file in reader.files(path):
        try:
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
        except OSError as error:
            raise KloutError(f"{file}: cannot be read: {error.strerror}") from error
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        total.update((name if reader.named else "").encode("utf-8", "surrogateescape") + content)
    return total.hexdigest()
