"""From a few numbers to a lake: the simulated world."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Piece, Receipt, Source, write
from features.lake.times import EARLIEST, LAST_DAY
from features.simulator.blocks import blocks
from features.simulator.chance import Ints, stream
from features.simulator.events import Contents
from features.simulator.frames import contents_piece, interactions_piece, named
from features.simulator.interests import interests, topics_piece
from features.simulator.judges import judgements
from features.simulator.places import Place, places, publishing
from features.simulator.pods import Pod, likes, recruit
from features.simulator.policy import Policy
from features.simulator.population import People, people
from features.simulator.registers import counters, identities, links
from features.simulator.truth import LABELS, TRUTH, known, labels, truth, write_truth
from features.storage.folders import LAKE, claim
from features.storage.paths import exists

FORMAT = "simulate"


def simulate(
    out: Path,
    persons: int,
    days: int,
    seed: int,
    catalogue: Catalogue,
    end: date = date(2014, 10, 1),
    on_rows: Callable[[int], None] = lambda _: None,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    recruited_pods: int = 0,
    *,
    topics: bool = False,
) -> Receipt:
    """Write a simulated world: a lake, and beside its tables what is true of it.

    ``truth.parquet`` is of persons, ``labels.parquet`` of accounts.

    The same arguments give the same bytes.

    Parameters
    ----------
    out
        The lake's directory: new, or one that this world is in already.
    persons, days
        Size of the world; it lives on the days ``[end - days, end)``.
    seed
        Not negative.
    catalogue
        The networks in force; all of them are populated.
    end
        Nothing happens at or after its midnight, UTC.
    on_rows
        Called with the number of rows of each piece, for a progress bar.
    policy
        The numbers behind the world.
    recruited_pods
        Beside all else, so many pods of people who were honest before, and circles of friends:
        `features.simulator.pods`. In ``labels.parquet`` alone they have a name.
    topics
        Whether contents are about something; all other tables hold the same rows either way.

    Raises
    ------
    KloutError
        If a number is out of range, or the directory holds another lake.
    """
    _check(persons, days, seed, end, recruited_pods)
    digest = _digest(persons, days, seed, catalogue, end, policy, recruited_pods, topics=topics)
    _check_empty(out, digest)
    claim(out, LAKE, digest[:32])  # the same world is the same lake, wherever it is made
    more = f", {recruited_pods} recruited pods" if recruited_pods else ""
    more += ", topics" if topics else ""
    source = Source(f"world of {persons} persons, {days} days, seed {seed}{more}", FORMAT, digest)
    wishes = interests(persons, seed) if topics else None
    pieces = _pieces(out, persons, days, seed, catalogue, end, policy, recruited_pods, wishes)
    now = datetime.combine(end, time(), UTC)
    return write(out, pieces, source, catalogue, now, on_rows)


def _pieces(
    out: Path,
    persons: int,
    days: int,
    seed: int,
    catalogue: Catalogue,
    end: date,
    policy: Policy,
    pods: int,
    wishes: Ints | None,
) -> Iterator[Piece]:
    start = end - timedelta(days=days)
    folk = people(persons, seed, policy, publishing(catalogue))
    ids = person_ids(persons)
    world = places(catalogue, folk, days, seed, policy)
    recruits = recruit(world, folk, pods, days, seed, policy)
    # Before the lake's commit: a simulated lake is never there without its truth.
    write_truth(out, TRUTH, truth(folk, ids, world, policy))
    write_truth(out, LABELS, labels(folk, world, policy, recruits))
    for place in world:
        yield from identities(place, ids, start)
        yield from counters(place, folk, days, start, seed, policy)
        yield from links(place, seed, policy)
        recruited = recruits[place.network.name]
        yield from _lived(place, folk, recruited, days, start, seed, policy, wishes)
    judged = _judged(folk, world, seed, policy)
    wanted = round(policy.judgements * persons)
    whom = named(ids, judged)
    yield from judgements(folk.influence[judged], whom, wanted, days, start, seed, policy)


def _lived(
    place: Place,
    folk: People,
    pods: list[Pod],
    days: int,
    start: date,
    seed: int,
    policy: Policy,
    wishes: Ints | None,
) -> Iterator[Piece]:
    """Make rows of what is published on a network and of the reactions to it."""
    published: list[Contents] = []
    about = stream(seed, "topics", place.network.name)
    for contents, reactions in blocks(place, folk, days, start.weekday(), seed, policy):
        yield from contents_piece(place, contents, start)
        if wishes is not None:
            yield from topics_piece(about, place, contents, wishes)
        yield from interactions_piece(place, reactions, start)
        if pods:
            published.append(contents)
    if pods:
        more = likes(place, pods, Contents.join(published), days, seed, policy)
        yield from interactions_piece(place, more, start)


def _judged(folk: People, world: list[Place], seed: int, policy: Policy) -> Ints:
    """Choose who may be judged: all honest persons that the lake knows, and some of the others."""
    asked = stream(seed, "judged").random(len(folk)) < policy.judged_inauthentic
    authentic = np.array([kind.authentic for kind in policy.kinds])[folk.kind]
    return np.flatnonzero(known(world, len(folk)) & (authentic | asked))


def person_ids(persons: int) -> pl.Series:
    """Name the persons.

    >>> person_ids(2).to_list()
    ['p000000', 'p000001']
    """
    digits = pl.int_range(persons, eager=True).cast(pl.String).str.zfill(6)
    return pl.select(pl.format("p{}", digits)).to_series()


def _check(persons: int, days: int, seed: int, end: date, recruited_pods: int) -> None:
    numbers = {"persons": persons, "days": days, "seed": seed, "recruited pods": recruited_pods}
    for (name, value), least in zip(numbers.items(), (1, 1, 0, 0), strict=True):
        if value < least:
            raise KloutError(f"{name}: {value} is less than {least}")
    if end > LAST_DAY or days > (end - EARLIEST.date()).days:
        period = f"{EARLIEST.date()} to {LAST_DAY}"
        raise KloutError(f"days: {days} days up to {end} are not all from {period}")


def _check_empty(out: Path, digest: str) -> None:
    lake = Lake(out)
    if not exists(lake.ledger):
        return
    if others := [entry for entry in lake.entries if entry.digest != digest]:
        there = others[0].source
        raise KloutError(f"{out}: holds {there!r} already; simulate into a new directory")


def _digest(
    persons: int,
    days: int,
    seed: int,
    catalogue: Catalogue,
    end: date,
    policy: Policy,
    pods: int,
    *,
    topics: bool,
) -> str:
    what = (FORMAT, persons, days, seed, end.isoformat(), catalogue.to_dict(), policy)
    # A world without pods, or topics, is the one that it was before there were any to ask for.
    asked = repr((*what, *([pods] if pods else []), *(["topics"] if topics else [])))
    return hashlib.sha256(asked.encode()).hexdigest()
