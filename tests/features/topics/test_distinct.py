"""Distinct people by masks equal those counted one by one, of any number of topics."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import WINDOWS
from features.topics.distinct import distinct_people


@pytest.mark.parametrize("chunk", [1, 7, 1_000_000])
def test_masks_count_as_one_by_one(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.topics.distinct.CHUNK_PAIRS", chunk)
    random = np.random.default_rng(1)
    # Of one receiver there are more topics than bits in a word, and than in two.
    sets = {
        (r, s): random.choice(n, 5, replace=False) for r, n in ((1, 150), (2, 9)) for s in range(60)
    }
    met = {
        (r, int(a), s): (int(random.integers(3)), int(a) % 4 + 1)
        for r, s in sets
        for a in random.integers(40, size=9)
    }
    topics = pl.DataFrame(
        [(*key, f"t{t}") for key, of in sets.items() for t in of],
        {"receiver": pl.UInt64, "set": pl.UInt64, "topic": pl.String},
        orient="row",
    )
    rows = pl.DataFrame(
        [(*key, *value) for key, value in met.items()],
        {
            "receiver": pl.UInt64,
            "actor": pl.UInt64,
            "set": pl.UInt64,
            "band": pl.UInt8,
            "quarters": pl.UInt8,
        },
        orient="row",
    )
    wanted: dict[tuple[int, str], list[dict[int, int]]] = defaultdict(lambda: [{} for _ in WINDOWS])
    for (receiver, actor, of), (band, quarters) in met.items():
        for topic in sets[receiver, of]:
            for place in range(len(WINDOWS)):
                if band <= place:
                    wanted[receiver, f"t{topic}"][place][actor] = quarters
    found = distinct_people(rows.lazy(), topics)
    names = [f"{window}d" for window in sorted(WINDOWS)]
    counted = found.select("receiver", "topic", *names, "reactors")
    assert {row[:2]: row[2:] for row in counted.iter_rows()} == {
        key: (*(sum(of.values()) for of in windows), sum(q >= 2 for q in windows[-1].values()))
        for key, windows in wanted.items()
    }
    assert len(found) > 128
