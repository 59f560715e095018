"""All worlds between two dates, network by network."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_signals import signals
from serving.explain.scenarios import at_work, every_world, side_by_side


@dataclass(frozen=True)
class ScenarioPath:
    """From the first date to the second on one network.

    Attributes
    ----------
    causes
        What is at work.
    signals
        A row per set of causes, as `serving.explain.attribution.shapley` counts them: the first row
        is the first date, the last row the second.
    """

    life: ScenarioInputs
    causes: tuple[str, ...]
    signals: pl.DataFrame

    @property
    def network(self) -> str:
        """Name of the network."""
        return self.life.records.network.name

    @property
    def is_there(self) -> bool:
        """Whether the network knows anything of the person at the second date."""
        return bool(self.signals[f"{self.network}.connected"][-1])


def path_of(life: ScenarioInputs) -> ScenarioPath:
    """Compute the signals of all worlds.

    A network that was connected or removed as a whole moved for that reason alone: what came in
    before it was connected came with it, and what came in since it was removed counts for nobody.
    """
    causes = at_work(life)
    worlds = every_world(causes)
    if is_connected(life) or is_removed(life):
        causes, worlds = ("networks",), _ends(worlds)
    return ScenarioPath(life, causes, signals(side_by_side(life, worlds)))


def is_connected(life: ScenarioInputs) -> bool:
    """Whether the person had no account on the network at the first date, and has one now."""
    return not life.accounts(networks=False) and bool(life.accounts(networks=True))


def is_removed(life: ScenarioInputs) -> bool:
    """Whether the person has no account on the network any more."""
    return bool(life.accounts(networks=False)) and not life.accounts(networks=True)


def _ends(worlds: pl.DataFrame) -> pl.DataFrame:
    ends = pl.concat([worlds.head(1), worlds.tail(1)])
    return ends.with_columns(world=pl.Series([0, 1], dtype=pl.UInt64))
