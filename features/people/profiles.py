"""What people are called, by the profiles of their accounts. For showing alone: an id says who."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.lake import Lake
from features.lake.times import midnight
from features.signals.owners import claims

_UNSEEN = r"[\u{61C}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FEFF}]"
"""Take no space, or turn what stands around them: marks of direction, and blanks of no width.

The joiners U+200C and U+200D stay, which Persian and pictures of several signs need.
"""


def names_of_people(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name people as their profiles did before `as_of`.

    Returns
    -------
    DataFrame
        ``person`` and ``name`` (str), each person once, by person: of the profiles of its accounts
        the latest; at one instant the first by network, account and name. Who has none, or one
        that shows nothing, is left out.
    """
    owned = claims(lake, as_of).lazy().select("network", "account", "person", claimed=True)
    told = lake.scan("profiles").filter(pl.col("at") < midnight(as_of))
    both = told.join(owned, on=["network", "account"], how="left")
    alone = pl.concat_str("network", pl.lit(":"), "account")
    order = ["at", "network", "account", "name"]
    latest = (
        both.with_columns(
            person=pl.when(pl.col("claimed").is_null()).then(alone).otherwise("person")
        )
        .drop_nulls("person")
        .sort(order, descending=[True, False, False, False])
        .unique("person", keep="first", maintain_order=True)
    )
    shown = latest.select("person", name=shown_names(pl.col("name")))
    return shown.filter(pl.col("name") != "").sort("person").collect()


def shown_names(names: pl.Expr) -> pl.Expr:
    """Write names in one line, without signs that nobody sees; "" where nothing is left."""
    seen = names.str.replace_all(_UNSEEN, "").str.replace_all(r"[\s\p{Cc}]+", " ")
    return seen.str.strip_chars()


def shown_name(name: str) -> str:
    r"""Write a name as `shown_names` does.

    >>> shown_name(" Ann\u202e  Example"), shown_name("\u200b ")
    ('Ann Example', '')
    """
    return str(pl.select(shown_names(pl.lit(name))).item())
