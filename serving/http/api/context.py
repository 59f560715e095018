"""What the API and the pages answer from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from features.catalogue.network import Network
from features.lake import Lake
from serving.http.api.access import Needed
from serving.http.api.job_runner import Runner
from serving.http.api.memory import Memory
from serving.store import Store
from serving.store.engine import SQLITE
from training.influence.model import Model
from training.registry.archive import ArchivedModel


@dataclass(frozen=True, eq=False)
class Context:
    """One of these is made in each process, and shared by its threads.

    Attributes
    ----------
    store
        Published scores. None: the server was given none, and only scores what is in a request.
    lake
        That explanations are computed from; None: there are none.
    model
        Gives the model in force.
    reference
        Gives the signals' percentiles that belong to it; None: not known.
    keys
        What needs a key.
    memory
        Answers that took seconds.
    runner
        Runs what takes longer than a request may.
    """

    store: Store | None
    lake: Path | None
    model: Callable[[], Model]
    reference: Callable[[], pl.DataFrame | None] = lambda: None
    keys: Needed = Needed.ELSEWHERE
    memory: Memory = field(default_factory=Memory)
    runner: Runner = field(default_factory=Runner)
    _networks: dict[tuple[str, date], tuple[Network, ...]] = field(default_factory=dict)

    @property
    def in_force(self) -> ArchivedModel:
        """The model in force, with its percentiles."""
        return ArchivedModel(self.model(), self.reference())

    def networks(self, day: date) -> tuple[Network, ...]:
        """Name the networks that people have parts on: the model's, and the lake's on a day."""
        model = self.model()
        if self.lake is None:
            return model.catalogue.networks
        found = self._networks.get((model.version, day))
        if found is None:
            found = model.covering(Lake(self.lake).populated).catalogue.networks
            self._networks.clear()
            self._networks[model.version, day] = found
        return found

    @property
    def is_file(self) -> bool:
        """Whether scores are in a file of this machine, which readers never wait for."""
        return self.store is not None and self.store.engine.dialect.name == SQLITE
