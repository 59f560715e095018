"""What goes on on each network; plausible figures, not measured ones.

How much goes on in all has a measure: Klout took in 12 billion signals a day, later 45 billion, of
some 600 to 750 million people (Rao and others, 2015, arXiv:1510.08487), 20 to 60 for each; and
Twitter's 230 million users wrote 500 million tweets a day (its prospectus of 2013), 2 each. The
world has 8 reactions a day for each person: still quieter than the original was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CounterRate:
    """How a counter goes with an account's strength.

    Attributes
    ----------
    level
        Its median for an ordinary account.
    slope
        How fast its log grows with strength; 0: it follows the posting habit instead.
    noise
        Spread of its log around that.
    bought
        Whether it can be bought, as followers can.
    """

    level: float = 10.0
    slope: float = 0.6
    noise: float = 0.9
    bought: bool = False


@dataclass(frozen=True)
class NetworkRates:
    """What goes on on one network; the defaults are for a network this file does not know.

    Attributes
    ----------
    presence
        Share of people with an account.
    volume
        Reactions a day to an ordinary person who lives on this network alone.
    posts
        Contents a day of an ordinary person.
    weekend
        Activity on Saturday and Sunday, as a multiple of a weekday's.
    weights
        How the reactions share in the volume; 1 for those not named.
    cheap
        The same for reactions by people who react to whatever they see.
    to_person
        Reactions that go to the person and not to a content.
    about
        The one content kind a reaction can be to, where not all.
    counters
        By counter; the defaults of `CounterRate` for those not named.
    notable
        Where nothing is published: the log influence at which half the people are recorded.
    """

    presence: float = 0.3
    volume: float = 0.3
    posts: float = 0.25
    weekend: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    cheap: Mapping[str, float] = field(default_factory=dict)
    to_person: tuple[str, ...] = ("mention", "wall_post", "plus_k")
    about: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, CounterRate] = field(default_factory=dict)
    notable: float = 0.5


_FOLLOWERS = CounterRate(level=120.0, slope=0.85, noise=0.65, bought=True)
_FRIENDS = CounterRate(level=180.0, slope=0.35, noise=0.7)

RATES: Mapping[str, NetworkRates] = {
    "facebook": NetworkRates(
        presence=0.70,
        volume=3,
        posts=0.51,
        weekend=1.1,
        weights={"like": 5.0, "comment": 2.0, "wall_post": 0.7, "share": 0.8},
        cheap={"like": 9.0, "comment": 0.5, "share": 0.5},
        counters={"friends": _FRIENDS},
    ),
    "twitter": NetworkRates(
        presence=0.65,
        volume=3.3,
        posts=0.9,
        weekend=0.85,
        weights={"retweet": 2.5, "reply": 2.0, "mention": 1.5, "like": 3.0},
        cheap={"retweet": 1.5, "reply": 0.5, "like": 8.0},
        counters={
            "followers": _FOLLOWERS,
            "lists": CounterRate(level=3.0, slope=0.8, noise=0.6),
        },
    ),
    "instagram": NetworkRates(
        presence=0.50,
        volume=3,
        posts=0.39,
        weekend=1.3,
        weights={"like": 6.0, "comment": 1.5},
        cheap={"like": 9.5, "comment": 0.5},
        counters={"followers": _FOLLOWERS},
    ),
    "googleplus": NetworkRates(
        presence=0.25,
        volume=1.3,
        posts=0.3,
        weights={"comment": 1.0, "plus_one": 3.0, "reshare": 0.7},
        cheap={"comment": 0.3, "plus_one": 9.0, "reshare": 0.3},
    ),
    "linkedin": NetworkRates(
        presence=0.35,
        volume=1.3,
        posts=0.27,
        weekend=0.35,  # a network of the working day
        weights={"comment": 1.0, "like": 3.0},
        cheap={"comment": 0.5, "like": 9.0},
        counters={
            "connections": _FRIENDS,
            "recommendations": CounterRate(level=0.8, slope=0.5, noise=0.8),
        },
    ),
    "foursquare": NetworkRates(
        presence=0.18,
        volume=1.1,
        posts=0.27,
        weekend=1.4,
        weights={"tip_save": 1.0, "tip_like": 2.0, "like": 3.0},
        to_person=("like",),  # of check-ins, which are no declared content
        counters={
            "friends": CounterRate(level=40.0, slope=0.3, noise=0.8),
            "mayorships": CounterRate(level=0.5, slope=0.3, noise=1.2),
            "checkins": CounterRate(level=150.0, slope=0.0, noise=0.8),
        },
    ),
    "klout": NetworkRates(presence=0.35, volume=0.14),
    # Pages of notable people only.
    "wikipedia": NetworkRates(notable=2.2),
    "search": NetworkRates(
        notable=-0.6, counters={"searches": CounterRate(level=12.0, slope=0.9, noise=0.4)}
    ),
    "stackexchange": NetworkRates(
        presence=0.08,
        volume=1.6,
        posts=0.39,
        weekend=0.5,
        weights={"answer": 1.5, "comment": 3.0, "accept": 1.0, "favourite": 0.6, "bounty": 0.05},
        cheap={"answer": 0.3, "comment": 1.0, "accept": 0.0, "favourite": 1.0, "bounty": 0.0},
        about={"answer": "question", "accept": "answer"},
        counters={
            "profile_views": CounterRate(level=60.0, slope=0.8, noise=0.8),
            "gold_badges": CounterRate(level=0.15, slope=0.8, noise=0.7),
            "silver_badges": CounterRate(level=2.0, slope=0.6, noise=0.6),
            "bronze_badges": CounterRate(level=9.0, slope=0.4, noise=0.5),
        },
    ),
}
