"""How a model comes of what teaches, wherever that is from: files, or frames of a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training.audit import audit
from training.influence.adapting import adapt
from training.influence.fit import fit
from training.influence.label_scale import scaled_to_labels
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.influence.scale import Scale
from training.influence.signals_frame import about
from training.judgements.label_table import Labels


@dataclass(frozen=True)
class Learning:
    """How to learn.

    Attributes
    ----------
    catalogue
        The signals to read.
    params
        How trees are learned.
    scale
        Its anchors.
    parent
        The model to start from; None: from scratch.
    named
        What is put before errors in what is learned from; None: nothing.
    """

    catalogue: Catalogue
    params: TrainingParams
    scale: Scale
    parent: Model | None = None
    named: str | None = None

    def learned(
        self,
        population: pl.DataFrame,
        taught: pl.DataFrame,
        labels: Sequence[Labels] = (),
        *,
        scale_of_labels: bool = False,
    ) -> Model:
        """Learn a model, and audit it.

        Parameters
        ----------
        population
            Signals of everybody.
        taught
            Judgements: see `training.influence.lessons`.
        labels
            Those among them that were labels.
        scale_of_labels
            Whether the scale is fitted to the labels, and not to the people of the signals.

        Raises
        ------
        KloutError
            If nothing can be learned, or the model fails the audit.
        """

        def of(judged: pl.DataFrame) -> Model:
            return self._fitted(population, judged)

        model = of(taught)
        if labels:
            persons = sum(len(each.persons) for each in labels)
            model = replace(model, facts=model.facts | {"labels": persons})
        if scale_of_labels:
            model = scaled_to_labels(model, labels, taught, population, of)
        if findings := audit(model):
            raise KloutError(f"the audit found {len(findings)} faults; first: {findings[0]}")
        return model

    def _fitted(self, population: pl.DataFrame, judged: pl.DataFrame) -> Model:
        with nullcontext() if self.named is None else about(self.named):
            if self.parent is None:
                return fit(population, judged, self.catalogue, self.params, self.scale)
            return adapt(self.parent, population, judged, self.params, self.scale)
