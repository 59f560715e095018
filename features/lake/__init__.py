"""The lake: validated, append-only Parquet tables, written atomically."""

from features.lake.contracts import TABLES, Table
from features.lake.lake import Lake
from features.lake.writer import Piece, Receipt, Source, write

__all__ = ["TABLES", "Lake", "Piece", "Receipt", "Source", "Table", "write"]
