"""A day publishes what people are influential about, beside scores that know nothing of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from features.lake import Lake
from features.people.scrubbing import PUBLISHED_TOPICS
from serving.daily.run import daily
from tests.support.histories import arrive
from tests.support.lives import TODAY, TWITTER, published, small_model
from training.influence.topics import rank_experts, topics_of


def test_a_day_publishes_topics_and_the_same_scores(
    lake: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    model, without = small_model(TWITTER), tmp_path / "without"
    shutil.copytree(lake, without)
    contents = (
        Lake(lake).scan("interactions").select("content").drop_nulls().unique().sort("content")
    )
    told = [
        {"network": "twitter", "content": content, "topic": topic, "author": None}
        for number, content in enumerate(contents.collect()["content"])
        for topic in ("Jazz", f"of {number % 3}")
    ]
    arrive(lake, {"topics": told}, 2, TWITTER)
    for root in (lake, without):
        daily(root, TODAY, model)
        assert published(root) == wanted
    assert not list((without / PUBLISHED_TOPICS).glob("*"))
    found = pl.read_parquet(lake / PUBLISHED_TOPICS / f"{TODAY}.parquet")
    ranked = rank_experts(topics_of(Lake(lake), TODAY, TWITTER))
    assert set(found["topic"]) == {"jazz", "of-0", "of-1", "of-2"}
    columns, order = ranked.columns, ["person", "topic"]
    assert_frame_equal(found.select(columns).sort(order), ranked.sort(order), check_exact=True)
