"""Files of topics, and what an ontology answers, a second and slower way."""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path


def csv_of(*rows: Iterable[object]) -> bytes:
    """Write CSV whose first row is the header."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def read_gz(path: Path) -> list[dict[str, str]]:
    """Read a packed CSV file as Python does."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def naive_slug(tag: str) -> str:
    """Write a tag as a topic, a letter at a time."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).lower())
    out = ""
    for sign in text:
        is_blank = sign in "_/-" or re.fullmatch(r"\s", sign)
        out += ("" if out.endswith("-") else "-") if is_blank else sign
    return out.lstrip("#-").rstrip("-")


def naive_above(edges: Iterable[tuple[str, str]], topic: str) -> set[str]:
    """Walk up from a topic, and give all that is met."""
    edges, met, open_ = list(edges), set[str](), [topic]
    while open_:
        below = open_.pop()
        new = {parent for parent, child in edges if child == below} - met
        met |= new
        open_ += new
    return met - {topic}
