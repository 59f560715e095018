"""What is told of a stream: a line a minute, and figures for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

_COUNTERS = {
    "events": "messages that came",
    "rows": "rows that the lake took",
    "refused": "rows that were refused",
    "connections": "connections that were made",
    "gaps": "gaps, of one repository or of all",
    "repositories": "repositories that were read again",
}
_GAUGES = {
    "lag_seconds": "how far the last event is behind now",
    "waiting": "messages that wait to be folded",
    "cursor": "of the last message in the lake",
}


class Figures:
    """Counts since the start.

    Parameters
    ----------
    port
        Where Prometheus asks for them, on 127.0.0.1; None: nowhere.
    """

    def __init__(self, port: int | None = None) -> None:
        registry = CollectorRegistry()
        self._all: dict[str, Counter | Gauge] = {
            name: Counter(f"klout_follow_{name}", about, registry=registry)
            for name, about in _COUNTERS.items()
        }
        self._all |= {
            name: Gauge(f"klout_follow_{name}", about, registry=registry)
            for name, about in _GAUGES.items()
        }
        self._totals = dict.fromkeys((*_COUNTERS, *_GAUGES), 0.0)
        self._server = None
        if port is not None:
            self._server, _ = start_http_server(port, "127.0.0.1", registry)

    def add(self, name: str, number: float = 1) -> None:
        """Count more."""
        self._totals[name] += number
        self._all[name].inc(number)

    def put(self, name: str, value: float) -> None:
        """Say how much something is now."""
        gauge = self._all[name]
        if isinstance(gauge, Gauge):
            gauge.set(value)
        self._totals[name] = value

    def seen(self, micros: int) -> None:
        """Say when the last event was."""
        if micros:
            self.put("lag_seconds", max(0.0, datetime.now(UTC).timestamp() - micros / 1e6))

    def line(self) -> str:
        """Write them in a line."""
        t = self._totals
        return (
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} cursor {t['cursor']:.0f}: "
            f"{t['events']:,.0f} events, {t['rows']:,.0f} rows, {t['refused']:,.0f} refused; "
            f"lag {t['lag_seconds']:,.1f} s, {t['waiting']:,.0f} waiting; "
            f"{t['connections']:,.0f} connections, {t['gaps']:,.0f} gaps, "
            f"{t['repositories']:,.0f} repositories read"
        )

    def close(self) -> None:
        """Answer Prometheus no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
