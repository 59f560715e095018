"""The model as a graph of ONNX: signals in, all that `klout score` says out, in float64.

Influence has the bits of ours, since leaves are whole grains and a sum of them is exact in any
order. What follows of it is the same formulas; sums of few numbers may come in another order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.export.onnx_trees import DOMAIN, OPERATOR, VERSION, attributes
from training.influence.confidence import FIGURES, distances
from training.influence.curve import HIGHEST, INSIDE, LOWEST
from training.influence.link import POWERS
from training.influence.model import Model
from training.trees.tree_text import trees_of, written_tree

if TYPE_CHECKING:
    from onnx import ModelProto

INPUT, PARTS = "signals", "parts"
"""Shape (persons, signals), in the catalogue's order; and (persons, networks)."""
SUMS = "sums_of_trees"
"""The node that holds the model's trees."""
_OPERATORS, _FORM = 21, 10
"""Versions: of ONNX's own operators, and of its file format."""

Vector = NDArray[np.float64]


class Graph:
    """Nodes and constants, added one after the other; a value is known by its name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any, dtype: Any = np.float64) -> str:
        """Add numbers."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, operator: str, *inputs: str | float, out: str = "", **more: Any) -> str:
        """Add a node; inputs are names of values, or numbers."""
        from onnx import helper

        name = out or f"value_{len(self.nodes)}"
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        domain = DOMAIN if operator == OPERATOR else ""
        node = helper.make_node(operator, names, [name], name=name, domain=domain, **more)
        self.nodes.append(node)
        return name

    def sum_of(self, matrix: str) -> str:
        """Add up the columns of a matrix."""
        return self.add("ReduceSum", matrix, self.constant([1], np.int64), keepdims=0)

    def stepped(self, column: str, starts: Vector, *leaves: Vector) -> str:
        """Look values of shape (n, 1) up: what a table has from the last of its starts on.

        Parameters
        ----------
        starts
            Shape (steps,), ascending.
        leaves
            Tables of shape (steps + 1,): before the first start, and from each of them on.

        Returns
        -------
        str
            Of shape (n, tables).
        """
        below = np.nextafter(starts, -np.inf).tolist()  # at most this is below the start
        tables = enumerate(table.tolist() for table in leaves)
        texts = [f"Tree={number}\n{written_tree(0, below, own)}\n" for number, own in tables]
        trees = trees_of("".join(texts))
        own = attributes(trees, range(len(trees)), len(trees))
        return self.add(OPERATOR, column, **own)


def graph_of(model: Model) -> ModelProto:
    """Write a model as a graph.

    Returns
    -------
    ModelProto
        Its input is `INPUT`, finite numbers of at least 0; its outputs are
        `training.influence.confidence.FIGURES`, shape (persons,) each, and `PARTS`. The names of
        signals and networks, in order, are in its metadata.
    """
    graph, networks = Graph(), [network.name for network in model.catalogue.networks]
    parts = _parts(graph, model, networks)
    people = _people(graph, model, networks)
    figures = _figures(graph, model, parts, people, len(networks))
    for name in FIGURES:
        graph.add("Identity", figures[name], out=name)
    return _packed(graph, model, networks)


def _parts(graph: Graph, model: Model, networks: list[str]) -> str:
    owner = {tree: networks.index(name) for name, own in model.ranges.items() for tree in own}
    trees = trees_of(model.trees)
    targets = [owner[tree.number] for tree in trees]
    sums = graph.add(OPERATOR, INPUT, out=SUMS, **attributes(trees, targets, len(networks)))
    absence = graph.constant([[model.absence.get(name, 0.0) for name in networks]])
    return graph.add("Max", graph.add("Sub", sums, absence), 0.0, out=PARTS)


def _people(graph: Graph, model: Model, networks: list[str]) -> str:
    """Count people as `Model.people_on` does: one signal after the other, then their mean."""
    first = {name: columns.start for name, columns in model.sums.columns.items()}
    places = [
        [first[name] + place for place in model.people_places.get(name, [])] for name in networks
    ]
    read = sorted({place for own in places for place in own})
    of = {place: column for column, place in enumerate(read)}
    nothing = graph.add("Mul", graph.add("Gather", INPUT, _ints(graph, [0]), axis=1), 0.0)
    own = graph.add("Gather", INPUT, _ints(graph, read), axis=1)
    padded = graph.add("Concat", own, nothing, axis=1)
    total = ""
    for turn in range(max((len(each) for each in places), default=0)):
        columns = [of[each[turn]] if turn < len(each) else len(read) for each in places]
        taken = graph.add("Gather", padded, _ints(graph, columns), axis=1)
        total = graph.add("Add", total, taken) if total else taken
    if not total:
        return graph.add("Gather", padded, _ints(graph, [len(read)] * len(networks)), axis=1)
    return graph.add("Div", total, graph.constant([[max(1, len(each)) for each in places]]))


def _ints(graph: Graph, values: list[int]) -> str:
    return graph.constant(values, np.int64)


def _figures(graph: Graph, model: Model, parts: str, people: str, networks: int) -> dict[str, str]:
    """Put together what is said of people, as `Model.figures` does."""
    influence = graph.add("Add", graph.sum_of(parts), model.base)
    starts, below, above = distances()
    long = graph.add("Reshape", people, _ints(graph, [-1, 1]))
    found = graph.stepped(long, starts, below, above)
    each = graph.add("Reshape", found, _ints(graph, [-1, networks, 2]))

    def distance(side: int, least: float) -> str:
        own = graph.add("Gather", each, graph.constant(side, np.int64), axis=2)
        moved = graph.add("Mul", parts, own)
        return graph.add(
            "Sqrt", graph.add("Add", graph.sum_of(graph.add("Mul", moved, moved)), least)
        )

    down, up = distance(0, 0.0), distance(1, model.evidence.of_one**2)
    floor = graph.add("Min", influence, model.base)
    low = graph.add("Max", graph.add("Sub", influence, down), floor)
    high = graph.add("Add", influence, up)
    root = graph.add("Sqrt", graph.add("Add", graph.sum_of(people), 1.0))
    return {
        "influence": influence,
        "score": _points(graph, model, influence),
        "percentile": _percentile(graph, model, influence),
        "confidence": graph.add("Sub", 1.0, graph.add("Div", 1.0, root)),
        "low": _points(graph, model, low),
        "high": _points(graph, model, high),
    }


def _points(graph: Graph, model: Model, influence: str) -> str:
    """Put influence on the public scale: `Link.log_worth`, then `Curve.score`."""
    link, scale = model.link, model.scale
    worth = graph.add("Mul", _bent(graph, link.power, influence), link.slope)
    depth = scale.width_ * (scale.middle_ - LOWEST) / (HIGHEST - scale.middle_)
    away = graph.add("Sub", worth, scale.median_)
    up = _branch(graph, away, scale.width_, HIGHEST - scale.middle_)
    down = _branch(graph, graph.add("Neg", away), depth, scale.middle_ - LOWEST)
    whole = graph.add("Sub", graph.add("Add", up, scale.middle_), down)
    return graph.add("Clip", whole, *INSIDE)


def _branch(graph: Graph, away: str, width: float, room: float) -> str:
    """Bend what is above 0, and take its share of the room that there is."""
    widths = graph.add("Div", graph.add("Max", away, 0.0), width)
    inverse = graph.add("Div", 1.0, graph.add("Mul", widths, widths))
    root = graph.add("Sqrt", graph.add("Add", inverse, 1.0))
    return graph.add("Div", room, root)


def _bent(graph: Graph, power: float, influence: str) -> str:
    """Bend influence above 0 by the link's power."""
    if power == POWERS[0]:
        return influence
    root = graph.add("Add", graph.add("Max", influence, 0.0), 1.0)
    for _ in range(POWERS.index(power)):
        root = graph.add("Sqrt", root)
    bent = graph.add("Div", graph.add("Sub", root, 1.0), power)
    return graph.add("Where", graph.add("Less", influence, 0.0), influence, bent)


def _percentile(graph: Graph, model: Model, influence: str) -> str:
    starts, first = np.unique(model.quantiles, return_index=True)
    at_most = np.append(first, len(model.quantiles))
    column = graph.add("Reshape", influence, _ints(graph, [-1, 1]))
    found = graph.stepped(column, starts, 100.0 * at_most / len(model.quantiles))
    return graph.add("Reshape", found, _ints(graph, [-1]))


def _packed(graph: Graph, model: Model, networks: list[str]) -> ModelProto:
    from onnx import TensorProto, helper

    def value(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)

    figures = [value(name, "persons") for name in FIGURES]
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "klout-score",
            [value(INPUT, "persons", len(model.catalogue.names))],
            [*figures, value(PARTS, "persons", len(networks))],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPERATORS), helper.make_opsetid(DOMAIN, VERSION)],
        ir_version=_FORM,
        producer_name="klout-score",
        producer_version=model.version,
    )
    told = {"model": model.version, "signals": model.catalogue.names, "networks": networks}
    helper.set_model_props(made, {name: json.dumps(said) for name, said in told.items()})
    return made
