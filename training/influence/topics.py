"""Influence about a topic: evidence, of the interactions with contents of the topic alone.

A person's influence about a topic is the sum over networks of the curve of evidence
(`training.influence.evidence`), with its weight whatever the model, of what contents of the topic
drew: distinct people in 90, 30 and 7 days and reactions of each kind beyond 3; where a network
tallies reactions, those count beside the distinct people. Counters and links are of no topic. Why
no trees: docs/decisions/0016.

**Monotone**: the figures are (`features.topics.figures`), and each term is. **Exact**: leaves are
whole `training.trees.exact.GRAIN`s, so sums over kinds, windows and networks have the same bits in
any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from features.catalogue.catalogue import HORIZON, WINDOWS, Catalogue
from features.catalogue.figures import QUARTERS
from features.catalogue.network import Network
from features.incremental.topic_days import NetworkTopics, TopicDays
from features.lake import Lake
from features.lake.retractions import Undone
from features.lake.times import day_number
from features.signals.authenticity import authenticity_by_account
from features.signals.materialize import name_receivers, tallies_of
from features.signals.names import both_ends, named, together
from features.signals.owners import Owners, claims
from features.signals.tallies import reached
from features.topics.figures import About, TopicFigures, kind, people, reactions_of, topic_figures
from features.topics.ontology import Ontology
from features.topics.tag_sets import TagSets
from training.influence.confidence import confidence
from training.influence.evidence import OF_A_KIND, WEIGHT, Evidence, of_people

TOPICS = {
    "person": pl.String(),
    "topic": pl.String(),
    "influence": pl.Float64(),
    "contents": pl.UInt32(),
    "reactors": pl.UInt32(),
}
"""A person's influence about a topic, above 0; how many of its contents drew a reaction of anybody
believed by half in 90 days, and how many such people reacted: on each network apart."""

_TOPIC = ["receiver", "topic"]
_EVIDENCE = Evidence(WEIGHT)


def of_network(found: TopicFigures, network: Network) -> pl.DataFrame:
    """Compute what a network adds: ``receiver``, ``topic`` and the rest of `TOPICS`."""
    table = found.received
    if found.tallied is not None:
        named = {people(window): _tallied(window) for window in WINDOWS}
        counted = found.tallied.rename({**named, "contents": "unnamed"})
        table = table.join(counted, on=_TOPIC, how="full", coalesce=True)
        table = table.with_columns(pl.col(pl.Int64).fill_null(0)).with_columns(
            *(reached(_units(w), pl.col(_tallied(w))).alias(_tallied(w)) for w in WINDOWS),
            contents=pl.col("contents") + pl.col("unnamed"),
        )
    whole = found.tallied is None
    influence = np.zeros(len(table))
    for window in WINDOWS:
        reached_by = (
            table[people(window)].cast(pl.Float64) / QUARTERS if whole else table[_tallied(window)]
        )
        influence += _EVIDENCE.of_term(of_people(window), reached_by.to_numpy())
        for reaction in network.reactions:
            of_kind = table[kind(reaction.name, window)].to_numpy() / QUARTERS
            influence += _EVIDENCE.of_term(OF_A_KIND, of_kind)
    says = pl.Series("influence", influence)
    return table.select(*_TOPIC, says, "contents", "reactors").filter(pl.col("influence") > 0)


def _units(window: int) -> pl.Expr:
    return pl.col(people(window)).cast(pl.Float64) / QUARTERS


def _tallied(window: int) -> str:
    return f"tallied.{window}d"


def together_of(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up networks, ``person`` and the rest of `TOPICS` each: `TOPICS`.

    In order of person, then the strongest first, then topic.
    """
    empty = pl.DataFrame(schema={**TOPICS, "contents": pl.Int64(), "reactors": pl.Int64()})
    rows = pl.concat([empty, *(part.select(empty.columns) for part in parts)])
    added = rows.group_by("person", "topic").agg(pl.all().sum()).cast(pl.Schema(TOPICS))
    return added.sort("person", "influence", "topic", descending=[False, True, False])


def rank_experts(frame: pl.DataFrame, ancestors: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rank everybody among those who have a topic.

    Parameters
    ----------
    frame
        `TOPICS`.
    ancestors
        ``topic`` and ``ancestor``, all above each; None: no topic is above another.

    Returns
    -------
    DataFrame
        The same rows, with ``share`` (f64, influence as a share of that of all the person's topics
        which none of its topics is above: these add up to 1, and a share of a topic below is part
        of its), ``rank`` (u32, 1 is the topic's first; who is alike shares it), ``experts`` (u32,
        people with the topic), ``percentile`` (f64, the share in percent of them that has no more)
        and ``confidence`` (f64, of the reactors: `training.influence.confidence`).
    """
    own = frame.select("person", "topic")
    below = own.clear()
    if ancestors is not None:
        above = own.rename({"topic": "ancestor"})
        below = own.join(ancestors, on="topic").join(above, on=["person", "ancestor"], how="semi")
        below = below.select("person", "topic").unique()
    tops = frame.join(below, on=["person", "topic"], how="anti")
    total = tops.group_by("person").agg(total=pl.col("influence").sum())
    influence, experts = pl.col("influence"), pl.len().over("topic")
    ranked = frame.join(total, on="person", how="left", maintain_order="left").with_columns(
        share=influence / pl.col("total"),
        rank=influence.rank("min", descending=True).over("topic").cast(pl.UInt32),
        experts=experts.cast(pl.UInt32),
        percentile=100 * influence.rank("max").over("topic") / experts,
    )
    sure = confidence(frame["reactors"].cast(pl.Float64).to_numpy())
    return ranked.drop("total").with_columns(confidence=pl.Series(sure, dtype=pl.Float64))


def by_day(days: TopicDays) -> pl.DataFrame:
    """Compute everybody's topics of a day's run, from what it kept: `TOPICS`."""
    run = days.run
    networks = topical(run.inputs.lake, run.catalogue)
    return together_of(map(_of_day, map(days.of, networks)))


def _of_day(now: NetworkTopics) -> pl.DataFrame:
    found = of_network(now.figures, now.owners.network)
    named = found.with_columns(topic=now.names.gather(found["topic"]))
    return with_person(named, now.accounts, now.owners)


def topics_of(
    lake: Lake, as_of: date, catalogue: Catalogue, ontology: Ontology | None = None
) -> pl.DataFrame:
    """Compute everybody's topics of a lake, from scratch: `TOPICS`.

    Parameters
    ----------
    lake, as_of
        What is known.
    catalogue
        The networks in force.
    ontology
        None: the lake's.
    """
    told = ontology or Ontology.of(lake)
    return together_of(_of_networks(lake, as_of, catalogue, told))


def _of_networks(
    lake: Lake, as_of: date, catalogue: Catalogue, ontology: Ontology
) -> Iterator[pl.DataFrame]:
    networks = topical(lake, catalogue)
    claimed = claims(lake, as_of) if networks else None
    for network in networks:
        assert claimed is not None
        yield _of_network(lake, as_of, Owners.of(network, claimed), ontology)


def _of_network(lake: Lake, as_of: date, owners: Owners, ontology: Ontology) -> pl.DataFrame:
    network = owners.network
    sets = TagSets.nothing().told(lake.scan("topics", [network.name]))
    rows = lake.scan("interactions", [network.name], as_of - timedelta(HORIZON), as_of)
    rows = Undone.of(lake, network.name, as_of).left_of("interactions", rows)
    reactions, tallies = reactions_of(rows, network), tallies_of(lake, as_of, owners)
    about = About(
        owners=owners,
        authenticity=authenticity_by_account(lake, as_of, None, network.name),
        sets=sets,
        topics=ontology.topics_of(sets.tags["tag"].unique()),
        tallies=tallies,
        end=day_number(as_of),
    )
    accounts = [named(both_ends(rows)), named(owners.claimed.lazy())]
    if tallies is not None:
        accounts.append(named(tallies.lazy().select(account="name")))
    found = of_network(topic_figures(reactions.lazy(), len(reactions), about), network)
    return with_person(found, together(accounts), owners)


def with_person(found: pl.DataFrame, accounts: pl.DataFrame, owners: Owners) -> pl.DataFrame:
    """Name whose a network's receivers are; accounts as of `features.signals.names.named`."""
    receivers = name_receivers(found.select("receiver").unique(), accounts, owners)
    return found.join(receivers, on="receiver").drop("receiver")


def topical(lake: Lake, catalogue: Catalogue) -> list[Network]:
    """Name the networks of which it is said what contents are about."""
    told = {file.network for file in lake.files("topics")}
    return [each for each in catalogue.networks if each.name in told and each.reactions]
