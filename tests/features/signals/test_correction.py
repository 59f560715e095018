"""Tiles put right equal tiles folded anew, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.catalogue.network import Network
from features.lake import TABLES
from features.signals.correction import changed, replaced
from features.signals.owners import Owners, account_key
from features.signals.tiles import Tiles, fold, kinds
from features.signals.windows import figures
from tests.support.worlds import ACCOUNTS, AS_OF, PERSONS, SMALL, Row, interactions

REACTING = [network for network in SMALL.networks if network.reactions]
KEYS = dict(zip(ACCOUNTS, pl.DataFrame({"a": ACCOUNTS}).select(account_key("a"))["a"], strict=True))
MANY = settings(max_examples=60, deadline=None)

accounts = st.sampled_from(ACCOUNTS)
steps = st.none() | st.dictionaries(accounts, st.integers(0, 3))
worths = st.none() | st.dictionaries(accounts, st.integers(1_000_000, 9_999_999))
claimed_by = st.dictionaries(accounts, st.tuples(st.sampled_from((None, *PERSONS)), st.booleans()))


def _of(network: Network) -> st.SearchStrategy[list[Row]]:
    mine = interactions(SMALL).filter(lambda row: row["network"] == network.name)
    return st.lists(mine, max_size=30)


ROWS = {network.name: _of(network) for network in REACTING}


@dataclass(frozen=True)
class Scene:
    """One network's interactions, and what is known of who takes part."""

    rows: pl.LazyFrame
    owners: Owners
    standing: pl.DataFrame | None

    def fold(self, believed: pl.DataFrame | None) -> Tiles:
        return fold(self.rows, self.owners, self.standing, believed)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    network = draw(st.sampled_from(REACTING))
    claims = draw(claimed_by)
    claimed = pl.DataFrame(
        [(network.name, account, *claim) for account, claim in claims.items()],
        schema={"network": pl.String, "account": pl.String, "person": pl.String, "page": bool},
        orient="row",
    )
    rows = framed(draw(ROWS[network.name]))
    return Scene(rows, Owners.of(network, claimed), by_key(draw(worths), "standing", pl.Int64()))


def framed(rows: list[Row]) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema=dict(TABLES["interactions"].columns))


def by_key(
    values: dict[str, int] | None, name: str, dtype: pl.DataType | None = None
) -> pl.DataFrame | None:
    """Values by account as the engine takes them."""
    if values is None:
        return None
    columns = {"actor": [KEYS[account] for account in values], name: list(values.values())}
    return pl.DataFrame(columns, schema={"actor": pl.UInt64(), name: dtype or pl.UInt8()})


def assert_same(found: Tiles, wanted: Tiles) -> None:
    """Equal tables, as sets of rows."""
    for field in fields(Tiles):
        one, two = (getattr(tiles, field.name) for tiles in (found, wanted))
        assert_frame_equal(one, two, check_row_order=False, check_exact=True)


def corrected(
    tiles: Tiles,
    rows: pl.LazyFrame,
    owners: Owners,
    standing: pl.DataFrame | None,
    before: pl.DataFrame | None,
    after: pl.DataFrame | None,
) -> Tiles:
    """Tiles with what the changed actors brought replaced, as a run does it shard by shard."""
    moved = changed(before, after)
    if not len(moved):
        return tiles
    theirs = rows.filter(account_key("actor").is_in(moved.implode()))
    old, new = (fold(theirs, owners, standing, believed) for believed in (before, after))
    keys = {"days": ["receiver", "day"], "contents": ["receiver", "content", "day"]}
    keys["doubted"] = keys["days"]
    right = {}
    for table, key in keys.items():
        known, less, more = (getattr(each, table) for each in (tiles, old, new))
        right[table] = replaced(known, less, more, key).applied(known, key)
    return replace(tiles, **right)


@MANY
@given(scenes(), steps, steps)
def test_tiles_put_right_equal_tiles_folded_anew(
    scene: Scene, old: dict[str, int] | None, new: dict[str, int] | None
) -> None:
    before, after = by_key(old, "quarters"), by_key(new, "quarters")
    tiles = scene.fold(before)
    found = corrected(tiles, scene.rows, scene.owners, scene.standing, before, after)
    wanted = scene.fold(after)
    assert_same(found, wanted)
    names = kinds(scene.owners.network)
    one, two = (figures(each, AS_OF, names, after).sort("receiver") for each in (found, wanted))
    assert_frame_equal(one, two, check_exact=True)


@MANY
@given(scenes(), steps, accounts, st.integers(0, 3))
def test_only_interactions_of_the_changed_actor_are_needed(
    scene: Scene, old: dict[str, int] | None, actor: str, quarters: int
) -> None:
    before = by_key(old, "quarters")
    after = by_key((old or {}) | {actor: quarters}, "quarters")
    own = scene.rows.filter(pl.col("actor") == actor)
    found = corrected(scene.fold(before), own, scene.owners, scene.standing, before, after)
    assert_same(found, scene.fold(after))


def test_who_changed_is_who_has_another_step_and_nobody_said_is_one() -> None:
    before = by_key({"a": 0, "b": 1, "c": 2}, "quarters")
    after = by_key({"b": 1, "c": 3, "d": 3}, "quarters")
    assert set(changed(before, after)) == {KEYS[account] for account in "acd"}
    assert set(changed(None, after)) == {KEYS[account] for account in "bcd"}
    assert changed(after, after).is_empty() and changed(None, None).is_empty()


@given(scenes(), steps)
@settings(max_examples=5, deadline=None)
def test_without_a_change_the_tiles_are_left_alone(
    scene: Scene, old: dict[str, int] | None
) -> None:
    believed = by_key(old, "quarters")
    tiles = scene.fold(believed)
    assert corrected(tiles, scene.rows, scene.owners, None, believed, believed) is tiles
