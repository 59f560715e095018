"""Accounts that may be of one person, by what they say of themselves. Nothing is joined by it.

Anybody can link to anybody, so what is found is proposed with its evidence, the strongest first:

- ``verified``: one links to the other, and its network found the link back;
- ``mutual``: each links to the other;
- ``same site``: both link to one site that no third account of either network links to;
- ``one way``: one links to the other.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from features.lake import Lake
from features.lake.suppression import Suppressions
from features.people.addresses import site, with_profiles
from features.people.optouts import opted_out
from features.signals.owners import claims

EVIDENCE = ("verified", "mutual", "same site", "one way")
"""The strongest first."""

_PAIR = ["network", "account", "other_network", "other_account"]


def proposals(lake: Lake) -> pl.DataFrame:
    """Find accounts of different networks that may be of one person.

    Returns
    -------
    DataFrame
        A row for each pair, the strongest evidence first, then by name: ``network``, ``account``,
        ``other_network``, ``other_account`` (str; of the two the first network comes first by
        name), ``evidence`` (one of `EVIDENCE`), ``address`` (str, what led to it), ``person`` and
        ``other_person`` (str, who has the accounts now, null: nobody). Pairs that one person has
        already are left out, and accounts of people who were forgotten or have opted out.
    """
    links = (
        lake.scan("profile_links")
        .with_columns(
            address=site(pl.col("url")), verified=pl.col("verified").fill_null(value=False)
        )
        .filter(pl.col("address").is_not_null())
        .group_by("network", "account", "address")
        .agg(pl.col("verified").any())
    )
    told = _as_written(with_profiles(links, lake.catalogue.networks).collect())
    found = pl.concat([_direct(told), _by_site(told)]).with_columns(
        pl.col("evidence").cast(pl.Enum(EVIDENCE))
    )
    strongest = found.sort("evidence", "address").unique(_PAIR, keep="first", maintain_order=True)
    return _still_apart(strongest, lake).sort("evidence", *_PAIR).cast({"evidence": pl.String})


def _as_written(told: pl.DataFrame) -> pl.DataFrame:
    """Write linked accounts as they write themselves, where they differ in case alone.

    Any host may have addresses of the form of a network of hosts: without an account there that
    says something of itself they are sites.
    """
    own = told.select(
        to_network="network", lower=pl.col("account").str.to_lowercase(), own="account"
    ).unique()
    own = own.filter(pl.len().over("to_network", "lower") == 1)
    named = told.with_columns(lower=pl.col("to_account").str.to_lowercase())
    joined = named.join(own, on=["to_network", "lower"], how="left", maintain_order="left")
    is_site = pl.col("own").is_null() & pl.col("to_account").str.contains("@", literal=True)
    return joined.with_columns(
        pl.when(~is_site.fill_null(value=False)).then("to_network").alias("to_network"),
        pl.when(~is_site.fill_null(value=False))
        .then(pl.coalesce("own", "to_account"))
        .alias("to_account"),
    )


def _direct(told: pl.DataFrame) -> pl.DataFrame:
    """Pair who links with whom it links to."""
    there = told.filter(
        pl.col("to_account").is_not_null(), pl.col("to_network") != pl.col("network")
    ).select("address", "verified", **_ordered("to_network", "to_account"))
    both = there.group_by(_PAIR).agg(
        pl.col("address").min(),
        pl.col("verified").any(),
        mutual=pl.col("forward").n_unique() == 2,
    )
    evidence = (
        pl.when("verified").then(pl.lit("verified")).when("mutual").then(pl.lit("mutual"))
    ).otherwise(pl.lit("one way"))
    return both.select(*_PAIR, "address", evidence=evidence)


def _by_site(told: pl.DataFrame) -> pl.DataFrame:
    """Pair accounts that link to one site, if no other of their networks does."""
    to_site = told.filter(pl.col("to_account").is_null()).select("network", "account", "address")
    alone = to_site.filter(pl.len().over("network", "address") == 1)
    other = alone.rename({"network": "with_network", "account": "with_account"})
    pairs = alone.join(other, on="address").filter(pl.col("network") < pl.col("with_network"))
    named = pairs.select("address", **_ordered("with_network", "with_account"))
    return named.select(*_PAIR, "address", evidence=pl.lit("same site"))


def _ordered(network: str, account: str) -> dict[str, pl.Expr]:
    """Name the two sides in the order of their networks; ``forward``: as they were."""
    forward = pl.col("network") < pl.col(network)
    sides = {"network": ("network", network), "account": ("account", account)}
    first = {name: pl.when(forward).then(one).otherwise(two) for name, (one, two) in sides.items()}
    second = {
        f"other_{name}": pl.when(forward).then(two).otherwise(one)
        for name, (one, two) in sides.items()
    }
    return first | second | {"forward": forward}


def _still_apart(found: pl.DataFrame, lake: Lake) -> pl.DataFrame:
    """Say who has the accounts, and leave out what needs no proposal or may have none."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    owned = claims(lake, tomorrow).select("network", "account", "person")
    mine = found.join(owned, on=["network", "account"], how="left")
    both = mine.join(
        owned.rename(lambda name: f"other_{name}"),
        on=["other_network", "other_account"],
        how="left",
    )
    gone, out = Suppressions.of(lake), set(opted_out(lake, tomorrow)["person"])
    apart = both.filter(pl.col("person").eq_missing(pl.col("other_person")).not_()
                        | pl.col("person").is_null())  # fmt: skip
    may = [
        not (
            gone.has_account(row["network"], row["account"])
            or gone.has_account(row["other_network"], row["other_account"])
            or out & _persons(row)
        )
        for row in apart.iter_rows(named=True)
    ]
    return apart.filter(pl.Series(may, dtype=pl.Boolean))


def _persons(row: dict[str, str | None]) -> set[str]:
    """Name the persons that two accounts are, claimed or not."""
    first = row["person"] or f"{row['network']}:{row['account']}"
    return {first, row["other_person"] or f"{row['other_network']}:{row['other_account']}"}
