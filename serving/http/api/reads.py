"""The reads. Each opens one snapshot, so that no answer mixes two days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from operator import attrgetter

from features.catalogue.network import Network
from serving.http.api import answers, questions
from serving.http.api.answer_parts import LatestDay, open_latest_day
from serving.http.api.context import Context
from serving.http.api.refusals import Refused, nobody
from serving.http.score.refusal import nearest
from serving.store.published_rows import Ranked

SHOWN_DAYS = 90


def person(context: Context, person: str) -> answers.OnePerson:
    """Read a person's score."""
    with open_latest_day(context) as now:
        return _one(now, person)


def owner(context: Context, network: str, account: str) -> answers.OnePerson:
    """Read the score of the person that has an account."""
    with open_latest_day(context) as now:
        found = now.snapshot.owner(network, account)
        if found is None:
            raise nobody("account")
        return answers.OnePerson(**now.head, **now.fields([found])[0])


def history(context: Context, person: str, query: questions.Period) -> answers.History:
    """Read a person's scores of a period."""
    with open_latest_day(context) as now:
        now.scored(person)
        until = query.until or now.day.as_of
        since = query.since or max(until, until.min + timedelta(SHOWN_DAYS)) - timedelta(SHOWN_DAYS)
        if since > until:
            raise Refused(HTTPStatus.BAD_REQUEST, f"{since} is after until, {until}", "since")
        points = now.snapshot.history(person, since, until)
        return answers.History(
            **now.head,
            person=person,
            since=since,
            until=until,
            points=[answers.HistoryPoint(as_of=p.as_of, score=p.score) for p in points],
            model_switches=[
                answers.ModelSwitch(as_of=day.as_of, model=day.model)
                for day in now.snapshot.model_switches
                if since <= day.as_of <= until
            ],
        )


def parts(context: Context, person: str) -> answers.Parts:
    """Read what each network adds, and which accounts the person has."""
    with open_latest_day(context) as now:
        found = now.scored(person)
        accounts = now.snapshot.accounts(person)
        return answers.Parts(
            **now.head,
            person=person,
            influence=found.influence,
            parts=dict(found.parts),
            accounts=[answers.Account(network=n, account=a) for n, a in accounts],
        )


def leaderboard(context: Context, query: questions.Places) -> answers.Leaderboard:
    """Read a page of a leaderboard."""
    with open_latest_day(context) as now:
        found = now.snapshot.leaderboard(query.network, query.after, query.limit)
        if query.network is not None and not found:
            _known(context.networks(now.day.as_of), query.network)
        return answers.Leaderboard(
            **now.head,
            network=query.network,
            places=_places(now, found),
            next=found[-1].place if len(found) == query.limit else None,
        )


def ranking(context: Context, body: questions.People) -> answers.Ranking:
    """Put people in order of their scores."""
    with open_latest_day(context) as now:
        found = now.snapshot.ranking(body.people)
        missing = _missing(body.people, [each.scored.person for each in found])
        return answers.Ranking(**now.head, places=_places(now, found), missing=missing)


def compare(context: Context, query: questions.Compared) -> answers.ComparedPeople:
    """Read several people beside each other."""
    with open_latest_day(context) as now:
        found = [now.scored(each, f"person[{n}]") for n, each in enumerate(query.person)]
        both = zip(now.fields(found), found, strict=True)
        people = [answers.WithParts(**fields, parts=dict(each.parts)) for fields, each in both]
        return answers.ComparedPeople(**now.head, people=people)


def bulk(context: Context, body: questions.People) -> answers.SeveralPeople:
    """Read many people's scores; each person once."""
    with open_latest_day(context) as now:
        there = now.snapshot.people(body.people)
        found = [there[each] for each in dict.fromkeys(body.people) if each in there]
        missing = _missing(body.people, there)
        return answers.SeveralPeople(**now.head, people=now.people(found), missing=missing)


def search(context: Context, query: questions.Prefix) -> answers.FoundPeople:
    """Find people by the beginning of an id, an account, or a word of the name."""
    with open_latest_day(context) as now:
        found = now.snapshot.search(query.q, query.limit)
        return answers.FoundPeople(**now.head, people=now.people(found))


def _one(now: LatestDay, person: str) -> answers.OnePerson:
    return answers.OnePerson(**now.head, **now.fields([now.scored(person)])[0])


def _places(now: LatestDay, ranked: list[Ranked]) -> list[answers.Place]:
    fields = now.fields(list(map(attrgetter("scored"), ranked)))
    both = zip(fields, ranked, strict=True)
    return [answers.Place(**each, place=where.place) for each, where in both]


def _missing(asked: list[str], found: Iterable[str]) -> list[str]:
    there = set(found)
    return [each for each in dict.fromkeys(asked) if each not in there]


def _known(networks: Iterable[Network], network: str) -> None:
    """Refuse a network that is none, rather than show an empty board."""
    names = [each.name for each in networks]
    if network not in names:
        close = nearest(network, names) or names
        raise Refused(
            HTTPStatus.BAD_REQUEST, f"no network {network[:80]!r}; there is {close}", "network"
        )
