"""Figures in the documentation: each benchmark owns what stands between its markers."""

from __future__ import annotations

from pathlib import Path

HEAD = "# Benchmarks\n\nEach table is written by the command that stands above it.\n"


def put_between_markers(document: Path, name: str, text: str) -> None:
    """Replace what stands between a benchmark's markers; append them if there are none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    content = document.read_text(encoding="utf-8") if document.exists() else HEAD
    if begin not in content:
        content += f"\n## `make {name}`\n\n{begin}\n{end}\n"
    before, _, rest = content.partition(begin)
    _, _, after = rest.partition(end)
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
