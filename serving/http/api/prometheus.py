"""Requests in Prometheus' form, beside what BentoML measures, at `/metrics`.

BentoML's own count of requests is off: it makes a time series of each path, and a path names a
person. Here the endpoint stands in its place, under the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any

from bentoml._internal.configuration.containers import BentoMLContainer
from starlette.requests import Request
from starlette.responses import Response

from features.lake.times import midnight

PREFIX = "bentoml_service"
_LABELS = ["endpoint", "http_response_code"]
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Metrics:
    """Metrics of one process, which BentoML adds up over all.

    Each is made when it is first used: prometheus_client must be imported after BentoML has said
    where processes share their figures.

    Parameters
    ----------
    latest
        Gives the latest published day; None: there is none.
    """

    def __init__(self, latest: Callable[[], date | None] = lambda: None) -> None:
        self.latest = latest

    def __call__(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(endpoint, status).inc()
        self._seconds.labels(endpoint, status).observe(seconds)

    def scarce(self, what: str) -> None:
        """Count what was refused because there was not enough of something."""
        self._scarce.labels(what).inc()

    def batch(self, people: int) -> None:
        """Count a batch of people who were scored together."""
        self._batches.observe(people)

    def page(self, _: Request) -> Response:
        """Show all metrics."""
        if day := self.latest():
            self._day.set(midnight(day).timestamp())
        client = _client()
        return Response(client.generate_latest(), media_type=client.CONTENT_TYPE_LATEST)

    @cached_property
    def _requests(self) -> Any:
        return _client().Counter(f"{PREFIX}_request_total", "Requests", _LABELS)

    @cached_property
    def _seconds(self) -> Any:
        name, words = f"{PREFIX}_request_duration_seconds", "Seconds that a request took"
        return _client().Histogram(name, words, _LABELS, buckets=_SECONDS)

    @cached_property
    def _scarce(self) -> Any:
        words = "Requests and connections refused because something was scarce"
        return _client().Counter("klout_refused_total", words, ["scarce"])

    @cached_property
    def _day(self) -> Any:
        words = "When the latest published day began (UTC), in seconds since 1970"
        return _client().Gauge("klout_latest_day_seconds", words, multiprocess_mode="max")

    @cached_property
    def _batches(self) -> Any:
        name, words = f"{PREFIX}_adaptive_batch_size", "People scored together"
        return _client().Histogram(name, words, buckets=_SIZES)


def _client() -> Any:
    return BentoMLContainer.metrics_client.get()
