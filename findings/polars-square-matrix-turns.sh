#!/usr/bin/env bash
# Polars 2.1.0, `from_numpy` of a two-dimensional array and a schema that names the columns, without `orient`.
# Expected: rows of the matrix are rows of the frame, as they are of every array that is not square, and of a square one
# without a schema.
# Seen: a square array in Fortran's order (a transposed one, or what `to_numpy` of a frame gives) comes out transposed
# when a schema is given, without a word; in C's order, or with one row more, it does not.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.2.6
env/bin/python - <<'PY'
import numpy as np
import polars as pl


def is_kept(rows, columns, order, named):
    matrix = np.arange(rows * columns, dtype=float).reshape(rows, columns)
    names = [f"c{place}" for place in range(columns)] if named else None
    frame = pl.from_numpy(np.array(matrix, order=order), schema=names)
    return frame.shape == matrix.shape and bool((frame.to_numpy() == matrix).all())


print("polars", pl.__version__)
seen = {
    (rows, order, named): is_kept(rows, 3, order, named)
    for rows in (2, 3, 4)
    for order in "CF"
    for named in (False, True)
}
for (rows, order, named), kept in seen.items():
    print(f"{rows} x 3, order {order}, {'with' if named else 'no'} schema:", "kept" if kept else "transposed")
assert not seen.pop((3, "F", True)), "changed: a square matrix with a schema is kept"
assert all(seen.values()), "changed: others are not kept either"
back = pl.from_numpy(pl.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}).to_numpy(), schema=["a", "b"])
print("a frame of 2 x 2 there and back:", back.to_dict(as_series=False))
assert back["a"].to_list() == [1.0, 3.0], "changed: a frame survives the way there and back"
PY
