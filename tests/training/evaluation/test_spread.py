"""Whether higher scores spread information further, counted one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import mean, median

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from training.evaluation.spread import decile, spread

CATALOGUE = Catalogue(load_networks())
AS_OF, DAYS = date(2014, 10, 1), 7
START = datetime(2014, 10, 1, tzinfo=UTC)
PERSONS = [f"p{number:02}" for number in range(20)]
SCORES = pl.DataFrame({"person": PERSONS, "score": [float(30 + n) for n in range(20)]})


def put(root, reactions, contents):
    """Write a lake; each person owns the Twitter account of its own name, p00 also `second`."""
    identities = [(name, name) for name in PERSONS] + [("p00", "second")]
    owned = pl.DataFrame(
        [
            {"person": p, "network": "twitter", "account": a, "kind": "personal",
             "connected_at": START - timedelta(90), "row": i}
            for i, (p, a) in enumerate(identities)
        ]
    )  # fmt: skip
    happened = [
        {"network": "twitter", "reaction": "like", "actor": a, "target": t, "content": c,
         "at": at, "row": i}
        for i, (a, t, c, at) in enumerate(reactions)
    ]  # fmt: skip
    published = [
        {"network": "twitter", "author": a, "content": c, "kind": "tweet", "at": at, "row": i}
        for i, (a, c, at) in enumerate(contents)
    ]
    pieces = [Piece("identities", owned, "x"), Piece("interactions", _frame(happened), "x")]
    if published:
        pieces.append(Piece("contents", pl.DataFrame(published), "x"))
    source, now = Source("x", "test", "0" * 64), datetime(2015, 1, 1, tzinfo=UTC)
    write(root, pieces, source, CATALOGUE, now)
    return Lake(root)


def _frame(rows):
    return pl.DataFrame(rows, schema_overrides={"content": pl.String})


def random_log(seed, *, named):
    """Two weeks, half of it before and after the days that are looked at."""
    random = np.random.default_rng(seed)

    def moment():
        return START + timedelta(seconds=int(random.integers(-3 * 86400, 11 * 86400)))

    contents = [(PERSONS[random.integers(20)], f"c{n}", moment()) for n in range(120)]
    reactions = []
    for _ in range(600):
        author, content, _ = contents[random.integers(120)]
        actor = [*PERSONS, *["p00", "second"] * 5, "stranger"][random.integers(31)]
        reactions.append((actor, author, content if named else None, moment()))
    return reactions, contents if named else []


def naive_spread(reactions, contents):
    inside = START, START + timedelta(DAYS)
    person = {"second": "p00"}
    seen = [
        (person.get(actor, actor), author, content)
        for actor, author, content, at in reactions
        if inside[0] <= at < inside[1] and person.get(actor, actor) != author
    ]
    rows = []
    for tenth in range(10):
        members = PERSONS[2 * tenth : 2 * tenth + 2]
        published = {
            (a, c) for a, c, at in contents if a in members and inside[0] <= at < inside[1]
        }
        reach = [len({x for x, a, c in seen if (a, c) == own}) for own in published]
        of_persons = [len({x for x, a, _ in seen if a == member}) for member in members]
        rows.append(
            (tenth + 1, 2, len(reach), mean(reach) if reach else None,
             median(reach) if reach else None, mean(of_persons), median(of_persons))
        )  # fmt: skip
    return rows


@pytest.mark.parametrize("named", [True, False])
def test_the_spread_is_what_counting_one_by_one_gives(tmp_path, named):
    reactions, contents = random_log(1, named=named)
    lake = put(tmp_path, reactions, contents)
    found = spread(lake, SCORES.reverse(), AS_OF, DAYS, CATALOGUE)
    expected = naive_spread(reactions, contents)
    for row, slow in zip(found.iter_rows(), expected, strict=True):
        assert row == pytest.approx(slow)


def test_without_contents_there_is_the_reach_of_persons_and_none_of_contents(tmp_path):
    reactions, contents = random_log(2, named=False)
    found = spread(put(tmp_path, reactions, contents), SCORES, AS_OF, DAYS, CATALOGUE)
    assert found["contents"].sum() == 0
    assert found["reach_mean"].null_count() == 10
    assert found["person_reach_mean"].sum() > 0


def test_a_lake_that_ends_at_the_date_has_nothing_to_say(tmp_path):
    lake = put(tmp_path, [("p01", "p02", None, START - timedelta(1))], [])
    with pytest.raises(KloutError, match="no interactions in the 7 days from 2014-10-01"):
        spread(lake, SCORES, AS_OF, DAYS, CATALOGUE)


def test_tenths_hold_equally_many_whatever_the_ties_and_the_order():
    table = pl.DataFrame(
        {"person": [f"p{n:02}" for n in range(30)], "score": [1.0] * 25 + [2.0] * 5}
    )
    one = table.with_columns(decile=decile())
    assert one.group_by("decile").len()["len"].to_list() == [3] * 10
    other = table.sample(fraction=1, shuffle=True, seed=1).with_columns(decile=decile())
    assert other.sort("person").equals(one)
