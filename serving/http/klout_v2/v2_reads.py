"""What the Klout API v2 is asked."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import ConfigDict, Field

from serving.http.api.answer_parts import LatestDay, open_latest_day
from serving.http.api.api_ties import Tied, of_one_day
from serving.http.api.context import Context
from serving.http.api.explanations import AnswerPlace, place_of
from serving.http.api.questions import Name, Query
from serving.http.api.refusals import Refused, nobody
from serving.http.klout_v2 import v2_answers
from serving.http.klout_v2.v2_answers import (
    Entity,
    Identity,
    Influence,
    Listed,
    ScoreDeltas,
    Topic,
    User,
)
from serving.http.topic_picture import picture_address
from serving.store.published_rows import Scored

NETWORKS = {"tw": "twitter", "gp": "googleplus", "ig": "instagram"}
"""What the API called networks, and what we do."""
KLOUT = "ks"
NOBODY = Tied(0, [])
"""All that is known of ties without a lake."""
MOST_TOPICS = 10
_BUCKET, _LAST = 10, 90


class ScreenName(Query):
    """A name on Twitter. Old clients send more than we know, so that is let pass."""

    model_config = ConfigDict(extra="ignore")

    screenName: Name = Field(description="In upper or lower case.")  # noqa: N815 (as clients write it)


def by_screen_name(context: Context, query: ScreenName) -> Identity:
    """Find a person by its name on Twitter."""
    with open_latest_day(context) as now:
        return _identity(now.snapshot.named("twitter", query.screenName.removeprefix("@")))


def by_twitter(context: Context, account: str) -> Identity:
    """Find a person by its id on Twitter."""
    return _by_account(context, "tw", account)


def by_google_plus(context: Context, account: str) -> Identity:
    """Find a person by its id on Google+."""
    return _by_account(context, "gp", account)


def by_instagram(context: Context, account: str) -> Identity:
    """Find a person by its id on Instagram."""
    return _by_account(context, "ig", account)


def on_twitter(context: Context, klout_id: str) -> Identity:
    """Find a person's id on Twitter."""
    return _on(context, klout_id, "tw")


def on_google_plus(context: Context, klout_id: str) -> Identity:
    """Find a person's id on Google+."""
    return _on(context, klout_id, "gp")


def on_instagram(context: Context, klout_id: str) -> Identity:
    """Find a person's id on Instagram."""
    return _on(context, klout_id, "ig")


def user(context: Context, klout_id: str) -> User:
    """Read a person."""
    with open_latest_day(context) as now:
        found = _found(now, klout_id)
        return _users(now, [found])[found.person]


def score(context: Context, klout_id: str) -> v2_answers.UserScore:
    """Read a person's score."""
    with open_latest_day(context) as now:
        found = _found(now, klout_id)
        deltas = _users(now, [found])[found.person].scoreDeltas
        bucket = _bucket(found.score)
        return v2_answers.UserScore(score=found.score, scoreDelta=deltas, bucket=bucket)


def influence(context: Context, klout_id: str) -> Influence:
    """Read who influenced a person most, and whom it influenced most."""
    if context.lake is None:
        with open_latest_day(context) as now:
            _found(now, klout_id)
            return _influence(now, [NOBODY, NOBODY])

    def place() -> AnswerPlace:
        with open_latest_day(context) as now:
            person = _found(now, klout_id).person
        return place_of(context, person, "klout_id")

    return of_one_day(place, ["influencers", "influencees"], _influence)


def topics(context: Context, klout_id: str, address: str) -> list[Topic]:
    """Read what a person is known for, the strongest first."""
    with open_latest_day(context) as now:
        person = _found(now, klout_id).person
        found = [each.of for each in now.snapshot.topics.of(person, limit=MOST_TOPICS)]
    return [
        Topic(
            id=each.number,
            displayName=each.called(),
            name=each.called().lower(),
            slug=each.topic,
            imageUrl=f"{address}{picture_address(each.topic)}",
        )
        for each in found
    ]


def nick_of(person: str, known: frozenset[str]) -> str:
    """Give a name to show: of an account that nobody connected, without its network.

    >>> nick_of("twitter:ann", frozenset({"twitter"})), nick_of("a:b", frozenset({"twitter"}))
    ('ann', 'a:b')
    """
    network, colon, account = person.partition(":")
    return account if colon and account and network in known else person


def _by_account(context: Context, short: str, account: str) -> Identity:
    with open_latest_day(context) as now:
        return _identity(now.snapshot.owner(NETWORKS[short], account))


def _identity(found: Scored | None) -> Identity:
    if found is None:
        raise nobody("account")
    return Identity(id=str(found.klout_id), network=KLOUT)


def _on(context: Context, klout_id: str, short: str) -> Identity:
    with open_latest_day(context) as now:
        person = _found(now, klout_id).person
        accounts = now.snapshot.accounts(person)
    mine = [account for network, account in accounts if network == NETWORKS[short]]
    if not mine:
        reason = f"this person has no account on {NETWORKS[short]}"
        raise Refused(HTTPStatus.NOT_FOUND, reason, "klout_id")
    return Identity(id=mine[0], network=short)


def _found(now: LatestDay, klout_id: str) -> Scored:
    # Longer ones are no 63 bits, and no integer of a database.
    is_number = klout_id.isascii() and klout_id.isdecimal() and int(klout_id[:20]) < 2**63
    found = now.snapshot.by_klout_id(int(klout_id)) if is_number and len(klout_id) < 20 else None
    if found is None:
        raise nobody("klout_id")
    return found


def _users(now: LatestDay, people: list[Scored]) -> dict[str, User]:
    deltas = now.deltas(people)
    known = frozenset(network for each in people for network in each.parts)
    users = {}
    for each in people:
        moved = deltas[each.person]
        users[each.person] = User(
            kloutId=str(each.klout_id),
            nick=nick_of(each.person, known),
            score=v2_answers.PlainScore(score=each.score),
            scoreDeltas=ScoreDeltas(
                dayChange=moved.day or 0.0,
                weekChange=moved.week or 0.0,
                monthChange=moved.month or 0.0,
            ),
        )
    return users


def _influence(now: LatestDay, found: list[Tied]) -> Influence:
    above, below = found
    users = _users(now, [scored for scored, _ in (*above.people, *below.people)])

    def listed(tied: Tied) -> list[Listed]:
        payloads = [users[scored.person] for scored, _ in tied.people]
        return [Listed(entity=Entity(id=each.kloutId, payload=each)) for each in payloads]

    return Influence(
        myInfluencersCount=above.count,
        myInfluenceesCount=below.count,
        myInfluencers=listed(above),
        myInfluencees=listed(below),
    )


def _bucket(score: float) -> str:
    first = min(int(score) // _BUCKET * _BUCKET, _LAST)
    return f"{first}-{100 if first == _LAST else first + _BUCKET - 1}"
