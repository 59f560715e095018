"""The score that would follow, and the cheapest ways to the next point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from math import floor
from typing import NamedTuple

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from serving.explain.counterfactual_signals import CounterfactualSignals, not_connected
from serving.explain.explanation import Way, WhatIf
from serving.explain.lives import lives_of
from serving.explain.minimal_amount import Pair, minimal_amounts
from serving.explain.person import is_known, person_of, unknown
from serving.explain.published_score import Published, published
from serving.explain.records import Records, StandInTables
from serving.explain.requests import MOST, Ask, FewerPosts, MoreReactors, WithSignals, checked
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_signals import signals
from serving.explain.text import do, number
from serving.explain.typical_actor import silent
from training.influence.model import Model


class Counterfactual:
    """A person's score, network by network, ready to be asked what if.

    Attributes
    ----------
    person
        Whom it is about.
    parts
        Of influence, by network.
    score
        Of the lake's records.
    shown
        As published, if this model published it; else the same.
    """

    def __init__(
        self,
        lake: Lake,
        as_of: date,
        person: str,
        model: Model,
        given: StandInTables | None = None,
        records: list[Records] | None = None,
    ) -> None:
        self.person = person_of(lake, as_of, person, model.catalogue)
        self.as_of, self.model = as_of, model
        if records is None:
            lives = lives_of(lake, as_of, self.person, model.catalogue.networks, given)
        else:
            lives = [ScenarioInputs(each) for each in records]
        self.lives = {each.records.network.name: each for each in lives}
        self._imagining = {name: CounterfactualSignals(each) for name, each in self.lives.items()}
        self.signals = {name: signals(each.now) for name, each in self._imagining.items()}
        there = (bool(rows[f"{name}.connected"][0]) for name, rows in self.signals.items())
        if not any(there) and not is_known(lake, as_of, self.person):
            raise unknown(lake, as_of, person)
        self.parts = {
            name: float(model.part(name, rows.to_numpy())[0]) for name, rows in self.signals.items()
        }
        self.score = self.with_parts({})
        known = Published(0.0, self.score)
        self.shown = published(lake, as_of, self.person, model, known).score

    def with_parts(self, parts: dict[str, float]) -> float:
        """Score other parts; those not named stay."""
        influence = self.model.base + sum((self.parts | parts).values())
        return float(self.model.points(np.array([influence]))[0])

    def with_part(self, network: str, parts: Sequence[float]) -> list[float]:
        """Score each of some other parts on a network: sums of parts are exact in any order."""
        others = self.model.base + sum(v for n, v in self.parts.items() if n != network)
        found: list[float] = self.model.points(others + np.array(parts)).tolist()
        return found

    def life(self, network: str) -> ScenarioInputs:
        """Give the life on a network, or on one that would be connected."""
        if network not in self.lives:
            declared = self.model.catalogue.network(network)
            self.lives[network] = ScenarioInputs(not_connected(declared, self.person, self.as_of))
        return self.lives[network]

    def parts_if(self, network: str, asks: Sequence[MoreReactors | FewerPosts]) -> list[float]:
        """Compute a network's part for each thing asked."""
        if network not in self.signals:
            return self._newcomer(network, asks)
        return self._computed(network, asks)

    def _newcomer(self, network: str, asks: Sequence[MoreReactors | FewerPosts]) -> list[float]:
        """Compute what connecting a network would bring: to whoever is not there it is the same."""
        known = _newcomers(_Key(self.model.version, self.model.catalogue.digest, network))
        new = [ask for ask in dict.fromkeys(asks) if ask not in known]
        if new:
            known.update(zip(new, self._computed(network, new), strict=True))
        return [known[ask] for ask in asks]

    def _computed(self, network: str, asks: Sequence[MoreReactors | FewerPosts]) -> list[float]:
        if network not in self._imagining:
            self._imagining[network] = CounterfactualSignals(self.life(network))
        rows = self._imagining[network].signals(asks).to_numpy()
        return [float(part) for part in self.model.part(network, rows)]

    def part_with(self, ask: WithSignals) -> float:
        """Compute a network's part with other signals."""
        own = [s.name for s in self.model.catalogue.signals if s.network == ask.network]
        known = self.signals.get(ask.network, pl.DataFrame([dict.fromkeys(own, 0.0)]))
        for name, value in ask.signals.items():
            if name not in own or not 0 <= value < float("inf"):
                raise KloutError(
                    f"{name} = {value}: no number from 0 on of a signal of {ask.network}"
                )
        changed = known.with_columns(pl.lit(v, pl.Float64).alias(n) for n, v in ask.signals.items())
        return float(self.model.part(ask.network, changed.to_numpy())[0])


class _Key(NamedTuple):
    version: str
    catalogue: str
    network: str


@lru_cache(maxsize=64)
def _newcomers(key: _Key) -> dict[MoreReactors | FewerPosts, float]:
    """Remember parts of people who would connect a network; the dates of a window don't matter."""
    del key
    return {}


def what_if(
    lake: Lake,
    as_of: date,
    person: str,
    model: Model,
    ask: Ask,
    given: StandInTables | None = None,
) -> WhatIf:
    """Say what a score would be.

    Parameters
    ----------
    ask
        What would be otherwise: see `serving.explain.requests`.

    Raises
    ------
    KloutError
        If the network, reaction or signal is not in the model's catalogue, a number is out of
        bounds, or there is nobody to explain: see `serving.explain.person.person_of`.
    """
    _declared(ask, model.catalogue)
    now = Counterfactual(lake, as_of, person, model, given)
    part = (
        now.part_with(ask) if isinstance(ask, WithSignals) else now.parts_if(ask.network, [ask])[0]
    )
    after = now.with_parts({ask.network: part})
    return WhatIf(
        person=now.person,
        as_of=as_of.isoformat(),
        before=now.shown,
        changed=now.shown - now.score,
        after=after,
        gain=after - now.score,
        parts=now.parts | {ask.network: part},
        words=f"with {_asked(ask, now)}, the score would be {after:.2f} instead of {now.shown:.2f}",
    )


def next_point(
    lake: Lake,
    as_of: date,
    person: str,
    model: Model,
    given: StandInTables | None = None,
    records: list[Records] | None = None,
) -> list[Way]:
    """Find the cheapest ways to the next whole point.

    Parameters
    ----------
    records
        From `serving.explain.records.read`, of this date, if they are read already.

    Returns
    -------
    list of Way
        The fewest people or posts first; without ways that take more people than may be asked for.
    """
    now = Counterfactual(lake, as_of, person, model, given, records)
    goal = floor(now.shown) + 1.0
    ways = [
        way
        for network in model.catalogue.networks
        if network.name in model.ranges
        for way in _ways(now, network.name, goal)
    ]
    return sorted(ways, key=lambda way: (way.amount, way.kind, way.network, way.reaction or ""))


def _ways(now: Counterfactual, network: str, goal: float) -> Iterator[Way]:
    life = now.life(network)
    silences = silent(life)["place"].count() if network in now.signals else 0
    asks: list[MoreReactors | FewerPosts] = [
        MoreReactors(network, reaction.name, MOST) for reaction in life.records.network.reactions
    ]
    asks += [FewerPosts(network, silences)] if silences else []
    scores: dict[Pair, float] = {}

    def are_enough(pairs: list[Pair]) -> list[bool]:
        parts = now.parts_if(network, [_of(asks[which], many) for which, many in pairs])
        found = now.with_part(network, parts)
        scores.update(zip(pairs, found, strict=True))
        return [score >= goal for score in found]

    for which, many in enumerate(minimal_amounts([_most(ask) for ask in asks], are_enough)):
        if many is not None:
            yield _way(now, asks[which], many, scores[which, many])


def _way(now: Counterfactual, ask: MoreReactors | FewerPosts, amount: int, score: float) -> Way:
    words = _asked(_of(ask, amount), now)
    if isinstance(ask, FewerPosts):
        return Way("posts", ask.network, None, amount, score, words)
    kind = "people" if ask.network in now.parts else "network"
    return Way(kind, ask.network, ask.reaction, amount, score, words)


def _most(ask: MoreReactors | FewerPosts) -> int:
    return ask.people if isinstance(ask, MoreReactors) else ask.posts


def _of(ask: MoreReactors | FewerPosts, amount: int) -> MoreReactors | FewerPosts:
    if isinstance(ask, FewerPosts):
        return replace(ask, posts=amount)
    return replace(ask, people=amount)


def _asked(ask: Ask, now: Counterfactual) -> str:
    network = now.model.catalogue.network(ask.network)
    if isinstance(ask, WithSignals):
        named = ", ".join(f"{name} = {number(value)}" for name, value in ask.signals.items())
        return f"other signals on {network.title} ({named})"
    if isinstance(ask, FewerPosts):
        return f"{ask.posts:,} fewer silent posts on {network.title}"
    daily = f" on {ask.times} days" if ask.times > 1 else ""
    first = "" if ask.network in now.parts else f"{network.title} connected, and "
    people = "person who would" if ask.people == 1 else "people who"
    more = f"{ask.people:,} more {people} {do(network, ask.reaction)}{daily}"
    return f"{first}{more} on {network.title}"


def _declared(ask: Ask, catalogue: Catalogue) -> None:
    names = [network.name for network in catalogue.networks]
    if ask.network not in names:
        raise KloutError(f"no network {ask.network!r}; there are {names}")
    checked(ask, [reaction.name for reaction in catalogue.network(ask.network).reactions])
