"""A model of ONNX says what ours says, and is as monotone."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from features.errors import KloutError
from tests.support.random_models import random_model
from tests.support.worlds import SMALL
from training.export.onnx_file import onnx_faults, write_onnx
from training.export.onnx_graph import INPUT, PARTS, SUMS, graph_of
from training.influence.confidence import FIGURES
from training.influence.link import Link

SEEDS = range(1, 4)
"""One of each kind of world."""
NEAR = 1e-6
NUMBERS = st.one_of(
    st.sampled_from([0.0, 0.25, 1.0, 2.0, 3.0, 1e-35, 2.0**44, 1e300]),
    st.floats(0, 1e6, allow_subnormal=False),
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@cache
def session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options)


def said(graph: onnx.ModelProto, matrix: np.ndarray) -> dict[str, np.ndarray]:
    running = session(graph.SerializeToString())
    names = [each.name for each in running.get_outputs()]
    return dict(zip(names, running.run(None, {INPUT: np.ascontiguousarray(matrix)}), strict=True))


@cache
def exported(seed: int) -> onnx.ModelProto:
    return graph_of(random_model(seed))


def assert_said_alike(model, graph, matrix):
    frame = pl.DataFrame(matrix, schema=SMALL.names).with_columns(person=pl.lit("p"))
    ours, theirs = model.score(frame), said(graph, matrix)
    for name in FIGURES:
        np.testing.assert_allclose(theirs[name], ours[name].to_numpy(), rtol=0, atol=NEAR)
    parts = np.column_stack([ours[f"part.{each.name}"] for each in SMALL.networks])
    np.testing.assert_array_equal(theirs[PARTS], parts)
    np.testing.assert_array_equal(theirs["influence"], ours["influence"].to_numpy())


def people(seed: int, persons: int = 300) -> np.ndarray:
    random = np.random.default_rng(seed)
    shape = (persons, len(SMALL.names))
    return np.floor(random.lognormal(1, 2, shape)) / 4 * (random.random(shape) < 0.4)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_says_what_ours_says(seed):
    assert_said_alike(random_model(seed), exported(seed), people(seed))
    assert_said_alike(random_model(seed), exported(seed), np.zeros((1, len(SMALL.names))))


@settings(max_examples=30, suppress_health_check=SLOW)
@given(st.sampled_from(SEEDS), st.data())
def test_it_says_so_of_any_signals(seed, data):
    drawn = st.lists(NUMBERS, min_size=len(SMALL.names), max_size=len(SMALL.names))
    assert_said_alike(random_model(seed), exported(seed), np.array([data.draw(drawn)]))


def test_it_says_so_with_every_link():
    for power in (1.0, 0.25):
        model = random_model(1)
        other = replace(model, link=Link(power, model.link.slope))
        assert_said_alike(other, graph_of(other), people(2))


@settings(max_examples=30, suppress_health_check=SLOW)
@given(st.sampled_from(SEEDS), st.integers(0, 10**6), st.data())
def test_more_of_a_signal_never_lowers_its_score(seed, people_seed, data):
    signed = [column for column, sign in enumerate(SMALL.monotone) if sign]
    column = data.draw(st.sampled_from(signed))
    one = people(people_seed, 20)
    more = one.copy()
    more[:, column] += data.draw(st.sampled_from([0.25, 1.0, 50.0]))
    before, after = (said(exported(seed), each)["score"] for each in (one, more))
    assert ((after - before) * SMALL.monotone[column] >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_its_trees_pass_the_audit_of_ours(seed):
    assert onnx_faults(exported(seed), random_model(seed)) == []


def test_a_graph_whose_tree_is_not_monotone_fails_the_audit(tmp_path, monkeypatch):
    model, graph = random_model(1), graph_of(random_model(1))
    flipped = with_attribute(graph, "leaf_weights", lambda leaves: -leaves)
    assert any("not monotone" in str(each) for each in onnx_faults(flipped, model))
    other_mode = with_attribute(graph, "nodes_modes", lambda modes: modes + 3)
    assert any("not by size" in str(each) for each in onnx_faults(other_mode, model))
    monkeypatch.setattr("training.export.onnx_file.graph_of", lambda _: flipped)
    with pytest.raises(KloutError, match="the exported model breaks its promises"):
        write_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def with_attribute(graph, name, changed):
    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    (node,) = (each for each in copy.graph.node if each.name == SUMS)
    (found,) = (each for each in node.attribute if each.name == name)
    values = changed(numpy_helper.to_array(found.t))
    found.CopyFrom(helper.make_attribute(name, numpy_helper.from_array(values)))
    return copy


def test_a_file_names_its_signals_and_its_networks(tmp_path):
    model, file = random_model(1), tmp_path / "m.onnx"
    write_onnx(model, file)
    told = session(file.read_bytes()).get_modelmeta().custom_metadata_map
    assert json.loads(told["signals"]) == SMALL.names
    assert json.loads(told["networks"]) == [network.name for network in SMALL.networks]
    assert json.loads(told["model"]) == model.version
    again = tmp_path / "again.onnx"
    write_onnx(model, again)
    assert again.read_bytes() == file.read_bytes()
