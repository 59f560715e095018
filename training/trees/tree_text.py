"""LightGBM's text of a model, read without LightGBM."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TREE = re.compile(r"^Tree=(\d+)\n", re.MULTILINE)
_END = "end of trees"


@dataclass(frozen=True)
class Tree:
    """One tree. Splits are numbered from 0, the root; a child below 0 is the leaf ``~child``.

    Attributes
    ----------
    number
        Its place in the text.
    feature, threshold, decision, left, right
        One value per split. Bit 0 of a decision says categorical, bits 2 and 3 what is taken as
        missing (0: nothing); bit 1, where missing goes, then means nothing.
    leaf
        Leaf values.
    linear
        Whether leaves hold linear models.
    """

    number: int
    feature: list[int]
    threshold: list[float]
    decision: list[int]
    left: list[int]
    right: list[int]
    leaf: list[float]
    linear: bool

    @property
    def whole(self) -> bool:
        """Whether the splits reach each other and each leaf once, from the root."""
        splits, leaves = len(self.feature), len(self.leaf)
        lists = (self.threshold, self.decision, self.left, self.right)
        if leaves != splits + 1 or any(len(each) != splits for each in lists):
            return False
        return sorted(self.left + self.right) == [*range(-leaves, 0), *range(1, splits)] and all(
            child > split or child < 0
            for children in (self.left, self.right)
            for split, child in enumerate(children)
        )


def head_of(text: str) -> str:
    """Take what stands before the first tree."""
    return _TREE.split(text, maxsplit=1)[0]


def trees_of(text: str) -> list[Tree]:
    """Read all trees, in the text's order.

    Raises
    ------
    ValueError
        If a number is not one.
    """
    pieces = _TREE.split(text.split(f"\n{_END}")[0] + "\n")[1:]
    return [_tree(int(n), block) for n, block in zip(pieces[::2], pieces[1::2], strict=True)]


def _tree(number: int, block: str) -> Tree:
    fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)

    # Of a tree's twelve lines only those asked for are taken apart: it halves the time.
    def whole(name: str) -> list[int]:
        return list(map(int, fields.get(name, "").split()))

    def real(name: str) -> list[float]:
        return list(map(float, fields.get(name, "").split()))

    return Tree(
        number,
        whole("split_feature"),
        real("threshold"),
        whole("decision_type"),
        whole("left_child"),
        whole("right_child"),
        real("leaf_value"),
        linear=fields.get("is_linear", "0").strip() != "0",
    )


def written_tree(feature: int, thresholds: Sequence[float], leaves: Sequence[float]) -> str:
    """Write a tree of one column as LightGBM does, without its number.

    Parameters
    ----------
    feature
        The column.
    thresholds
        Where it steps, ascending.
    leaves
        What it says up to each of them, and beyond the last.
    """
    splits = len(thresholds)
    order: list[int] = []
    left, right = [0] * splits, [0] * splits

    def grown(low: int, high: int) -> int:
        """Split leaves ``[low, high]`` in the middle; children are numbered after parents."""
        if low == high:
            return ~low
        split, middle = len(order), (low + high) // 2
        order.append(middle)
        left[split], right[split] = grown(low, middle), grown(middle + 1, high)
        return split

    grown(0, splits)
    zeros = " ".join(["0"] * splits)
    rows = {
        "num_leaves": splits + 1,
        "num_cat": 0,
        "split_feature": " ".join([str(feature)] * splits),
        "split_gain": zeros,
        "threshold": " ".join(repr(float(thresholds[each])) for each in order),
        "decision_type": " ".join(["2"] * splits),
        "left_child": " ".join(map(str, left)),
        "right_child": " ".join(map(str, right)),
        "leaf_value": " ".join(repr(float(each)) for each in leaves),
        "leaf_weight": f"{zeros} 0",
        "leaf_count": f"{zeros} 0",
        "internal_value": zeros,
        "internal_weight": zeros,
        "internal_count": zeros,
        "is_linear": 0,
        "shrinkage": 1,
    }
    return "\n".join(f"{name}={value}" for name, value in rows.items())
