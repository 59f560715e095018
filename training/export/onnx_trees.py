"""Trees as ONNX's operator `TreeEnsemble` holds them, and read back from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.trees.tree_checks import CATEGORICAL
from training.trees.tree_text import Tree

if TYPE_CHECKING:
    from onnx import NodeProto

OPERATOR, DOMAIN, VERSION = "TreeEnsemble", "ai.onnx.ml", 5
"""The first version whose thresholds and leaves may be float64."""
AT_MOST = 0
"""The mode of a split that sends who has at most the threshold to its first child."""
_SUM, _AS_IT_IS = 1, 0
_BY_SIZE = 2
"""LightGBM's decision of a split by size that takes nothing for missing."""


def attributes(trees: Sequence[Tree], targets: Sequence[int], outputs: int) -> dict[str, Any]:
    """Write trees as the operator's attributes: all splits one after the other, and all leaves.

    Parameters
    ----------
    trees
        Of a split or more each.
    targets
        By tree, to which of the outputs it adds.
    outputs
        How many there are.
    """
    from onnx import numpy_helper

    splits = np.cumsum([0, *(len(tree.feature) for tree in trees)])[:-1].tolist()
    leaves = np.cumsum([0, *(len(tree.leaf) for tree in trees)])[:-1].tolist()
    firsts = list(zip(trees, splits, leaves, strict=True))

    def children(side: str) -> list[int]:
        return [
            leaf + ~child if child < 0 else split + child
            for tree, split, leaf in firsts
            for child in getattr(tree, side)
        ]

    def are_leaves(side: str) -> list[int]:
        return [int(child < 0) for tree in trees for child in getattr(tree, side)]

    thresholds = [each for tree in trees for each in tree.threshold]
    weights = [each for tree in trees for each in tree.leaf]
    return {
        "n_targets": outputs,
        "aggregate_function": _SUM,
        "post_transform": _AS_IT_IS,
        "tree_roots": splits,
        "nodes_featureids": [each for tree in trees for each in tree.feature],
        "nodes_modes": numpy_helper.from_array(np.full(len(thresholds), AT_MOST, np.uint8)),
        "nodes_splits": numpy_helper.from_array(np.array(thresholds, np.float64)),
        "nodes_truenodeids": children("left"),
        "nodes_trueleafs": are_leaves("left"),
        "nodes_falsenodeids": children("right"),
        "nodes_falseleafs": are_leaves("right"),
        "leaf_targetids": [
            target for tree, target in zip(trees, targets, strict=True) for _ in tree.leaf
        ],
        "leaf_weights": numpy_helper.from_array(np.array(weights, np.float64)),
    }


def read_trees(node: NodeProto) -> tuple[list[Tree], list[int]]:
    """Undo `attributes`, of whoever wrote them: the trees, and to which output each adds.

    A tree is read from its root on, so splits and leaves may come in another order.
    """
    from onnx import helper, numpy_helper

    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    for name in ("nodes_modes", "nodes_splits", "leaf_weights"):
        given[name] = numpy_helper.to_array(given[name]).tolist()
    found = [_tree(given, number, root) for number, root in enumerate(given["tree_roots"])]
    return [tree for tree, _ in found], [target for _, target in found]


def _tree(given: dict[str, Any], number: int, root: int) -> tuple[Tree, int]:
    tree = Tree(number, [], [], [], [], [], [], linear=False)
    targets = set[int]()

    def add(place: int, is_leaf: int) -> int:
        if is_leaf:
            tree.leaf.append(given["leaf_weights"][place])
            targets.add(given["leaf_targetids"][place])
            return ~(len(tree.leaf) - 1)
        split = len(tree.feature)
        tree.feature.append(given["nodes_featureids"][place])
        tree.threshold.append(given["nodes_splits"][place])
        is_by_size = given["nodes_modes"][place] == AT_MOST
        tree.decision.append(_BY_SIZE if is_by_size else CATEGORICAL)
        tree.left.append(0)
        tree.right.append(0)
        tree.left[split] = add(given["nodes_truenodeids"][place], given["nodes_trueleafs"][place])
        tree.right[split] = add(
            given["nodes_falsenodeids"][place], given["nodes_falseleafs"][place]
        )
        return split

    add(root, is_leaf=0)
    return tree, targets.pop() if len(targets) == 1 else -1
