"""Every number of the simulated world, with the reason it has its value.

The figures are plausible, not measured, unless a reason says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """A kind of person.

    Attributes
    ----------
    name
        As in ``truth.parquet``.
    share
        Of all persons.
    authentic
        False if the person's accounts act for gain and not for themselves.
    mean, spread
        Of the log influence, before the exponential upper tail of `Policy.tail`.
    habit
        How much more than an ordinary person it publishes.
    drawing
        Added to the log of what each of its contents draws.
    activity
        How much more than an ordinary person it reacts to others.
    size
        Members of a group of this kind; 0 if it forms none.
    per_content, per_day
        Reactions by the group to a content of a member, and to a member itself each day.
    delay
        Median minutes until the group reacts to a content.
    bot
        Whether machines act for it: they fill orders, spam strangers, and keep no hours.
    followers
        Followers as a multiple of what its influence earns: bought, or got by following back.
    """

    name: str
    share: float
    authentic: bool = True
    mean: float = 0.0
    spread: float = 1.5
    habit: float = 1.0
    drawing: float = 0.0
    activity: float = 1.0
    size: int = 0
    per_content: float = 0.0
    per_day: float = 0.0
    delay: float = 90.0
    bot: bool = False
    followers: float = 1.0


KINDS: tuple[Kind, ...] = (
    Kind("ordinary", share=0.0),  # all whom no other kind takes
    # Publish twenty times as much; each content draws so little that the sum stays small.
    Kind("broadcaster", share=0.04, mean=-0.9, habit=20.0, drawing=-1.6),
    # Publish a fifth; whatever they say is answered.
    Kind("quiet", share=0.08, mean=0.6, habit=0.2, drawing=0.7),
    Kind("celebrity", share=0.004, mean=4.0, spread=0.5, activity=0.3, followers=3.0),
    Kind("fan", share=0.05, mean=-0.3, activity=10.0),
    # A hobby group: 25 people who all know and answer one another, and mean it.
    Kind("hobbyist", share=0.08, activity=1.5, size=25, per_content=1.5, per_day=0.05),
    # Farms of bots that publish, like one another, spam strangers and fill orders.
    Kind(
        "spambot",
        share=0.02,
        authentic=False,
        mean=-2.6,
        spread=0.3,
        habit=6.0,
        drawing=-1.5,
        size=40,
        per_content=0.3,
        delay=15.0,
        bot=True,
        followers=25.0,
    ),
    # Follow-back rings: everybody follows and thanks everybody.
    Kind(
        "ring",
        share=0.012,
        authentic=False,
        mean=-1.4,
        spread=0.5,
        activity=2.0,
        size=60,
        per_content=1.5,
        per_day=1.2,
        delay=60.0,
        followers=12.0,
    ),
    # Engagement pods: 30 members who like whatever a member publishes, within minutes.
    Kind(
        "pod",
        share=0.008,
        authentic=False,
        mean=-1.0,
        spread=0.5,
        habit=1.5,
        size=30,
        per_content=14.0,
        delay=12.0,
        followers=2.0,
    ),
)

OUTSIDER = "outsider"
"""In ``truth.parquet``, the kind of an account that only reacts."""


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
        volume=0.331,
        posts=0.17,
        weekend=1.1,
        weights={"like": 5.0, "comment": 2.0, "wall_post": 0.7, "share": 0.8},
        cheap={"like": 9.0, "comment": 0.5, "share": 0.5},
        counters={"friends": _FRIENDS},
    ),
    "twitter": NetworkRates(
        presence=0.65,
        volume=0.367,
        posts=0.3,
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
        volume=0.331,
        posts=0.13,
        weekend=1.3,
        weights={"like": 6.0, "comment": 1.5},
        cheap={"like": 9.5, "comment": 0.5},
        counters={"followers": _FOLLOWERS},
    ),
    "googleplus": NetworkRates(
        presence=0.25,
        volume=0.144,
        posts=0.1,
        weights={"comment": 1.0, "plus_one": 3.0, "reshare": 0.7},
        cheap={"comment": 0.3, "plus_one": 9.0, "reshare": 0.3},
    ),
    "linkedin": NetworkRates(
        presence=0.35,
        volume=0.144,
        posts=0.09,
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
        volume=0.122,
        posts=0.09,
        weekend=1.4,
        weights={"tip_save": 1.0, "tip_like": 2.0, "like": 3.0},
        to_person=("like",),  # of check-ins, which are no declared content
        counters={
            "friends": CounterRate(level=40.0, slope=0.3, noise=0.8),
            "mayorships": CounterRate(level=0.5, slope=0.3, noise=1.2),
            "checkins": CounterRate(level=150.0, slope=0.0, noise=0.8),
        },
    ),
    "klout": NetworkRates(presence=0.35, volume=0.015),
    # Pages of notable people only.
    "wikipedia": NetworkRates(notable=2.2),
    "search": NetworkRates(
        notable=-0.6, counters={"searches": CounterRate(level=12.0, slope=0.9, noise=0.4)}
    ),
    "stackexchange": NetworkRates(
        presence=0.08,
        volume=0.18,
        posts=0.13,
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


@dataclass(frozen=True)
class Policy:
    """What holds on all networks."""

    # Influence and where it is exercised.
    tail: float = 0.6
    """Mean of the exponential added to log influence: a Pareto tail with exponent 1 / 0.6."""
    highest: float = 7.0
    """Cap of log influence: one person must not be half of a small world."""
    base: float = 3.2
    """Strength of a person of log influence 0 who lives on one network."""
    places: float = 1.2
    """Shape of the gamma shares in which a person divides among networks: one or two dominate."""
    norm: float = 6.0
    """Strengths on several networks combine as a norm of this order. 1: two networks at strength 2
    make as much as one at 4; 6: as much as one at 2.2. Infinity: only the best one counts."""
    presence_slope: float = 0.5
    """How the log odds of having an account grow with log influence."""
    second_account: float = 0.01
    """Share of owners with a second account on the same network."""
    second_strength: float = -1.2
    """How much weaker that one is."""
    unregistered: float = 0.025
    """Share of persons none of whose accounts is claimed: each is a person of its own then."""
    unclaimed: float = 0.01
    """Share of accounts, other than a person's main one, that a registered person never claims.
    With `unregistered` some 3% of accounts are claimed by nobody."""
    page: float = 0.04
    """Share of pages where a network tells them from personal profiles."""

    # Contents and what they draw.
    habit_spread: float = 0.8
    """Of log contents a day: the busiest tenth publish eight times as much as the laziest."""
    fatigue: float = 0.5
    """What is drawn in all grows as contents a day to this power: twice the posts, 1.4 times."""
    place_noise: float = 0.1
    """Spread of what the same strength draws from one account to the next."""
    over_dispersion: float = 1.5
    """Shape of the gamma of a content's luck; 1 would make counts geometric."""
    glance: float = 0.01
    """Reactions to each content, whoever published it, by people who react to what they see."""
    viral: float = 0.0004
    """Chance of a content to leave its audience: one in 2,500."""
    viral_size: float = 30.0
    """Reactions that it then draws at least, from anywhere; the tail is Pareto's."""
    viral_tail: float = 1.5
    """Exponent of that tail."""
    viral_most: float = 3000.0
    """Cap of a burst, lest one content fill a block."""
    delay: float = 90.0
    """Median minutes from content to reaction."""
    delay_spread: float = 1.3
    """Of log delay: one in ten comes after eight hours."""
    longest_delay_days: float = 4.0
    """Nobody reacts later."""
    self_reaction: float = 0.002
    """Share of reactions that are the author's own."""

    # Audiences.
    audience: float = 30.0
    """Accounts that ever react to an ordinary account."""
    audience_slope: float = 0.9
    """How log audience grows with strength."""
    audience_noise: float = 0.4
    """Of log audience: audiences follow influence only noisily."""
    audience_most: float = 0.3
    """Largest audience, as a share of the network."""
    loyalty: float = 1.7
    """Skew in an audience: the first tenth of it gives a quarter of the reactions."""
    discernment: float = 0.9
    """How much a point of the actor's log influence raises what it wants of whom it attends to."""
    leniency: float = 1.2
    """How far below that the target may be, at even odds."""
    sharpness: float = 2.0
    """Steepness of that choice."""
    outsiders: float = 1.5
    """Accounts that only react, for each account of a person: the long tail."""
    fewest_outsiders: int = 60
    """So that a single person has somebody to react."""
    outsider_mean: float = -1.2
    """Mean log influence of an outsider; its spread is 0.8."""
    activity_spread: float = 1.2
    """Of log activity: one in a hundred reacts sixteen times as often as most."""

    # Budgets: reactions an account can give a day on its network.
    budget: float = 4.0
    """Of an account of usual activity."""
    budget_most: int = 60
    """Of any honest account."""
    budget_bot: int = 150
    """Of a spambot."""

    # Coming and going, in shares of accounts.
    joiners: float = 0.05
    """Become active within the days simulated."""
    leavers: float = 0.03
    """Fall silent within them."""
    late: float = 0.05
    """Connected within them though active before."""
    disconnected: float = 0.015
    """Disconnected within them, of accounts that are not a person's main one."""

    # Attacks.
    customers: float = 0.02
    """Share of honest persons who buy followers and reactions."""
    bought_followers: float = 8.0
    """Median multiple by which that raises their followers; spread 0.6 of the log."""
    orders: float = 0.02
    """Orders of reactions per customer's account and day: one in 50 days."""
    order_size: float = 40.0
    """Bots that fill one order, at most."""
    order_minutes: float = 20.0
    """Within which they all react: lockstep."""
    campaign_days: float = 0.12
    """Share of days a bot spams on."""
    spam: float = 5.0
    """Reactions to strangers on such a day, evenly over the 24 hours."""

    # Counters.
    growth: float = 0.02
    """Mean growth of a counter in 30 days."""
    reading_days: int = 30
    """Days between two readings."""

    # Judges.
    judgements: float = 1.5
    """Per person."""
    repeated: float = 0.1
    """Share of judgements that judge a pair a second time."""
    agreement: float = 0.74
    """Of two judges on one pair, as measured for real judges."""
    near: float = 0.35
    """Share of pairs from neighbours in rank, which are hard."""
    near_ranks: float = 0.08
    """How far apart such neighbours are at most, as a share of the persons."""
    judge_spread: float = 0.4
    """Of the log of a judge's sharpness."""
    persons_per_judge: int = 200
    """So that a judge has some 300 pairs."""
    judged_inauthentic: float = 0.5
    """Share of the inauthentic that judges are asked about: most judgements are of the honest."""
    soft: float = 0.4
    """Share of near ties, with odds up to 2 to 1, on which a judge says 'rather' (1/4 or 3/4)."""
    judging_days: int = 14
    """Judgements are of the last days."""

    # Page graphs.
    topics: float = 3.0
    """Pages that are nobody's, for each person's page."""
    links: float = 6.0
    """Links to a page of a person of strength `base`."""
    links_slope: float = 0.7
    """How their log grows with influence; its noise is 0.7."""

    kinds: tuple[Kind, ...] = KINDS
    rates: Mapping[str, NetworkRates] = field(default_factory=lambda: RATES)

    def of(self, network: str) -> NetworkRates:
        """Return the rates of a network, known or not."""
        return self.rates.get(network, NetworkRates())
