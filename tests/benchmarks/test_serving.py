"""The load that servers are measured with, and what is said of it."""

from __future__ import annotations

import argparse

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from benchmarks.load import Request, Served, load
from benchmarks.serving import BESIDE, Measured, document, figures, growth
from tests.support.api_site import on_port


async def answer(asked: Asked) -> PlainTextResponse:
    body = await asked.body()
    return PlainTextResponse("no" * 10_000, 404 if body == b"bad" else 200)


def test_good_answers_are_counted_and_others_told() -> None:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    with on_port(app) as address:
        port = int(address.rpartition(":")[2])
        good = load(port, [Request("/"), Request("/", "{}")], connections=3, seconds=0.5)
        mixed = load(port, [Request("/"), Request("/", "bad")], connections=2, seconds=0.5)
    assert good.failed == 0
    assert good.per_second > 10
    assert 0 < good.p50_ms <= good.p99_ms < 1_000
    assert mixed.failed > 0
    assert mixed.per_second > 0


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Exception, match="failed"):
        load(1, [Request("/")], connections=1, seconds=0.1)


def test_ratios_are_of_one_person_on_sixteen_connections() -> None:
    rates = {"score": 300.0, "read": 2_000.0, "score: MLflow": 100.0, "score: bare FastAPI": 600.0}
    done = [
        Measured(name, connections, Served(rate + connections, 1.0, 9.04, 0))
        for name, rate in rates.items()
        for connections in (1, 16)
    ]
    done.append(Measured(BESIDE, 16, Served(1_000.0, 1.0, 31.04, 0)))
    assert figures(done) == {
        "score_rps_1": 301.0,
        "score_p99_ms_16": 9.0,
        "read_rps_16": 2_016.0,
        "read_p99_ms_16": 9.0,
        "read_p99_ms_beside_large": 31.0,
        "ratio_mlflow": 2.72,
        "ratio_fastapi": 0.51,
    }
    told = argparse.Namespace(seconds=5.0, people=100, minutes=10.0)
    text = document(done, (400.0, 410.0), told, 0.5)
    assert "| read | 16 | 2,016 | 1.0 | 9.0 |" in text
    assert "400 MB in the second tenth of the time, 410 MB" in text


def test_growth_is_of_what_is_held_early_and_late() -> None:
    samples = [(float(second), 100.0 + second) for second in range(0, 601, 10)]
    early, late = growth(samples)
    assert early == pytest.approx(190)
    assert late == pytest.approx(670)
