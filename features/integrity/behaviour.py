"""What is looked at to tell people who act for themselves from those who don't: declarations."""

from __future__ import annotations

from dataclasses import dataclass

from features.network import Sign


@dataclass(frozen=True)
class Behaviour:
    """One number per account of what it did in the 90 days before `as_of`.

    Attributes
    ----------
    name
        The column of `features.integrity.behaviours.behaviours`, Float64.
    meaning
        What the number says, with its unit and its value where nothing is known.
    sign
        ``up``: more never means less authentic; ``down``: more never means more authentic;
        ``free``: either.
    """

    name: str
    meaning: str
    sign: Sign


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("per_day", "interactions given per day with any", "free"),
    Behaviour("busiest_hour", "most interactions given in one hour", "free"),
    Behaviour("burstiness", "of the gaps within a day: -1 regular, 0 random, 1 bursty", "free"),
    Behaviour("hour_entropy", "bits of its 24 hour histogram; 0 if nothing given", "free"),
    Behaviour("night_share", "share of what it gives in its 8 quietest hours", "free"),
)
