"""What a simulated world's contents are about, for worlds that are asked for with topics."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from features.lake import Piece
from features.simulator.chance import Ints, stream
from features.simulator.events import Contents
from features.simulator.frames import content_names, named, piece
from features.simulator.places import Place

VOCABULARY = (
    *("music", "football", "photography", "movies", "cooking", "travel", "fashion", "bicycling"),
    *("machine-learning", "jazz", "gardening", "wine", "startups", "basketball", "comics", "yoga"),
    *("python", "astronomy", "chess", "architecture", "coffee", "running", "robotics", "poetry"),
    *("knitting", "surfing", "board-games", "typography", "beekeeping", "opera"),
)
"""From what many care about to what few do: slugs of Klout's ontology."""

MOST = 3
"""Topics that a person publishes about."""

SAID = 0.7
"""The share of contents that say what they are about."""


def interests(persons: int, seed: int) -> Ints:
    """Choose what each person publishes about.

    Returns
    -------
    array of int
        Shape (persons, `MOST`): places in `VOCABULARY`, the favourite first; the k-th topic is
        chosen in proportion to 1 / k, and one may come twice.
    """
    weights = 1 / np.arange(1, len(VOCABULARY) + 1)
    edges = np.cumsum(weights) / weights.sum()
    chance = stream(seed, "interests").random((persons, MOST))
    return np.minimum(np.searchsorted(edges, chance), len(VOCABULARY) - 1)


def topics_piece(
    rng: np.random.Generator, place: Place, contents: Contents, wishes: Ints
) -> Iterator[Piece]:
    """Make rows of ``topics``: of most contents one, of those of its author's, mostly the first."""
    chance, choice = rng.random((2, len(contents)))
    says = chance < SAID
    person = place.accounts.owner[contents.author[says]]
    about = wishes[person, (MOST * choice[says] ** 2).astype(np.int64)]
    if not len(about):
        return iter(())
    return piece(
        "topics",
        {
            "network": place.network.name,
            "content": content_names(contents.number[says]),
            "topic": named(pl.Series(VOCABULARY), about),
            "author": named(place.accounts.names, contents.author[says]),
        },
    )
