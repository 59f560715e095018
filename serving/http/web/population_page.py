"""The population: how scores are spread, which score is at which percentile, how all moved."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.population import FARTHEST, HIGHEST, STEP, STILL, Moves, Population, Populations
from serving.http.web.histogram import Histogram, histogram
from serving.http.web.latest_day import PageDay, open_page_day
from serving.http.web.rendering import page
from serving.http.web.sentences import on, percent, score, signed
from serving.store.published_rows import Scored

PERCENTS = (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)
"""Percentiles of the short table; `EVERY` are those of the long one."""
EVERY = tuple(range(1, 100))
SCORES = tuple(range(10, 100, 10))


def show(context: Context, populations: Populations, request: Request) -> Response:
    """Answer ``/population``, with ``?person=`` marked."""
    name = request.query_params.get("person", "").strip()
    with open_page_day(context) as now:
        scored = (now.find(name) or next(iter(now.search(name, 1)), None)) if name else None
        everybody = populations.of(now.snapshot, now.day)
        moved = None if scored is None else _moved(scored, everybody.moves, now)
        return page(
            "population.html",
            asked=name,
            scored=scored,
            moved=moved,
            spread=_spread(everybody, scored),
            spread_rows=_rows(everybody),
            median=everybody.score_at(50),
            at=None if scored is None else everybody.percent_at(scored.score),
            percents=[(each, everybody.score_at(each)) for each in PERCENTS],
            every=[(each, everybody.score_at(each)) for each in EVERY],
            scores=[(each, everybody.percent_at(each)) for each in SCORES],
            moves=everybody.moves,
            moves_drawn=everybody.moves and _moves(everybody.moves, moved),
            shares=everybody.moves and _shares(everybody.moves),
            switches=[
                each.as_of
                for each in now.snapshot.model_switches
                if everybody.moves and each.as_of > everybody.moves.since
            ],
            day=now.day,
        )


def _moved(scored: Scored, moves: Moves | None, now: PageDay) -> float | None:
    if moves is None:
        return None
    then = now.snapshot.history(scored.person, moves.since, moves.since)
    return scored.score - then[0].score if then else None


def _rows(everybody: Population) -> list[tuple[str, int]]:
    """Count people by ten points."""
    whole, counts = 10 // STEP, everybody.counts
    return [
        (f"{low} to {low + 10}", sum(counts[low // STEP : low // STEP + whole]))
        for low in range(0, HIGHEST, 10)
    ]


def _spread(everybody: Population, scored: Scored | None) -> Histogram:
    most = max(range(len(everybody.counts)), key=lambda bar: everybody.counts[bar])
    low, middle, high = (score(everybody.score_at(each)) for each in (5, 50, 95))
    you = None if scored is None else (scored.score / STEP, f"{score(scored.score)}: here")
    words = (
        f"How many people have which score. Half are at or below {middle}, 5% at or below {low},"
        f" 5% above {high}; most are between {most * STEP} and {most * STEP + STEP}."
    )
    return histogram(
        everybody.counts,
        [f"{bar * STEP} to {bar * STEP + STEP}" for bar in range(HIGHEST // STEP)],
        [(each / STEP, f"{each}") for each in range(0, HIGHEST + 1, 20)],
        words,
        you=you,
    )


def _moves(moves: Moves, moved: float | None) -> Histogram:
    places = range(-FARTHEST, FARTHEST + 1)
    share = _shares(moves)
    you = None
    if moved is not None:
        at = min(max(moved, -FARTHEST), FARTHEST) + FARTHEST + 0.5
        you = (at, f"{signed(moved)}: here")
    return histogram(
        moves.counts,
        [f"{each:+d}" if each else "less than half a point" for each in places],
        [(each + FARTHEST + 0.5, _tick(each)) for each in range(-FARTHEST, FARTHEST + 1, 5)],
        f"How far scores moved since {on(moves.since)}: {percent(share['fell'])} fell,"
        f" {percent(share['still'])} moved less than half a point, {percent(share['rose'])} rose.",
        you=you,
        kinds=["falls" if each < 0 else "rises" if each else "still" for each in places],
    )


def _shares(moves: Moves) -> dict[str, float]:
    infinite = float("inf")
    return {
        "fell": 1 - moves.share(-STILL, infinite),
        "still": moves.share(-STILL, STILL),
        "rose": moves.share(STILL, infinite),
    }


def _tick(points: int) -> str:
    if abs(points) == FARTHEST:
        return f"{'≤' if points < 0 else '≥'} {signed(points).removesuffix('.00')}"
    return signed(points).removesuffix(".00")
