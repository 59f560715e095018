"""What an address says: the account whose profile it is, by the networks' declarations, or a site.

An address is compared without what leads to the same page in any case: scheme, ``www.``, the case
of its host, a query, a fragment and a last slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from features.catalogue.declaration import Network

_SHAPE = re.compile(r"\\?\{(account|host)\\?\}")


def site(url: pl.Expr) -> pl.Expr:
    """Strip an address to what it is compared by; null if it is none of the web.

    >>> frame = pl.DataFrame({"url": ["HTTPS://www.Ann.example/Me/?x=1#top", "mailto:ann@b.c"]})
    >>> frame.select(site(pl.col("url"))).to_series().to_list()
    ['ann.example/Me', None]
    """
    bare = url.str.strip_chars().str.extract(r"(?i)^(?:https?://)?(?:www\.)?([^?#\s]+)")
    host = bare.str.extract(r"^([^/]+)").str.to_lowercase().str.strip_suffix(".")
    path = bare.str.extract(r"^[^/]+(/.*)$").fill_null("").str.strip_chars_end("/")
    is_host = host.str.contains(r"^[^@:]+\.[^@:.]+(?::\d+)?$")
    return pl.when(is_host).then(host + path)


def profile_of(address: pl.Expr, network: Network) -> pl.Expr:
    """Name the account of a network whose profile a stripped address is; null if it is none.

    >>> from features.catalogue.network import Network
    >>> frame = pl.DataFrame({"at": ["github.com/Ann", "github.com/Ann/repository"]})
    >>> hub = Network("github", "GitHub", profiles=("github.com/{account}",))
    >>> frame.select(profile_of(pl.col("at"), hub)).to_series().to_list()
    ['Ann', None]
    """
    found = [_account(address, shape) for shape in network.profiles]
    return pl.coalesce(*found, pl.lit(None, pl.String))


def with_profiles(links: pl.LazyFrame, networks: Iterable[Network]) -> pl.LazyFrame:
    """Say where links lead: a row for each profile of a network, or one of a site.

    Parameters
    ----------
    links
        With ``address``, as `site` strips it.

    Returns
    -------
    LazyFrame
        The links with ``to_network`` and ``to_account`` (str, null: a site).
    """
    told = [network for network in networks if network.profiles]
    frames = []
    for network in told:
        account = profile_of(pl.col("address"), network)
        named = links.with_columns(to_network=pl.lit(network.name), to_account=account)
        frames.append(named.filter(pl.col("to_account").is_not_null()))
    nobody = [profile_of(pl.col("address"), network).is_null() for network in told]
    sites = links.filter(pl.all_horizontal(*nobody, pl.lit(value=True))).with_columns(
        to_network=pl.lit(None, pl.String), to_account=pl.lit(None, pl.String)
    )
    return pl.concat([*frames, sites])


def _account(address: pl.Expr, shape: str) -> pl.Expr:
    """Read the account out of an address of this shape."""
    groups = {"account": r"(?P<account>[^/@]+)", "host": r"(?P<host>[^/]+)"}
    pattern = "".join(
        groups[part] if part in groups and place % 2 else re.escape(part)
        for place, part in enumerate(_SHAPE.split(shape))
    )
    parts = address.str.extract_groups(f"^{pattern}$").struct
    account = parts.field("account")
    return account + "@" + parts.field("host") if "{host}" in shape else account
