#!/usr/bin/env bash
# zstandard 0.25.0 beside backports.zstd 1.8.0 (Python 3.14's compression.zstd), on a zst file that was cut
# in the middle, as a broken download leaves it.
# Expected: an error, as gzip and bz2 give.
# Seen: zstandard's stream_reader ends as if the file were whole; backports.zstd raises EOFError.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check zstandard==0.25.0 backports.zstd==1.8.0
env/bin/python - <<'PY'
import io
import random

import zstandard
from backports import zstd

whole = random.Random(1).randbytes(1_000_000)
cut = zstd.compress(whole)[:500_000]
with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(cut)) as reader:
    read = reader.read()
print("zstandard", zstandard.__version__, "read", len(read), "of", len(whole), "bytes without an error")
assert 0 < len(read) < len(whole)
try:
    zstd.ZstdFile(io.BytesIO(cut)).read()
except EOFError as error:
    print("backports.zstd:", error)
else:
    raise SystemExit("changed: backports.zstd reads it too")
PY
