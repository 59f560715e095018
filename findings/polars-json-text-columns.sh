#!/usr/bin/env bash
# Polars 2.1.0, `read_ndjson` with a schema of texts, on valid JSON lines.
# Expected: a number keeps the digits it was written with, or is refused.
# Seen: 12.0 becomes "12" and 1e3 becomes "1000", without a word, so an id written as 12.0 is taken for
# the id "12"; and half of a surrogate pair, which JSON may hold as an escape, becomes a NUL character.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check polars==2.1.0
env/bin/python - <<'PY'
import json

import polars as pl

lines = ['{"id": 12.0}', '{"id": 1e3}', '{"id": "\\ud800"}']
assert [json.loads(line)["id"] for line in lines] == [12.0, 1000.0, "\ud800"]
read = pl.read_ndjson("\n".join(lines).encode(), schema={"id": pl.String})["id"].to_list()
print(pl.__version__, read)
assert read == ["12", "1000", "\0"], f"changed: {read}"
PY
