"""Who is attacked by a hundred thousand reactions that nobody believes keeps the score it had."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from features.lake import Lake, Piece, Source, write
from features.lake.contracts import TABLES
from features.lake.times import midnight
from features.signals.materialize import materialize
from tests.support.random_models import SEEDS, random_model, training_world
from tests.support.steps import people_of, rows_of
from tests.support.worlds import AS_OF, NOW, SMALL, lake_of

BOTS, EACH = 1_000, 100
TARGETS = ("u0", "u20", "u59")
"""Known to many, to some, to few."""


def bots_likes(seed: int) -> pl.DataFrame:
    """A hundred thousand likes of three accounts and their tweets, over the 90 days."""
    random, size = np.random.default_rng(seed), BOTS * EACH
    seconds = random.integers(1, 90 * 86_400, size)
    content = pl.Series(random.choice(["1", "2", "3", "4", "none"], size))
    rows = pl.DataFrame(
        {
            "network": ["twitter"] * size,
            "reaction": random.choice(["like", "retweet"], size),
            "actor": [f"bot {number % BOTS}" for number in range(size)],
            "target": random.choice(TARGETS, size),
            "content": content.replace("none", None),
            "at": midnight(AS_OF) - pl.Series(seconds * 1_000_000).cast(pl.Duration("us")),
            "id": pl.Series([None] * size, dtype=pl.String),
        }
    )
    return rows.cast(dict(TABLES["interactions"].columns))


def nobody() -> pl.DataFrame:
    """What is believed of the bots."""
    names = [f"bot {number}" for number in range(BOTS)]
    return pl.DataFrame({"network": "twitter", "account": names, "authenticity": 0.0})


def scores(
    before: pl.DataFrame, after: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """What a model of each kind says of everybody, before and after, in one order."""
    for model in map(random_model, SEEDS[:3]):
        yield model.score(before), model.score(rows_of(people_of(before), after))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Signals without the attack; with it, believing the bots; and with it, not believing them."""
    root = tmp_path_factory.mktemp("attacked") / "lake"
    lake = lake_of(training_world(1), root)
    before = materialize(lake, AS_OF, SMALL).collect()
    rows = bots_likes(1).with_row_index("row").cast({"row": pl.UInt64})
    source = Source("bots", "test", "b" * 12)
    receipt = write(root, [Piece("interactions", rows, "bots")], source, SMALL, NOW)
    assert receipt.entry.rows == {"interactions": BOTS * EACH}
    lake = Lake(root)
    believed = materialize(lake, AS_OF, SMALL).collect()
    return before, believed, materialize(lake, AS_OF, SMALL, authenticity=nobody()).collect()


def test_signals_are_to_the_bit_what_they_were_without_the_bots(attacked):
    before, _, doubted = attacked
    assert doubted.equals(before)


def test_no_score_moves_however_many_react_that_nobody_believes(attacked):
    before, _, doubted = attacked
    for old, new in scores(before, doubted):
        assert (new["score"] - old["score"]).max() < 1
        assert (new["score"] >= old["score"]).all()


def test_the_same_reactions_by_accounts_that_are_believed_would_raise_scores(attacked):
    before, believed, _ = attacked
    for old, new in scores(before, believed):
        assert (new["score"] - old["score"]).max() > 1
