"""From a person's figures to signals: one expression each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from features.audience import PLAUSIBLE, engaged
from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.catalogue.declaration import Network, Ratio
from features.standing import MICRO


def signal_expressions(network: Network) -> Iterator[pl.Expr]:
    """Derive a network's signals from its table of figures, in the catalogue's order."""
    reactions = [*(reaction.name for reaction in network.reactions), ANY]
    for reaction in reactions if network.reactions else []:
        for name, expression in _measures(f"{network.name}.{reaction}", network.name).items():
            for window in WINDOWS:
                yield expression(window).alias(f"{network.name}.{reaction}.{name}.{window}d")
    for kind in network.contents:
        yield pl.col(f"{network.name}.{kind.signal}")
    for counter in network.counters:
        yield pl.col(f"{network.name}.{counter.name}")
        if counter.audience:
            yield _plausible(counter.name, network)
    if network.page_graph:
        yield from (pl.col(f"{network.name}.{figure}") for figure in ("inlinks", "pagerank"))
    for ratio in network.ratios:
        yield _ratio(ratio, network)
    yield pl.col(f"{network.name}.connected")


def _measures(prefix: str, network: str) -> dict[str, Callable[[int], pl.Expr]]:
    """Say how each measure comes of the figures.

    Each grows, or stays, with one more received interaction, since the figures do and the
    contents published don't change. A denominator is never below 1, so nothing is divided by 0.
    """

    def figure(name: str, window: int) -> pl.Expr:
        return pl.col(f"{prefix}.{name}.{window}d")

    def published(window: int) -> pl.Expr:
        return pl.col(f"{network}.published.{window}d").fill_null(0).clip(lower_bound=1)

    return {
        "count": lambda w: figure("count", w),
        "reactors": lambda w: figure("reactors", w),
        "attention": lambda w: _millionths(figure("attention", w)),
        "standing": lambda w: _millionths(figure("standing", w)),
        "days": lambda w: figure("days", w),
        "hit_rate": lambda w: (figure("drawn", w) / published(w)).clip(upper_bound=1),
        "peak": lambda w: figure("peak", w),
        "per_content": lambda w: figure("count", w) / published(w),
        "reactors_per_content": lambda w: figure("reactors", w) / published(w),
    }


def _plausible(counter: str, network: Network) -> pl.Expr:
    name = f"{network.name}.{counter}"
    reactors = pl.col(f"{network.name}.{ANY}.reactors.{HORIZON}d")
    return engaged(pl.col(f"{name}.grown"), reactors).alias(f"{name}.{PLAUSIBLE}")


def _ratio(ratio: Ratio, network: Network) -> pl.Expr:
    """Divide a person's sums; who has none of a figure has 0 of it.

    Of an audience it is what is plausible, since a ratio is learned from. It is never divided by
    that, which one more interaction may raise.
    """
    is_audience = ratio.of in network.audiences
    of = _plausible(ratio.of, network) if is_audience else pl.col(f"{network.name}.{ratio.of}")
    per = pl.col(f"{network.name}.{ratio.per}")
    of, per = (figure.fill_null(0).cast(pl.Float64) for figure in (of, per))
    share = _divided(of, pl.max_horizontal(per, ratio.at_least))
    return share.alias(f"{network.name}.{ratio.name}")


def _millionths(whole: pl.Expr) -> pl.Expr:
    return _divided(whole, pl.lit(MICRO))


def _divided(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """Divide, rounding once.

    The divisor is made a column: Polars divides by a number as it multiplies by its inverse, which
    rounds twice, and differently for columns of one value repeated.
    """
    return top / (top * 0 + bottom)
