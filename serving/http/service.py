"""The scoring API: a BentoML service.

``POST /score`` one person, ``POST /score_batch`` up to 10,000, ``GET`` or ``POST /signals`` the
signals in force; published scores at ``/v3`` and, for old clients, ``/v2``; pages for people at
``/``; with BentoML's ``/livez`` and ``/readyz``, ``/metrics``, Swagger at ``/docs`` and the
specification at ``/docs.json``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

import bentoml
from anyio import CapacityLimiter, to_thread

from features.errors import KloutError
from serving.http import connections
from serving.http.api import journal, process
from serving.http.api.guard import ScoreGuard
from serving.http.api.problems import ProblemMiddleware, quiet_refusals
from serving.http.api.prometheus import Metrics
from serving.http.image import image
from serving.http.pages import open_pages, pages
from serving.http.score.model_holder import follow, loaded_model
from serving.http.score.people_scoring import matrix, score_matrix, score_people
from serving.http.score.rows import signals_of_rows
from serving.http.score.schemas import (
    MAX_PEOPLE,
    BatchRequest,
    PersonSignals,
    Score,
    ScoreRequest,
    SignalInfo,
)

WORKERS_ENV = "KLOUT_WORKERS"

MAX_WAIT_MS = 10_000
"""A batch that would have to wait longer is answered 503 at once."""

THREADS = 2
"""Batches scored at once in a worker, and requests whose rows are folded at once."""

_metrics = Metrics(process.latest)


@bentoml.service(
    image=image(),
    # Both would write down paths, which name people: `serving.http.api.journal` takes their place.
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    workers=int(os.environ.get(WORKERS_ENV, "1")),
    threads=THREADS,
)
class KloutScore:
    """Scores from 1 to 100 for a person's influence, from signals of social networks."""

    def __init__(self) -> None:
        quiet_refusals()
        journal.to_stderr()
        follow()
        journal.started(asdict(connections.DOOR.bounds))
        self.folding = CapacityLimiter(THREADS)
        open_pages(_mounted)

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def check_model() -> None:
        """Stop before any worker starts if there is no model to serve, or no store."""
        try:
            loaded_model()
            process.context()
        except KloutError as error:
            sys.exit(f"klout: {error}")

    @bentoml.api  # type: ignore[untyped-decorator]
    async def score(self, request: ScoreRequest, /) -> Score:
        """Score one person: by signals, or by rows of what happened from which they follow."""
        now = loaded_model()
        if request.from_rows:
            fold = partial(signals_of_rows, request, now.model.catalogue)
            signals = (await to_thread.run_sync(fold, limiter=self.folding))[None, :]
        else:  # takes a millisecond: handing it to a thread and back would take as long
            signals = matrix(now, [request.signals])
        return score_matrix(now.model, [request.person], signals)[0]

    @bentoml.api(  # type: ignore[untyped-decorator]
        batchable=True,
        max_batch_size=MAX_PEOPLE,
        max_latency_ms=MAX_WAIT_MS,
        input_spec=BatchRequest,
    )
    def score_batch(self, people: list[PersonSignals]) -> list[Score]:
        """Score up to 10,000 people by their signals; answers are in the order of the request.

        Requests that come at about the same time are scored together. Each was validated on its
        own before, so that a bad one fails alone.
        """
        _metrics.batch(len(people))
        return score_people(loaded_model(), people)

    @bentoml.api  # type: ignore[untyped-decorator]
    def signals(self) -> list[SignalInfo]:
        """List the signals that the model reads."""
        return [SignalInfo(**signal.to_dict()) for signal in loaded_model().model.catalogue.signals]


_service: Any = KloutScore  # the decorator made it BentoML's Service
_service.add_asgi_middleware(journal.Journal, meter=_metrics)
_service.add_asgi_middleware(ProblemMiddleware)
_service.add_asgi_middleware(ScoreGuard, gate=process.gate, apart=process.apart)
connections.bound(_metrics.scarce)  # before uvicorn reads its settings
_mounted = pages(_service, _metrics)
_service.mount_asgi_app(_mounted, path="/")
