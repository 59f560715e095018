"""What the audit finds in models that were broken by hand, one line of their text at a time."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from training.audit import audit
from training.influence.link import Link
from training.influence.model import Model
from training.trees.exact import GRAIN


def found(model: Model) -> list[str]:
    return [str(finding) for finding in audit(model)]


def edited(model: Model, field: str, change) -> Model:
    """The model with the first line ``field=numbers`` of its text changed."""
    pattern = re.compile(rf"^{field}=(.*)$", re.MULTILINE)
    line = pattern.search(model.trees)
    values = change(line.group(1).split())
    text = model.trees[: line.start()] + f"{field}={' '.join(values)}" + model.trees[line.end() :]
    return dataclasses.replace(model, trees=text)


def first(value: str):
    return lambda values: [value, *values[1:]]


def test_what_was_trained_with_constraints_passes(model):
    assert audit(model) == []


def test_every_tree_turned_upside_down_is_found(model):
    """Exhaustive: whichever tree is broken, at whichever threshold, it is named."""
    head, *blocks = re.split(r"(?=^Tree=\d+\n)", model.trees, flags=re.MULTILINE)
    for number, block in enumerate(blocks):
        leaves = re.search(r"^leaf_value=(.*)$", block, re.MULTILINE).group(1).split()
        negative = " ".join(repr(-float(leaf)) for leaf in leaves)
        turned = block.replace(f"leaf_value={' '.join(leaves)}", f"leaf_value={negative}")
        text = head + "".join([*blocks[:number], turned, *blocks[number + 1 :]])
        findings = audit(dataclasses.replace(model, trees=text))
        assert {finding.tree for finding in findings} == {number}
        assert all(finding.what.startswith("not monotone in") for finding in findings)


def test_one_leaf_that_is_out_of_order_by_one_grain_is_found(model):
    """What random curves would miss: the smallest step down there is."""
    leaves = re.search(r"^leaf_value=(.*)$", model.trees, re.MULTILINE).group(1).split()
    low = min(range(len(leaves)), key=lambda place: float(leaves[place]))
    high = max(map(float, leaves))
    leaves[low] = repr(high + GRAIN)
    assert any(
        "not monotone" in line for line in found(edited(model, "leaf_value", lambda _: leaves))
    )


@pytest.mark.parametrize(
    ("field", "change", "says"),
    [
        ("threshold", first("nan"), r"tree 0: splits .* at nan, which is no finite number"),
        ("threshold", first("inf"), r"at inf, which is no finite number"),
        ("decision_type", first("1"), r"by category, not by size"),
        ("decision_type", first("6"), r"takes some values of .* for missing"),
        ("decision_type", first("10"), r"takes some values of .* for missing"),
        ("leaf_value", first("nan"), r"the leaf nan is no multiple of 2\*\*-24"),
        ("leaf_value", first("-0.1"), r"the leaf -0\.1 is no multiple of 2\*\*-24"),
        ("is_linear", first("1"), r"tree 0: has linear models in its leaves"),
        ("left_child", first("0"), r"tree 0: its splits and leaves make no tree"),
        ("right_child", lambda values: values[1:], r"its splits and leaves make no tree"),
        ("leaf_value", lambda values: values[:-1], r"its splits and leaves make no tree"),
        ("split_feature", first("9999"), r"splits on signal 9999, the catalogue has"),
        ("split_feature", first("x"), r"the text of the trees can't be read"),
        ("num_class", first("2"), r"num_class is 2, expected 1"),
        ("num_tree_per_iteration", first("3"), r"num_tree_per_iteration is 3, expected 1"),
        ("feature_names", lambda names: names[::-1], r"not the catalogue's signals in their order"),
        ("version", lambda _: ["v4\naverage_output"], r"averages its trees"),
    ],
)
def test_a_line_of_text_that_means_something_else_is_found(model, field, change, says):
    assert any(re.search(says, line) for line in found(edited(model, field, change)))


def test_a_tree_that_counts_for_another_network_is_found(model):
    names = list(model.ranges)
    swapped = dict(zip(names, [model.ranges[name] for name in reversed(names)], strict=True))
    said = found(dataclasses.replace(model, ranges=swapped))
    assert any(re.search(r"tree \d+: reads \w+, counts for \w+", line) for line in said)


@pytest.mark.parametrize("cut", [slice(1, None), slice(0, -1)])
def test_a_tree_that_counts_for_nobody_is_found(model, cut):
    name = next(iter(model.ranges))
    short = dataclasses.replace(model, ranges=model.ranges | {name: model.ranges[name][cut]})
    assert "the networks' ranges don't cover each tree exactly once" in found(short)


def test_a_tree_that_counts_twice_is_found(model):
    name = next(iter(model.ranges))
    own = model.ranges[name]
    twice = dataclasses.replace(model, ranges=model.ranges | {name: range(own.start, own.stop + 1)})
    assert "the networks' ranges don't cover each tree exactly once" in found(twice)


def test_trees_of_a_network_that_there_is_not_are_found(model):
    names = list(model.ranges)
    moved = {"friendster" if name == names[0] else name: own for name, own in model.ranges.items()}
    said = found(dataclasses.replace(model, ranges=moved))
    assert any("trees of friendster" in line for line in said)


def test_leaves_too_large_to_be_added_exactly_are_found(model):
    """Leaves that are all the same keep every order, so nothing else is wrong with them."""
    raised = edited(model, "leaf_value", lambda values: [repr(2.0**30)] * len(values))
    assert [line.split(";")[1] for line in found(raised)] == [" beyond 2**53 sums are rounded"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"link": Link(0.5, -1.0)}, "the link does not rise"),
        ({"link": Link(0.5, float("nan"))}, "the link does not rise"),
        ({"quantiles": np.array([1.0, 0.0])}, "the quantiles of influence are not finite"),
        ({"quantiles": np.array([0.0, np.nan])}, "the quantiles of influence are not finite"),
        ({"quantiles": np.array([])}, "the quantiles of influence are not finite"),
    ],
)
def test_numbers_that_break_the_order_are_found(model, changes, says):
    assert any(says in line for line in found(dataclasses.replace(model, **changes)))


class Scale:
    """A scale by its two functions, where a real one can't be broken that way."""

    def __init__(self, transform, slope=np.ones_like):
        self.transform, self.slope = transform, slope


@pytest.mark.parametrize(
    ("scale", "says"),
    [
        (Scale(lambda x: 50 - 0.01 * x), "the scale does not rise"),
        (Scale(lambda x: np.round(50 + 0.01 * x)), "the scale does not rise"),
        (Scale(lambda x: np.full_like(x, np.nan)), "the scale does not rise"),
        (Scale(lambda x: 50 + 50 * x), "expected within 1 to 100"),
        (Scale(lambda x: 50 + 0.01 * x, np.exp), "not concave above the median"),
    ],
)
def test_a_scale_that_breaks_its_promise_is_found(model, scale, says):
    assert any(says in line for line in found(dataclasses.replace(model, scale=scale)))
