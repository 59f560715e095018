"""What the first reason against an account points to, in words."""

from __future__ import annotations

from types import MappingProxyType

import polars as pl

ATTACKS = MappingProxyType(
    {
        "bots acting together": ("lockstep_group", "lockstep_shared", "lockstep_share"),
        "follow-back ring or pod": (
            "partners",
            "reciprocity",
            "to_partners",
            "from_partners",
            "clique",
        ),
        "accounts opened to fill orders": ("in_crowds", "age"),
        "throw-away accounts or spam": ("new_targets", "targets", "to_persons", "giving"),
        "no human hours or pace": (
            "per_day",
            "burstiness",
            "night_share",
            "publish_night_share",
            "haste",
            "quick_share",
        ),
        "fans of one account": ("same_target", "top_target"),
        "publishing machine": ("contents_per_day", "silent_share"),
        "bought audience": (
            "idle_audience",
            "received",
            "same_reactor",
            "top_reactor",
            "received_haste",
        ),
    }
)
"""Attack to the behaviours that point to it. A pointer, no verdict: what speaks most against an
account is what the classifier leans on most, and an attack shows in several behaviours."""

BY_HAND = "decided by hand"
STRANGE = "strange for its network"
"""Of accounts doubted without a classifier."""
UNSAID = "no reason kept"


def attack() -> pl.Expr:
    """Name what ``reasons`` points to.

    Of rows of `features.signals.authenticity.steps_in_force`.
    """
    named = {name: words for words, names in ATTACKS.items() for name in names}
    first = pl.col("reasons").str.strip_chars().str.split(" ").list.first()
    known = first.replace_strict(named, default=STRANGE, return_dtype=pl.String)
    unsaid = first.is_null() | (first == "")
    return (
        pl.when("by_hand").then(pl.lit(BY_HAND)).when(unsaid).then(pl.lit(UNSAID)).otherwise(known)
    )
