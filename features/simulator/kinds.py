"""Kinds of people, honest and not; plausible figures, not measured ones."""

from __future__ import annotations

from dataclasses import dataclass


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
    Kind("broadcaster", share=0.04, mean=-0.9, habit=20.0, drawing=-1.1),
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

THROWAWAY = "throwaway"
"""In ``truth.parquet``, the kind of an account opened to fill one order or two."""

OUTSIDER = "outsider"
"""In ``truth.parquet``, the kind of an account that only reacts."""
