"""Who influences whom: to whom a person gave most attention, and who gave it most.

Attention is that of `features.signals.tiles` for reactions of any kind: on each network an account
has one unit a day, split over what it does that day. Here it is summed over the 90 days before a
date, over networks, and over a person's accounts. An account that nobody claims is
``network:account``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import ANY, HORIZON, Catalogue
from features.catalogue.measures import ATTENTION
from features.lake import Lake
from features.lake.retractions import counted
from features.signals.authenticity import authenticity_by_account
from features.signals.owners import Owners, account_key, claims
from features.signals.tiles import Tiles, fold
from serving.explain.person import accounts_of, person_of
from serving.explain.received import received_by

UNIT = ATTENTION.scale
"""Attention is summed in quarters of millionths: so many are one unit."""

_GIVEN = {"person": pl.String, "attention": pl.Int64}

_OnNetwork = Callable[[Lake, date, Owners, list[str]], pl.DataFrame]
"""Sums attention by person on one network, where somebody has these accounts."""


def influencees(lake: Lake, as_of: date, person: str, catalogue: Catalogue) -> pl.DataFrame:
    """Name whom a person influenced: who gave it attention.

    What an account gave weighs its authenticity, so who is not believed at all is not among them.

    Parameters
    ----------
    lake
        What happened.
    as_of
        The 90 days before it count.
    person
        A person's id, ``network:account``, or an account that only one person has.
    catalogue
        The networks in force.

    Returns
    -------
    DataFrame
        ``person`` (str) and ``attention`` (i64, of which `UNIT` are one unit; above 0): everybody
        but the person itself, most attention first, equal ones by id.

    Raises
    ------
    KloutError
        If there is nobody of this name: see `serving.explain.person.person_of`.
    """
    return _everywhere(_given_to, lake, as_of, person, catalogue)


def influencers(lake: Lake, as_of: date, person: str, catalogue: Catalogue) -> pl.DataFrame:
    """Name who influenced a person: to whom it gave attention, whatever is believed of it.

    Takes, returns and raises what `influencees` does.
    """
    return _everywhere(_given_by, lake, as_of, person, catalogue)


def _everywhere(
    on_network: _OnNetwork, lake: Lake, as_of: date, person: str, catalogue: Catalogue
) -> pl.DataFrame:
    """Add up the networks on which the person has an account."""
    who = person_of(lake, as_of, person, catalogue)
    claimed = claims(lake, as_of)
    parts = [pl.DataFrame(schema=_GIVEN)]
    for network in catalogue.networks:
        own = accounts_of(claimed, who, network.name)
        if own and network.reactions:
            parts.append(on_network(lake, as_of, Owners.of(network, claimed), own))
    given = pl.concat(parts).group_by("person").agg(pl.col("attention").sum())
    there = given.filter(pl.col("attention") > 0)
    return there.sort("attention", "person", descending=[True, False])


def _given_by(lake: Lake, as_of: date, owners: Owners, own: list[str]) -> pl.DataFrame:
    """Sum what accounts gave, by who received it."""
    rows = _rows(lake, as_of, owners).filter(pl.col("actor").is_in(own)).collect(engine="streaming")
    owners = _among(owners, rows)
    return _by_person(fold(rows.lazy(), owners, None), owners, rows["target"])


def _given_to(lake: Lake, as_of: date, owners: Owners, own: list[str]) -> pl.DataFrame:
    """Sum what accounts received, by who gave it.

    Tiles sum over all who gave. So what each of them gave is addressed to an account of its own,
    whose tiles are of nobody else. Where the rest went stays: by it each unit is split.
    """
    rows = received_by(_rows(lake, as_of, owners), own)
    owners = _among(owners, rows)
    # What the accounts give each other stays too, for the fold to drop; so does what a page gets
    # where only persons count.
    counting = [each for each in own if each not in owners.ignored["account"]]
    given = pl.col("target").is_in(counting) & ~pl.col("actor").is_in(own)
    mark = _unlike(rows)
    apart = pl.when(given).then(pl.concat_str(pl.lit(mark), "actor")).otherwise("target")
    believed = authenticity_by_account(lake, as_of, None, owners.network.name)
    tiles = fold(rows.lazy().with_columns(target=apart), owners, None, believed)
    # Pages give as other accounts do.
    givers = Owners(owners.network, owners.claimed.with_columns(page=pl.lit(value=False)))
    return _by_person(tiles, givers, rows.filter(given)["actor"], mark)


def _rows(lake: Lake, as_of: date, owners: Owners) -> pl.LazyFrame:
    since = as_of - timedelta(HORIZON)
    return counted(lake, owners.network.name, since, as_of)


def _among(owners: Owners, rows: pl.DataFrame) -> Owners:
    """Keep of the claimed accounts those that rows name."""
    named = _names(rows).implode()
    return Owners(owners.network, owners.claimed.filter(pl.col("account").is_in(named)))


def _names(rows: pl.DataFrame) -> pl.Series:
    return pl.concat([rows["actor"], rows["target"]]).unique()


def _unlike(rows: pl.DataFrame) -> str:
    """Give a text so long that no account's name begins with it."""
    lengths = _names(rows).str.len_chars().to_list()
    return "+" * (1 + max(lengths, default=0))


def _by_person(tiles: Tiles, owners: Owners, accounts: pl.Series, mark: str = "") -> pl.DataFrame:
    """Sum tiles by the persons behind accounts.

    Parameters
    ----------
    tiles
        Their receivers are the accounts, each name with `mark` before it.
    """
    behind = owners.with_person(accounts.unique().alias("account").to_frame().lazy(), "account")
    marked = behind.with_columns(marked=pl.concat_str(pl.lit(mark), "account"))
    persons = marked.select("person", receiver=account_key("marked")).collect()
    whole = ATTENTION.column(ANY)
    sums = [each.select("receiver", attention=whole) for each in (tiles.days, tiles.doubted)]
    given = persons.join(pl.concat(sums), on="receiver")
    return given.group_by("person").agg(pl.col("attention").sum()).select(list(_GIVEN))
