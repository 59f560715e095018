"""What made-up people are influential about, told in the slow and obvious way."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from serving.store.day import TOPIC_IDS, TOPIC_NAMES, TOPIC_PARENTS, TOPICS, TopicWords

Influences = Mapping[tuple[str, str], float]
"""Of a person about a topic."""
BIG = "10000000000000000620"
"""An id of Klout's ontology that no signed integer of 64 bits holds."""
WORDS = TopicWords(
    pl.DataFrame([("jazz", BIG), ("music", "7")], TOPIC_IDS, orient="row"),
    pl.DataFrame(
        [
            ("jazz", "en", "Jazz Music"),
            ("jazz", "ar", "جاز"),
            ("music", "en", "Music"),
            ("music", "de", "Musik"),
        ],
        TOPIC_NAMES,
        orient="row",
    ),
    pl.DataFrame([("jazz", "music"), ("faith", "music")], TOPIC_PARENTS, orient="row"),
)
"""What an ontology says of some topics; of others it says nothing."""


def topics_of(of: Influences, sensitive: Collection[str] = ()) -> pl.DataFrame:
    """Rank people by their influence; equal ones by id."""
    rows = [_row(of, person, topic, topic in sensitive) for person, topic in of]
    return pl.DataFrame(rows, TOPICS, orient="row")


def _row(of: Influences, person: str, topic: str, sensitive: bool) -> tuple[object, ...]:
    influence = of[person, topic]
    experts = sorted((-each, who) for (who, about), each in of.items() if about == topic)
    rank = 1 + experts.index((-influence, person))
    whole = sum(each for (who, _), each in of.items() if who == person)
    share, percentile = influence / whole, 100 * (1 - (rank - 1) / len(experts))
    evidence = (rank + 2, 10 * rank, influence / (1 + influence))
    return (person, topic, influence, share, rank, len(experts), percentile, *evidence, sensitive)
