"""The declaration of PeerIndex's table: its figures are counters, and ratios follow from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network, load_networks
from features.lake import Lake
from features.signals.materialize import materialize
from features.sources.ingest import ingest
from features.sources.reader import Options

DECLARATIONS = Path(__file__).parents[3] / "evaluations/networks"
DAY, NEXT = date(2013, 4, 1), date(2013, 4, 2)
NONE = 0.100503358535
FIGURES = (
    "follower_count",
    "following_count",
    "listed_count",
    "mentions_received",
    "retweets_received",
    "mentions_sent",
    "retweets_sent",
    "posts",
    "network_feature_1",
    "network_feature_2",
    "network_feature_3",
)


@pytest.fixture(scope="module")
def peerindex() -> Catalogue:
    """The catalogue of this network alone."""
    return Catalogue(tuple(n for n in load_networks(DECLARATIONS) if n.name == "peerindex"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One pair: somebody heard, and somebody who was silent and follows nobody."""
    heard = (1000, 50, 20, 4.0, 3.0, 2.0, 1.5, 0.5, 10, 20, 30)
    silent = (8, 0, 0, NONE, NONE, NONE, NONE, NONE, 0, 0, 0)
    header = ["Choice", *(f"{side}_{figure}" for side in "AB" for figure in FIGURES)]
    file = tmp_path / "pairs.csv"
    file.write_text(",".join(header) + "\n" + ",".join(map(str, (1, *heard, *silent))) + "\n")
    return file


def signals(root: Path, table: Path, catalogue: Catalogue) -> pl.DataFrame:
    receipt = ingest(root, "pairs", table, catalogue, Options(network="peerindex", day=DAY))
    assert receipt.entry.quarantined == 0
    return materialize(Lake(root), NEXT, catalogue).collect()


def test_a_pair_becomes_counters_and_ratios(table: Path, peerindex: Catalogue, root: Path) -> None:
    found = signals(root, table, peerindex).sort("peerindex.follower_count").to_dicts()
    silent, heard = ({k.removeprefix("peerindex."): v for k, v in row.items()} for row in found)
    assert [heard[figure] for figure in FIGURES] == [1000, 50, 20, 4, 3, 2, 1.5, 0.5, 10, 20, 30]
    assert heard["retweets_per_post"] == 3 / 0.5
    assert heard["mentions_per_post"] == 4 / 0.5
    assert heard["followers_per_following"] == 1000 / 50
    assert heard["network_3_per_following"] == 30 / 50
    assert silent["retweets_per_post"] == 1
    assert silent["followers_per_following"] == 8


def test_the_persons_judged_are_those_with_signals(
    table: Path, peerindex: Catalogue, root: Path
) -> None:
    found = signals(root, table, peerindex)
    judged = Lake(root).scan("judgements").collect()
    assert set(found["person"]) == {judged["a"].item(), judged["b"].item()}


def test_every_ratio_is_of_what_others_do_per_what_the_account_does(peerindex: Catalogue) -> None:
    network: Network = peerindex.network("peerindex")
    received = {counter.name for counter in network.counters if counter.sign == "up"}
    assert {ratio.sign for ratio in network.ratios} == {"up"}
    assert all(ratio.of in received and ratio.per not in received for ratio in network.ratios)


def test_the_published_table_is_taken_whole(shared: Path, peerindex: Catalogue, root: Path) -> None:
    file = shared / "peerindex/judgements.csv"
    found = signals(root, file, peerindex)
    assert Lake(root).entries[0].rows == {"counters": 556 * len(FIGURES), "judgements": 2523}
    assert len(found) == 556
    averages = [f"peerindex.{name}" for name in FIGURES[3:8]]
    assert found.select(pl.min_horizontal(pl.col(averages).min())).item() == NONE
