#!/usr/bin/env bash
# xxhash 4.1.0, XXH3 with 64 bits and a seed.
# Expected: another seed gives hashes that say nothing of those with the first.
# Seen: for texts of 1 to 3 bytes the seed is only added to what the text is packed into: neighbours with
# neighbouring seeds have the very same hash, so samples drawn by seed are the same people, moved by one.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check xxhash==4.1.0
env/bin/python - <<'PY'
import xxhash

hashed = xxhash.xxh3_64_intdigest
same = sum(
    hashed(f"p{n}".encode(), seed) == hashed(f"p{m}".encode(), seed + 1)
    for seed in range(20)
    for n in range(10, 99)
    for m in range(10, 99)
)
print(xxhash.VERSION, "equal pairs of text and seed:", same, "of", 20 * 89 * 89)
assert same > 0, "changed: no neighbouring seeds agree any more"
PY
