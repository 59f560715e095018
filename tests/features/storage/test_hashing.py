"""Hashes of ids are those of XXH3's specification, on every machine and for good."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import polars as pl
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from features.signals.owners import account_key
from features.storage.hashing import KEY_SCHEME, hashed

ROOT = Path(__file__).resolve().parents[3]
KEYS = {
    "ann": 5200682613324210888,
    "": 3244421341483603138,
    "Ärger": 1201419791138266932,
    "12": 9137010170949574516,
    "x" * 241: 1502687544462699037,
}
"""Keep them: what is on disk was made with them. Other keys need another `KEY_SCHEME`."""


def test_known_ids_have_the_keys_they_had() -> None:
    found = pl.DataFrame({"id": list(KEYS)}).select(account_key("id"))["id"].to_list()
    assert dict(zip(KEYS, found, strict=True)) == KEYS
    assert KEY_SCHEME == "xxh3-64/0"


@settings(deadline=None)
@given(st.lists(st.text(max_size=300)), st.integers(0, 2**64 - 1))
def test_a_hash_is_that_of_the_specification(ids: list[str], seed: int) -> None:
    frame = pl.DataFrame({"id": pl.Series(ids, dtype=pl.String)})
    found = frame.select(hashed(pl.col("id"), seed))["id"]
    assert found.dtype == pl.UInt64
    assert found.to_list() == [xxhash.xxh3_64_intdigest(i.encode(), seed) for i in ids]


@pytest.mark.parametrize("dtype", [pl.Categorical(), pl.Enum(["12", "7"]), pl.Int64()])
def test_what_is_no_text_has_the_hash_of_its_text(dtype: pl.DataType) -> None:
    texts = pl.Series("id", ["12", "7", None])
    ids = texts.cast(dtype).to_frame()
    found = ids.select(account_key("id"))
    assert found.equals(texts.to_frame().select(account_key("id")))
    assert found["id"][2] is None
    nothing = pl.DataFrame({"id": [None]}).select(account_key("id"))["id"]
    assert nothing.to_list() == [None]


def test_the_engine_the_file_and_the_process_make_no_difference(tmp_path: Path) -> None:
    ids = pl.DataFrame({"id": [f"user{n}" for n in range(10_000)], "n": range(10_000)})
    wanted = [xxhash.xxh3_64_intdigest(f"user{n}".encode()) for n in range(10_000)]
    ids.write_parquet(tmp_path / "ids.parquet", row_group_size=1_000)
    scan, key = pl.scan_parquet(tmp_path / "ids.parquet"), account_key("id")
    sent = pickle.loads(pickle.dumps(key))
    for engine in ("in-memory", "streaming"):
        for each in (key, sent):
            assert scan.select(each).collect(engine=engine)["id"].to_list() == wanted
        some = scan.with_columns(key=key).filter(pl.col("key") % 7 == 3).select("n")
        pushed = scan.filter(key % 7 == 3).select("n")
        expected = [n for n, each in enumerate(wanted) if each % 7 == 3]
        assert some.collect(engine=engine)["n"].to_list() == expected
        assert pushed.collect(engine=engine)["n"].to_list() == expected


def test_nothing_of_the_project_asks_polars_or_python_for_a_hash() -> None:
    asking = re.compile(r"\.hash\(|\.hash_rows\(|(?<![\w.])hash\(")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for package in ("features", "training", "serving", "evaluations")
        for file in (ROOT / package).rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if asking.search(line)
    ]
    assert not found, "hashes that change with a library: use features.storage.hashing"
