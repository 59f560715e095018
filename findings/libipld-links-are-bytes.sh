#!/usr/bin/env bash
# libipld 3.4.0, DAG-CBOR with a link (a CID, tag 42) and with a byte string that holds the same bytes.
# Expected: two values that can be told apart, so that what was decoded encodes to what it was.
# Seen: both are the same `bytes`; encoded again, the byte string has become a link.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check libipld==3.4.0 cbor2==5.7.1
env/bin/python - <<'PY'
from importlib.metadata import version

import cbor2
import libipld

cid = bytes([1, 0x71, 0x12, 0x20]) + bytes(32)
link = cbor2.dumps({"a": cbor2.CBORTag(42, b"\0" + cid)}, canonical=True)
text = cbor2.dumps({"a": cid}, canonical=True)
assert link != text
one, other = libipld.decode_dag_cbor(link), libipld.decode_dag_cbor(text)
print("libipld", version("libipld"), one == other, type(one["a"]).__name__)
assert one == other, "changed: they can be told apart"
assert libipld.encode_dag_cbor(other) == link != text, "changed: a byte string stays one"
PY
