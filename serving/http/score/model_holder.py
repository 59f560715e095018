"""The model in force: read from the folder that ``KLOUT_MODEL`` names, again when it changes."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from features.catalogue.declaration import load_networks
from features.errors import KloutError
from training.influence.model import Model
from training.influence.reference import FILE, read_reference

MODEL_ENV = "KLOUT_MODEL"
NETWORKS_ENV = "KLOUT_NETWORKS"
DEFAULT = Path("models/champion")
LOOKED_EVERY_S = 2.0
"""After so long at most another model in the folder is noticed."""

_LOG = logging.getLogger("klout.model")

FolderState = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of a folder's files: others when the model is another."""


_shared: tuple[tuple[Path, Path | None, FolderState], Model] | None = None
"""What was read before the process forked, and of which files and declarations."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model, ready to predict, and what belongs to it. A request uses one from end to end.

    Attributes
    ----------
    model
        The model; it covers the networks that the service is told of besides.
    reference
        Its signals' percentiles; None: not known.
    seen
        The files that it was read from.
    """

    model: Model
    reference: pl.DataFrame | None
    seen: FolderState

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Column number of each signal."""
        return {name: column for column, name in enumerate(self.model.catalogue.names)}

    @cached_property
    def wider(self) -> Mapping[str, list[str]]:
        """Of each signal over a window of days, the same over wider ones."""
        of_windows: dict[str, dict[int, str]] = defaultdict(dict)
        for signal in self.model.catalogue.signals:
            if signal.measure is not None and signal.window is not None:
                of_windows[signal.name.rpartition(".")[0]][signal.window] = signal.name
        return {
            name: [other for width, other in family.items() if width > window]
            for family in of_windows.values()
            for window, name in family.items()
        }


def model_folder() -> Path:
    """Say where the model is: ``KLOUT_MODEL``, else ``models/champion``.

    The default is looked for beside the packages first, where a checkout and a bento have it, so
    that a bento serves its own model whatever folder it is started in.
    """
    if given := os.environ.get(MODEL_ENV):
        return Path(given)
    beside = Path(__file__).parents[3] / DEFAULT
    return beside if beside.is_dir() else DEFAULT


def networks_folder() -> Path | None:
    """Say where networks beside the model's are declared: ``KLOUT_NETWORKS``; None: nowhere."""
    given = os.environ.get(NETWORKS_ENV)
    return Path(given) if given else None


def read(folder: Path) -> LoadedModel:
    """Read a model, ready to predict, on the networks of `networks_folder` too.

    Raises
    ------
    KloutError
        If there is none, it is damaged, or it changed meanwhile; or a declaration is wrong.
    """
    before, networks = _seen(folder), networks_folder()
    is_shared = _shared is not None and _shared[0] == (folder, networks, before)
    model = _shared[1] if _shared and is_shared else _loaded(folder, networks)
    file = folder / FILE
    reference = read_reference(file, model.catalogue) if file.is_file() else None
    if _seen(folder) != before:
        raise KloutError(f"{folder}: the model was replaced while it was being read")
    return LoadedModel(model, reference, before)


def share(folder: Path, networks: Path | None) -> None:
    """Read a model before the process forks, so that workers hold one between them.

    Raises
    ------
    KloutError
        If there is none, it is damaged, or a declaration is wrong.
    """
    global _shared
    folder, networks = folder.resolve(), networks and networks.resolve()
    before = _seen(folder)
    _shared = (folder, networks, before), _loaded(folder, networks)


def _loaded(folder: Path, networks: Path | None) -> Model:
    model = Model.load(folder)
    if networks is not None:
        model = model.covering(load_networks(networks))
    _ = model.base  # builds the trees now rather than in the first request
    return model


def _seen(folder: Path) -> FolderState:
    try:
        stats = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
    except OSError:  # it is being replaced
        return ()
    return tuple((name, each.st_ino, each.st_size, each.st_mtime_ns) for name, each in stats)


class Holder:
    """Holds what is in force in a folder. May be shared by threads."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, read(folder)
        self._refused: FolderState = ()

    def look(self) -> bool:
        """Take the folder's model if it is another; one that is damaged is left, and logged once.

        Returns
        -------
        bool
            Whether there is another now.
        """
        seen = _seen(self.folder)
        if not seen or seen in (self.now.seen, self._refused):
            return False
        try:
            self.now = read(self.folder)
        except (KloutError, OSError) as error:
            _LOG.warning("model %s stays in force: %s", self.now.model.version, error)
            self._refused = seen
            return False
        _LOG.warning("model %s is in force", self.now.model.version)
        return True

    def watch(self) -> None:
        """Look from now on, beside whatever else the process does."""

        def looking() -> None:
            while True:
                time.sleep(LOOKED_EVERY_S)
                self.look()

        threading.Thread(target=looking, name="model", daemon=True).start()


_holder: Holder | None = None


def loaded_model() -> LoadedModel:
    """Return what is in force in this process.

    Raises
    ------
    KloutError
        The first time, if there is no model, or it is damaged.
    """
    return _held().now


def follow() -> None:
    """Follow the folder from now on: a new model is served without a restart."""
    _held().watch()


def _held() -> Holder:
    global _holder
    if _holder is None:
        _holder = Holder(model_folder())
    return _holder
