#!/usr/bin/env bash
# orjson 3.13.0 beside Python's json and Polars 2.1.0, on a line whose text was cut within an emoji: "\ud83d", as
# dumps of social networks have it. By the grammar of RFC 8259 it is JSON.
# Expected: a text, or the same error from all.
# Seen: orjson refuses the whole line, json gives a str that can't be written as UTF-8, Polars gives "\x00".
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check orjson==3.13.0 polars==2.1.0
env/bin/python - <<'PY'
import json

import orjson
import polars

line = b'{"id":"a","body":"\\ud83d"}'
assert json.loads(line)["body"] == "\ud83d"
try:
    json.loads(line)["body"].encode()
except UnicodeEncodeError as error:
    print("json:", error)
else:
    raise SystemExit("changed: it is UTF-8")
read = polars.read_ndjson(line)
print("polars:", read.to_dicts())
assert read["body"].to_list() == ["\x00"]
try:
    orjson.loads(line)
except orjson.JSONDecodeError as error:
    print("orjson:", error)
else:
    raise SystemExit("changed: orjson reads it")
PY
