"""What came into the lake since the run before, as its ledger says."""

from __future__ import annotations

from features.sliding.inputs import Inputs


def to_fold(inputs: Inputs) -> int:
    """Count the interactions that a run folds: of new days, or of the widest window if all are."""
    since = inputs.start if inputs.since is None else max(inputs.start, inputs.since)
    return sum(file.rows for file in inputs.lake.files("interactions", None, since, inputs.as_of))
