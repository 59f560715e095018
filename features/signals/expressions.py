"""From a person's figures to signals: one expression each."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from features.catalogue import measures
from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.catalogue.declaration import Network, Ratio
from features.catalogue.figures import divided
from features.catalogue.measures import REACTORS, TALLIED
from features.catalogue.network import GROWN, PLAUSIBLE
from features.signals.audience import engaged
from features.signals.tallies import reached


def signal_expressions(network: Network) -> Iterator[pl.Expr]:
    """Derive a network's signals from its table of figures, in the catalogue's order."""
    yield from received_expressions(network)
    yield from other_expressions(network)


def received_expressions(network: Network) -> Iterator[pl.Expr]:
    """Derive those of each reaction, measure and window."""
    reactions = [*(reaction.name for reaction in network.reactions), ANY]
    for reaction in reactions if network.reactions else []:
        for measure in measures.MEASURES:
            for window in WINDOWS:
                yield measure.expression(network.name, reaction, window)


def other_expressions(network: Network) -> Iterator[pl.Expr]:
    """Derive the others, which come after them."""
    yield from _tallied(network)
    for kind in network.contents:
        yield pl.col(f"{network.name}.{kind.signal}")
    for counter in network.counters:
        yield pl.col(f"{network.name}.{counter.name}")
        if counter.audience:
            yield pl.col(f"{network.name}.{counter.name}.{GROWN}")
            yield _plausible(counter.name, network)
    if network.page_graph:
        yield from (pl.col(f"{network.name}.{figure}") for figure in ("inlinks", "pagerank"))
    for ratio in network.ratios:
        yield _ratio(ratio, network)
    yield pl.col(f"{network.name}.connected")


def _tallied(network: Network) -> Iterator[pl.Expr]:
    tallied = [each.name for each in network.tallies]
    for reaction in [*tallied, ANY] if tallied else []:
        for measure in measures.TALLY_MEASURES:
            for window in WINDOWS:
                yield measure.expression(network.name, reaction, window)
    for window in WINDOWS if tallied else ():
        of_any = f"{network.name}.{ANY}"
        both = (pl.col(each.column(of_any, window)).fill_null(0) for each in (REACTORS, TALLIED))
        yield reached(*both).alias(f"{of_any}.{measures.REACH.name}.{window}d")


def _plausible(counter: str, network: Network) -> pl.Expr:
    name = f"{network.name}.{counter}"
    reactors = pl.col(REACTORS.column(f"{network.name}.{ANY}", HORIZON))
    return engaged(pl.col(f"{name}.{GROWN}"), reactors).alias(f"{name}.{PLAUSIBLE}")


def _ratio(ratio: Ratio, network: Network) -> pl.Expr:
    """Divide a person's sums; who has none of a figure has 0 of it.

    Of an audience it is what is plausible, since a ratio is learned from. It is never divided by
    that, which one more interaction may raise.
    """
    is_audience = ratio.of in network.audiences
    of = _plausible(ratio.of, network) if is_audience else pl.col(f"{network.name}.{ratio.of}")
    per = pl.col(f"{network.name}.{ratio.per}")
    of, per = (figure.fill_null(0).cast(pl.Float64) for figure in (of, per))
    share = divided(of, pl.max_horizontal(per, ratio.at_least))
    return share.alias(f"{network.name}.{ratio.name}")
