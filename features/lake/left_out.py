"""Networks that whoever reads knows nothing of: they are named, and never all there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from features.catalogue.catalogue import HORIZON, Catalogue
from features.errors import KloutError
from features.lake import Lake

UNDECLARED = "no declaration names it: give --networks DIR"
"""Why a command that reads declarations leaves a network out."""

UNTRAINED = "the model was not trained on it, and nothing declares its reactions"
"""Why a command that scores leaves a network out."""


def rows_by_network(lake: Lake, as_of: date) -> dict[str, int]:
    """Count the rows from which signals of a day may come, by network.

    A file holds a whole day, so the rows are those of whole days.
    """
    since = {"interactions": as_of - timedelta(HORIZON), "contents": as_of - timedelta(HORIZON)}
    rows: Counter[str] = Counter()
    for table in ("interactions", "contents", "counters", "tallies", "links"):
        for file in lake.files(table, since=since.get(table), until=as_of):
            if file.network is not None:
                rows[file.network] += file.rows
    return dict(rows)


def name_left_out(
    lake: Lake, as_of: date, catalogue: Catalogue, why: str, say: Callable[[str], None]
) -> None:
    """Say which networks of a lake are left out, and why.

    Parameters
    ----------
    lake, as_of
        What there is.
    catalogue
        The networks that are not.
    why
        `UNDECLARED` or `UNTRAINED`.
    say
        Is told one line, if any are.

    Raises
    ------
    KloutError
        If there is no other network.
    """
    known = {network.name for network in catalogue.networks}
    rows = rows_by_network(lake, as_of)
    unknown = {network: count for network, count in rows.items() if network not in known}
    where = f"{lake.root}, {as_of}"
    tell_left_out(unknown, where, "rows", why, say, others=len(rows) > len(unknown))


def tell_left_out(
    unknown: Mapping[str, int],
    where: str,
    what: str,
    why: str,
    say: Callable[[str], None],
    *,
    others: bool,
) -> None:
    """Say which networks are left out, or refuse where there is nothing else.

    Parameters
    ----------
    unknown
        Network to how much there is of it; empty: none is left out.
    where, what
        Where they are, and what was counted.
    why
        Why they are left out.
    say
        Is told one line, if any are.
    others
        Whether there is anything on other networks.

    Raises
    ------
    KloutError
        If some are left out, and there is nothing else.
    """
    if not unknown:
        return
    names = ", ".join(f"{name} ({count:,} {what})" for name, count in sorted(unknown.items()))
    if not others:
        raise KloutError(f"{where}: nothing is left without {names}; {why}")
    say(f"{where}: left out {names}; {why}")
