"""Ranks in the graph of who reacted to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from features.catalogue.catalogue import HORIZON, Catalogue
from features.lake import Lake
from features.lake.retractions import counted
from features.signals.owners import Owners, claims
from features.signals.page_graph import pagerank as pagerank_of_pages

Vector = NDArray[np.float64]

RETWEET_PROBABILITY = 0.05
"""TunkRank's p, which its author left open: one reader in twenty passes a post on."""

JUMP = 0.1
"""Tweepcred's probability of a random jump, of damping 0.9."""

FOLLOWINGS = 100
"""Stands for Tweepcred's 2,500 followings: one or two persons in a hundred react to more than this
many others in 90 days."""

STEEPNESS = 3.0
MAX_DIVISION = 50.0
"""Tweepcred's constants of the division that its last step makes."""

WEEK = 7
"""Days of engagement that X's account score is computed of, each day again."""

ACCOUNT_JUMP, EQUAL = 0.2, 0.5
"""X's probability of a jump, and how much of the jumps goes to all alike; the rest goes by the
engagement received."""

ACCOUNT_CHANGE, ACCOUNT_ROUNDS = 0.001, 50
"""X stops when all masses together move by less, or after so many rounds."""

ACCOUNT_BASE, ACCOUNT_SLOPE, ACCOUNT_MOST = 165.2, 7.07, 100.0
"""X's score of a mass is base + slope · ln mass, from 0 to the most."""

TOLERANCE = 1e-12
MAX_ROUNDS = 1000


@dataclass(frozen=True)
class InteractionGraph:
    """Who reacted to whom in some days before `as_of`, over all networks.

    Attributes
    ----------
    people
        Everybody in it, ascending.
    source, target
        Shape (edges,): row numbers in ``people`` of who reacted, and to whom; each pair once.
    weight
        Shape (edges,): how many interactions.
    """

    people: pl.Series
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Vector

    @staticmethod
    def of(lake: Lake, as_of: date, catalogue: Catalogue, days: int = HORIZON) -> InteractionGraph:
        """Read it from a lake; persons stand for their accounts, self-reactions are left out."""
        return InteractionGraph.from_edges(_edges(lake, as_of, catalogue, days))

    @staticmethod
    def from_edges(edges: pl.DataFrame) -> InteractionGraph:
        """Number the persons of ``actor``, ``receiver``, ``interactions``; each pair once.

        Sorted first, so that sums run in the same order whatever order the edges came in.
        """
        ordered = edges.sort("actor", "receiver")
        people = pl.concat([ordered["actor"], ordered["receiver"]]).unique().sort()
        source, target = (
            people.search_sorted(ordered[side]).to_numpy().astype(np.int64)
            for side in ("actor", "receiver")
        )
        return InteractionGraph(
            people, source, target, ordered["interactions"].cast(pl.Float64).to_numpy()
        )

    @cached_property
    def following(self) -> Vector:
        """How many each person reacted to, shape (people,)."""
        return np.bincount(self.source, minlength=len(self.people)).astype(np.float64)

    @cached_property
    def reactors(self) -> Vector:
        """How many reacted to each person, shape (people,)."""
        return np.bincount(self.target, minlength=len(self.people)).astype(np.float64)

    def flow(self, weight: Vector) -> csr_array:
        """Matrix that takes a value from each person to whom it reacted to, times the weight."""
        size = len(self.people)
        return csr_array((weight, (self.target, self.source)), shape=(size, size))

    def of_persons(self, rank: Vector, persons: pl.Series) -> pl.Series:
        """Look up ranks, in the order of ``persons``; 0 for who is not in the graph."""
        ranked = pl.DataFrame({"person": self.people, "rank": rank})
        wanted = persons.alias("person").to_frame()
        joined = wanted.join(ranked, on="person", how="left", maintain_order="left")
        return joined["rank"].fill_null(0.0)


def pagerank(graph: InteractionGraph) -> Vector:
    """PageRank (Brin and Page, 1998), each pair of persons once; shape (people,), of mean 1."""
    return pagerank_of_pages(graph.source, graph.target, len(graph.people))


def tunkrank(graph: InteractionGraph, probability: float = RETWEET_PROBABILITY) -> Vector:
    """How many people one post is expected to reach, shape (people,).

    influence(x) = Σ over f who follow x of (1 + p · influence(f)) / following(f): a follower's
    attention is split over all it follows, and what it reads it passes on with probability p
    (Tunkelang, A Twitter analog to PageRank, The Noisy Channel, 13 January 2009). Those who
    reacted stand for the followers here, those they reacted to for whom they follow.
    """
    flow = graph.flow(1.0 / graph.following[graph.source])
    influence = np.zeros(len(graph.people))
    for _ in range(MAX_ROUNDS):
        new: Vector = np.asarray(flow @ (1.0 + probability * influence))
        change = np.abs(new - influence).max(initial=0.0)
        influence = new
        if change < TOLERANCE * max(1.0, influence.max(initial=0.0)):
            break
    return influence


def tweepcred(graph: InteractionGraph) -> Vector:
    """Twitter's reputation of users, shape (people,), of sum 1 before the last step.

    PageRank with a jump of 0.1 and mass divided by the weight of the edges (here: interactions);
    who points nowhere gives to all alike. The last step divides the mass of who follows many and
    is followed by few (twitter/the-algorithm on GitHub, 2023: `WeightedPageRank.scala` and
    `Reputation.scala` of graph/batch/job/tweepcred). Left out: each user's own mass, made of what
    is not known here (its devices, its age), and the last rounding to 0 to 100.
    """
    size = len(graph.people)
    given = np.bincount(graph.source, graph.weight, size)
    flow = graph.flow(graph.weight / given[graph.source])
    mass = np.full(size, 1.0 / size)
    for _ in range(MAX_ROUNDS):
        walked = flow @ mass
        lost = (1.0 - walked.sum()) / size
        new = JUMP / size + (1.0 - JUMP) * (walked + lost)
        change = np.abs(new - mass).sum()
        mass = new
        if change < TOLERANCE:
            break
    return mass / _division(graph.following, graph.reactors)


def account_mass(graph: InteractionGraph) -> Vector:
    """Mass that X's account score of August 2026 is made of, shape (people,), of sum 1.

    PageRank over the engagement of seven days (`WEEK`), computed each day: a mass is split evenly
    over those whom its owner engaged with; with probability 0.2 it jumps instead, half of the time
    to anybody, half of the time by the engagement received, as the mass of who engaged with nobody
    always does. Here any reaction is an engagement.
    """
    size = len(graph.people)
    received = np.bincount(graph.target, graph.weight, size)
    jump = EQUAL / size + (1.0 - EQUAL) * received / received.sum()
    flow = graph.flow(1.0 / graph.following[graph.source])
    mass: Vector = jump
    for _ in range(ACCOUNT_ROUNDS):
        walked = (1.0 - ACCOUNT_JUMP) * np.asarray(flow @ mass)
        new: Vector = walked + (1.0 - walked.sum()) * jump
        change = np.abs(new - mass).sum()
        mass = new
        if change < ACCOUNT_CHANGE:
            break
    return mass


def account_score(mass: Vector) -> Vector:
    """Put masses of sum 1 on the scale that X published: 165.2 + 7.07 · ln mass, from 0 to 100.

    It is made for hundreds of millions of accounts: among ten thousand the mean is 100 already.
    So people are compared by their mass, in the same order and without an end.

    >>> account_score(np.array([1e-12, 1e-6, 1e-4])).round(1).tolist()
    [0.0, 67.5, 100.0]
    """
    return np.asarray(np.clip(ACCOUNT_BASE + ACCOUNT_SLOPE * np.log(mass), 0.0, ACCOUNT_MOST))


def _division(following: Vector, reactors: Vector) -> Vector:
    """exp(3 · (ratio - 1) · ln ln following), from 1 to 50, for those who follow many."""
    ratio = (1.0 + following) / (1.0 + reactors)
    exponent = STEEPNESS * (ratio - 1.0) * np.log(np.log(np.maximum(following, FOLLOWINGS)))
    division = np.exp(np.clip(exponent, 0.0, np.log(MAX_DIVISION)))
    return np.where(following > FOLLOWINGS, division, 1.0)


def _edges(lake: Lake, as_of: date, catalogue: Catalogue, days: int) -> pl.DataFrame:
    """Interactions by pair of persons: ``actor``, ``receiver``, ``interactions``."""
    claimed = claims(lake, as_of)
    since = as_of - timedelta(days)
    parts = []
    for network in catalogue.networks:
        owners = Owners.of(network, claimed)
        pairs = counted(lake, network.name, since, as_of)
        made = pairs.group_by("actor", "target").agg(interactions=pl.len())
        received = owners.with_person(made, "target").rename({"person": "receiver"})
        given = owners.with_person(received, "actor").drop("actor").rename({"person": "actor"})
        parts.append(given.select("actor", "receiver", "interactions"))
    edges = pl.concat(parts).filter(pl.col("actor") != pl.col("receiver"))
    summed = edges.group_by("actor", "receiver").agg(pl.col("interactions").sum())
    return summed.collect(engine="streaming")
