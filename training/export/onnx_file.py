"""A model in a file of ONNX, audited as it was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import KloutError
from features.storage.atomic import replacing
from training.audit import Finding, tree_faults
from training.export.onnx_graph import SUMS, graph_of
from training.export.onnx_trees import read_trees
from training.influence.model import Model

if TYPE_CHECKING:
    from onnx import ModelProto


def write_onnx(model: Model, file: Path) -> None:
    """Write a model for ONNX's runtimes; a file that is there is replaced.

    Raises
    ------
    KloutError
        If the package onnx is not installed, what was written fails the audit, or the file can't
        be written.
    """
    try:
        from onnx import checker
    except ImportError as error:
        raise KloutError(
            "a model of ONNX is written by the package onnx, which is not installed: "
            "pip install 'klout-score[onnx]'"
        ) from error
    graph = graph_of(model)
    checker.check_model(graph, full_check=True)
    if findings := onnx_faults(graph, model):
        raise KloutError(
            f"{file}: the exported model breaks its promises: {len(findings)} faults; "
            f"first: {findings[0]}"
        )
    with replacing(file) as draft:
        draft.write_bytes(graph.SerializeToString())


def onnx_faults(graph: ModelProto, model: Model) -> list[Finding]:
    """Audit the trees of a graph as those of a model are audited.

    Parameters
    ----------
    model
        Whose catalogue says what the graph's columns are, and their signs.
    """
    (node,) = (node for node in graph.graph.node if node.name == SUMS)
    trees, targets = read_trees(node)
    networks = [network.name for network in model.catalogue.networks]
    if not all(0 <= target < len(networks) for target in targets):
        return [Finding(None, "a tree adds to no network's part, or to several")]
    ends = {
        networks[target]: (targets.index(target), len(targets) - targets[::-1].index(target))
        for target in sorted(set(targets))
    }
    return tree_faults(trees, replace(model, ranges={name: range(*e) for name, e in ends.items()}))
