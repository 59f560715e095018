"""Tiny lakes and files for the tests of the lake and of the readers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake, Receipt
from features.sources.ingest import ingest
from features.sources.reader import Options

SHARED = (Path(__file__).resolve().parents[2] / "../shared/data").resolve()

Take = Callable[..., Receipt]
Put = Callable[[str, bytes], Path]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(load_networks())


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"needs the real data in {SHARED}")
    return SHARED


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def take(root: Path, catalogue: Catalogue) -> Take:
    """Ingest a path into the test's lake."""

    def take(form: str, path: Path, site: str | None = None, **options: Any) -> Receipt:
        return ingest(root, form, path, catalogue, Options(site, **options))

    return take


@pytest.fixture
def rows(root: Path) -> Callable[[str], pl.DataFrame]:
    """Read a table of the test's lake."""
    return lambda table: Lake(root).scan(table).collect()


@pytest.fixture
def quarantine(root: Path) -> Callable[[], pl.DataFrame]:
    """Read what was refused, in the order of the rows."""
    return lambda: pl.read_parquet(sorted(root.glob("quarantine/*.parquet"))).sort("row")


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a file, packed as its suffix says."""

    def put(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".gz":
            data = gzip.compress(data)
        if path.suffix == ".zst":
            with pa.output_stream(path, compression="zstd") as stream:
                stream.write(data)
        else:
            path.write_bytes(data)
        return path

    return put
