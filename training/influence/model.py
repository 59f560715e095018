"""A trained model: trees, the scale, and the catalogue it was trained on, as text and numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from features.catalogue.network import Network
from features.storage.folders import MODEL
from training.audit import faults
from training.influence.confidence import FIGURES, confidence, interval, on_all, people_signals
from training.influence.evidence import Evidence, gives_evidence, with_tallies
from training.influence.link import Link
from training.influence.reference import FILE as REFERENCE
from training.influence.scale import Scale
from training.influence.signals_frame import BATCH_PERSONS, about, as_matrix, read_signals
from training.scorer import Sums
from training.trees.exact import exact_text, on_columns, with_trees
from training.trees.model_folder import Kind, read, refuse_faults, write

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["NUMBERS", "Model", "as_matrix", "read_signals"]

NUMBERS = "model.json"
KIND = Kind("model", NUMBERS, "klout train", MODEL)
QUANTILES = 2001
"""Points of the percentile table: percentiles are good to 0.05."""


@dataclass(frozen=True)
class Model:
    """Influence, its parts by network, and the score on the public scale.

    Attributes
    ----------
    catalogue
        The signals it reads.
    trees
        LightGBM's text, as `training.trees.exact.exact_text` makes it.
    ranges
        Each network's trees.
    evidence
        What every network's trees begin with.
    link
        From influence to log worth, whose differences are log-odds.
    scale
        From log worth to (1, 100).
    quantiles
        Shape (quantiles,), ascending: influences of the reference population, for percentiles.
    facts
        How it was trained: for people, not for computing.
    folder
        Where it was read from; None: it was made in this process.
    trained
        The model as it was trained, where this one covers more networks; else None.
    """

    catalogue: Catalogue
    trees: str
    ranges: dict[str, range]
    evidence: Evidence
    link: Link
    scale: Scale
    quantiles: NDArray[np.float64]
    facts: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)
    trained: Model | None = field(default=None, compare=False)

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that name the model by its content.

        Whatever networks it covers besides, it is the one that was trained.
        """
        if self.trained is not None:
            return self.trained.version
        content = self.trees + json.dumps(self._numbers(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def booster(self) -> lgb.Booster:
        """All trees, for looking into."""
        import lightgbm as lgb  # whoever scores does without, and starts a second sooner

        return lgb.Booster(model_str=self.trees)

    @cached_property
    def sums(self) -> Sums:
        """Its trees by network, ready to score."""
        return Sums(self.trees, self.ranges, self.catalogue)

    @property
    def as_trained(self) -> Model:
        """The model without the networks that it covers besides: what is kept of it."""
        return self.trained or self

    def covering(self, networks: Iterable[Network]) -> Model:
        """Score people on more networks, by their evidence alone.

        What it says of people on the networks that it was trained on stays the same to the bit.

        Parameters
        ----------
        networks
            Those that it knows as they are are passed over, and those that give no evidence.

        Returns
        -------
        Model
            This one if there are none; its version stays. Of a network that it knows and that
            tallies reactions there, trees read who was reached where they read distinct actors:
            without a tally that is the same.
        """
        known = {network.name for network in self.catalogue.networks}
        return self.knowing(each for each in networks if each.name in known or gives_evidence(each))

    def knowing(self, networks: Iterable[Network]) -> Model:
        """Know more networks, those that give no evidence too: a part of 0, to be learned.

        As `covering` else.
        """
        asked = tuple(networks)
        known = {network.name: network for network in self.catalogue.networks}
        new = [each for each in asked if each.name not in known]
        tallied = [
            replace(known[each.name], tallies=each.tallies)
            for each in asked
            if each.tallies and each.name in known and not known[each.name].tallies
        ]
        if not new and not tallied:
            return self
        catalogue = self.catalogue.over([*new, *tallied])
        if catalogue.digest not in self._covering:
            self._covering[catalogue.digest] = self._over(catalogue, [each.name for each in new])
        return self._covering[catalogue.digest]

    @cached_property
    def _covering(self) -> dict[str, Model]:
        """What `knowing` made, by the catalogue's digest: it takes a second."""
        return {}

    def _over(self, catalogue: Catalogue, new: list[str]) -> Model:
        """Let the trees read a larger catalogue, and write evidence for networks that are new."""
        place = {name: place for place, name in enumerate(catalogue.names)}
        reads = with_tallies(self.catalogue, catalogue)
        places = {old: place[reads(name)] for old, name in enumerate(self.catalogue.names)}
        trees = on_columns(self.trees, places, catalogue)
        more = self.evidence.trees(catalogue, new)
        text, ranges = exact_text(with_trees(trees, more), catalogue)
        return replace(
            self, catalogue=catalogue, trees=text, ranges=ranges, trained=self.as_trained
        )

    def on_scale_of(
        self, influence: NDArray[np.float64], anchors: Scale, facts: dict[str, Any]
    ) -> Model:
        """Fit the scale, and percentiles, to a population.

        Parameters
        ----------
        influence
            Of its people, shape (persons,).
        anchors
            Mean, share and score of the top.
        facts
            Of the model that comes of it.

        Raises
        ------
        KloutError
            If the people are too few, or too alike.
        """
        quantiles = np.quantile(influence, np.linspace(0, 1, QUANTILES), method="inverted_cdf")
        scale = anchors.fit(self.log_worth(influence))
        return replace(self, scale=scale, quantiles=quantiles, facts=facts)

    def ready(self) -> Model:
        """Make all that scoring needs now, so that it goes with the model to other processes."""
        _ = self.version, self.base, self.sums.scorers
        return self

    @cached_property
    def absence(self) -> dict[str, float]:
        """What each network's trees say of somebody who is not there."""
        nobody = np.zeros((1, len(self.catalogue.signals)))
        return {network: float(self.network_sum(nobody, network)[0]) for network in self.ranges}

    @cached_property
    def base(self) -> float:
        """Influence of somebody who is nowhere."""
        return sum(self.absence.values())

    def parts(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute each network's part of influence.

        A part is what the network's trees say less what they say of its absence, never below 0,
        so that one more network never lowers influence.

        Parameters
        ----------
        signals
            Shape (persons, signals), in the catalogue's order.

        Returns
        -------
        ndarray of float64, shape (persons, networks)
            In the catalogue's order of networks; 0 for a network without trees.
        """
        networks = [network.name for network in self.catalogue.networks]
        own = (self.part(name, self.sums.in_wide(name, signals)) for name in networks)
        return np.column_stack([*own])

    def part(self, network: str, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute one network's part of influence, as `parts` does.

        Parameters
        ----------
        signals
            Shape (persons, the network's signals), in the catalogue's order; finite and at least 0.
            Columns in memory one after the other are fastest.

        Returns
        -------
        ndarray of float64, shape (persons,)
            0 for a network without trees.
        """
        if network not in self.ranges or not len(signals):
            return np.zeros(len(signals))
        return np.maximum(self.sums.of(network, signals) - self.absence[network], 0.0)

    def people(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Count the people that each network's part rests on: shapes as of `parts`."""
        networks = [network.name for network in self.catalogue.networks]
        own = (self.people_on(name, self.sums.in_wide(name, signals)) for name in networks)
        return np.column_stack([*own])

    def people_on(self, network: str, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Count the people that one network's part rests on: shapes as of `part`."""
        places = self.people_places.get(network, [])
        total = sum((signals[:, place] for place in places), np.zeros(len(signals)))
        return np.asarray(total / max(1, len(places)))

    @cached_property
    def people_places(self) -> dict[str, list[int]]:
        """Where, among a network's signals, people are counted; of networks with trees alone."""
        place = {name: column for column, name in enumerate(self.catalogue.names)}
        return {
            each.name: [place[s] - self.sums.columns[each.name].start for s in people_signals(each)]
            for each in self.catalogue.networks
            if each.name in self.ranges
        }

    def signals_read(self, network: str) -> list[int]:
        """Name the network's signals, by place, that `part` and `people_on` depend on."""
        if network not in self.ranges:
            return []
        return sorted({*self.sums.read(network), *self.people_places[network]})

    def influence(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Influence, shape (persons,): `base` plus the parts, without rounding."""
        return np.asarray(self.base + self.parts(signals).sum(axis=1))

    def log_worth(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(a over b) = 1 / (1 + exp(log worth of b - log worth of a)); shape (persons,)."""
        return self.link.log_worth(influence)

    def points(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put influence, shape (persons,), on the public scale: scores, shape (persons,)."""
        return self.scale.transform(self.log_worth(influence))

    def points_per_influence(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivative of `points`, shape (persons,)."""
        log_worth = self.log_worth(influence)
        return np.asarray(self.scale.slope(log_worth) * self.link.derivative(influence))

    def percentile(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the reference population, in percent, that has at most this influence."""
        below = np.searchsorted(self.quantiles, influence, side="right")
        return np.asarray(100.0 * below / len(self.quantiles))

    def figures(
        self, parts: NDArray[np.float64], people: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Put together what is said of people: each of `FIGURES`, shape (persons,).

        Parameters
        ----------
        parts, people
            From `parts` and `people`; of networks that nobody is on, columns may be missing.
        """
        influence = self.base + parts.sum(axis=1)
        ends = interval(self.base, parts, people, self.evidence.of_one)
        every = (
            influence,
            self.points(influence),
            self.percentile(influence),
            confidence(on_all(people)),
            self.points(ends.low),
            self.points(ends.high),
        )
        return dict(zip(FIGURES, every, strict=True))

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Score people.

        Parameters
        ----------
        frame
            ``person`` and the catalogue's signals; other columns are passed over.

        Returns
        -------
        DataFrame
            ``person``, `training.influence.confidence.FIGURES` and ``part.NETWORK`` each (f64), in
            the order given.

        Raises
        ------
        KloutError
            If a signal is missing, not a number, not finite, or below 0.
        """
        # In batches, so that memory stays bounded; one of nobody still checks the columns.
        starts = range(0, max(1, len(frame)), BATCH_PERSONS)
        batches = (frame.slice(start, BATCH_PERSONS) for start in starts)
        matrices = (as_matrix(batch, self.catalogue) for batch in batches)
        found = [(self.parts(matrix), self.people(matrix)) for matrix in matrices]
        parts, people = map(np.vstack, zip(*found, strict=True))
        networks = [network.name for network in self.catalogue.networks]
        return pl.DataFrame(
            {
                "person": frame["person"],
                **self.figures(parts, people),
                **{f"part.{name}": parts[:, column] for column, name in enumerate(networks)},
            }
        )

    def score_file(self, signals: Path) -> Iterator[pl.DataFrame]:
        """Score a signals file some persons at a time, in the file's order."""
        for batch in read_signals(signals, self.catalogue):
            with about(signals):
                scores = self.score(batch)
            yield scores

    def save(self, folder: Path, reference: pl.DataFrame | None = None) -> None:
        """Write the model to a folder, which is replaced whole.

        Parameters
        ----------
        folder
            New, empty, or that of a model.
        reference
            Percentiles of signals that belong to it:
            `training.influence.reference.signal_quantiles`.

        Raises
        ------
        KloutError
            If the folder holds anything else; it is left as it is.
        """
        model = self.as_trained
        more = {} if reference is None else {REFERENCE: reference}
        numbers = {**model._numbers(), "facts": model.facts}
        write(folder, KIND, model.version, model.trees, numbers, more)

    @staticmethod
    def load(folder: Path) -> Model:
        """Read a model from its folder and audit it; nothing is unpickled.

        Raises
        ------
        KloutError
            If there is none, a file of it is damaged, or it breaks a promise of the score.
        """
        model = Model.read(folder)
        refuse_faults(folder, KIND, faults(model))
        return model

    @staticmethod
    def read(folder: Path) -> Model:
        """Read a model from its folder without an audit, as for one that says more than a line.

        Raises
        ------
        KloutError
            If there is none, or a file of it is damaged.
        """

        def make(trees: str, numbers: dict[str, Any]) -> Model:
            return Model(
                catalogue=Catalogue.from_dict(numbers["catalogue"], str(folder / NUMBERS)),
                trees=trees,
                ranges={name: range(*ends) for name, ends in numbers["ranges"].items()},
                evidence=Evidence(**numbers["evidence"]),
                link=Link(**numbers["link"]),
                scale=Scale.from_dict(numbers["scale"]),
                quantiles=np.asarray(numbers["quantiles"], dtype=np.float64),
                facts=numbers["facts"],
                folder=folder,
            )

        return read(folder, KIND, make)

    def network_sum(self, signals: NDArray[np.float64], network: str) -> NDArray[np.float64]:
        """Sum of what a network's trees say, shape (persons,), of all signals."""
        return self.sums.of(network, self.sums.in_wide(network, signals))

    def _numbers(self) -> dict[str, Any]:
        return {
            "ranges": {name: [r.start, r.stop] for name, r in self.ranges.items()},
            "evidence": asdict(self.evidence),
            "link": self.link.to_dict(),
            "scale": self.scale.to_dict(),
            "quantiles": self.quantiles.tolist(),
            "catalogue": self.catalogue.to_dict(),
        }
