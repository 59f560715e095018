"""The numbers of the simulated world that hold everywhere, each with its reason.

They are plausible, not measured, unless the reason says otherwise. Those of one kind of person
are in `kinds`, those of one network in `rates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.simulator.kinds import KINDS, Kind
from features.simulator.rates import RATES, NetworkRates


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
    habit_slope: float = 0.35
    """How log contents a day grow with log influence: whoever is listened to publishes more."""
    habit_spread: float = 0.7
    """Of log contents a day beside that: of people of one influence, the busiest tenth publish six
    times as much as the laziest."""
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
    outsiders: float = 1.2
    """Accounts that only react, for each account of a person: the long tail."""
    fewest_outsiders: int = 60
    """So that a single person has somebody to react."""
    outsider_activity: float = 0.6
    """Reactions that an outsider gives, as a multiple of what a person does."""
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
    throwaways: float = 0.5
    """Accounts opened to fill orders, for each account of a person; most are used once."""
    thrown: float = 0.15
    """Share of orders that they fill, and not a farm of bots."""
    thrown_size: float = 120.0
    """Of them that fill one order; the spread of its log is 0.7."""
    thrown_minutes: float = 240.0
    """Median time until they do: no lockstep, but within a day."""
    subscribed: float = 0.15
    """Share of customers' accounts for which accounts of that sort like all they publish."""
    subscription_days: int = 30
    """How long."""
    subscription_size: float = 60.0
    """How many; the spread of its log is 0.5."""
    budget_thrown: int = 15
    """Reactions that such an account gives a day, at most."""
    campaign_days: float = 0.12
    """Share of days a bot spams on."""
    spam: float = 4.0
    """Reactions to strangers on such a day, evenly over the 24 hours."""

    # Counters.
    growth: float = 0.02
    """Mean growth of a counter in 30 days."""
    reading_days: int = 30
    """Days between two readings."""

    # Judges.
    judgements: float = 2.0
    """Per person; PeerIndex's table of 2013 has 4.5 (2,523 pairs of 556 accounts)."""
    repeated: float = 0.1
    """Share of judgements that judge a pair a second time."""
    agreement: float = 0.74
    """Of two judges on one pair, as measured for real judges."""
    near: float = 0.2
    """Share of pairs from neighbours in rank, which are hard."""
    near_ranks: float = 0.15
    """How far apart such neighbours are at most, as a share of the persons."""
    judge_spread: float = 0.4
    """Of the log of a judge's sharpness."""
    persons_per_judge: int = 150
    """So that a judge has some 300 pairs."""
    judged_inauthentic: float = 0.5
    """Share of the inauthentic that judges are asked about: most judgements are of the honest."""
    soft: float = 0.4
    """Share of near ties, with odds up to 2 to 1, on which a judge says 'rather' (1/4 or 3/4)."""
    judging_days: int = 14
    """Judgements are of the last days."""

    # Page graphs. All pages are of persons: a page of anything else would be scored as one.
    links: float = 3.0
    """Links to a page of a person of strength `base`."""
    links_slope: float = 0.7
    """How their log grows with influence; its noise is 0.7."""

    kinds: tuple[Kind, ...] = KINDS
    rates: Mapping[str, NetworkRates] = field(default_factory=lambda: RATES)

    def of(self, network: str) -> NetworkRates:
        """Return the rates of a network, known or not."""
        return self.rates.get(network, NetworkRates())
