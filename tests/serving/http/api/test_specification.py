"""The description is true: schemathesis makes questions of it, and checks each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from serving.http.api.context import Context
from serving.http.api.endpoint_openapi import document
from serving.http.api_app import api
from serving.http.routes import PARTS
from tests.serving.conftest import running
from tests.serving.http.api.conftest import filled
from tests.support.api_site import on_port
from tests.support.explain_scenes import model

MINUTES = 20
"""Of the slow test."""
PATIENCE_S = 60
"""A batch of ten thousand people waits for its turn."""
OPERATIONS = [
    (method.upper(), path)
    for path, each in document(PARTS, "test")["paths"].items()
    for method in each
]
load_all_checks()
VALID_IS_TAKEN = CHECKS.get_one("positive_data_acceptance")
NETWORKS = ("/v3/leaderboard", "/accounts", "{account}", "/score", "/score_batch")
"""Ends of paths that take names of networks or signals: which there are, no schema says."""
Ask = Callable[[Any], None]


def asker(address: str) -> Ask:
    """Make what asks a question and checks the answer."""

    def ask(case: Any) -> None:
        excluded = [VALID_IS_TAKEN] if case.operation.path.endswith(NETWORKS) else []
        case.call_and_validate(base_url=address, excluded_checks=excluded, timeout=PATIENCE_S)

    return ask


def explore(operation: Any, ask: Ask, examples: int) -> None:
    """Ask many questions, good and bad ones."""
    kinds = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of([operation.as_strategy(generation_mode=kind) for kind in kinds])
    settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(given(cases)(ask))()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Ask]]:
    """Give the description of a running server, and what asks it."""
    with (
        filled(tmp_path_factory.mktemp("store")) as store,
        on_port(api(Context(store, None, model))) as address,
    ):
        found = httpx.get(f"{address}/v3/openapi.json").json()
        yield schemathesis.openapi.from_dict(found), asker(address)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_as_described(place: tuple[Any, Ask], method: str, path: str) -> None:
    schema, ask = place
    explore(schema[path][method], ask, examples=5)


@pytest.mark.slow
def test_answers_of_the_service_are_as_described_for_long(
    model_folder: Path, tmp_path: Path
) -> None:
    with filled(tmp_path) as store, running(model_folder, tmp_path, store.name) as client:
        schema = schemathesis.openapi.from_dict(client.get("/docs.json").json())
        ask = asker(str(client.base_url).rstrip("/"))
        operations = [each.ok() for each in schema.get_all_operations()]
        end = time.monotonic() + 60 * MINUTES
        for each in cycle(operations):
            explore(each, ask, examples=20)
            if time.monotonic() > end:
                break
