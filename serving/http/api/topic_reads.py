"""The reads of topics. Each opens one snapshot, as the others do."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from serving.http.api import questions
from serving.http.api.answer_parts import LatestDay, open_latest_day
from serving.http.api.context import Context
from serving.http.api.refusals import Refused
from serving.http.api.topic_answers import (
    Expert,
    Expertise,
    Experts,
    ListedTopics,
    NamedTopic,
    OneTopic,
    PersonTopic,
    PersonTopics,
    PlacedTopic,
)
from serving.store.topic_rows import PersonTopic as StoredExpertise
from serving.store.topic_rows import StoredTopic


def person_topics(context: Context, person: str, query: questions.PersonTopicPage) -> PersonTopics:
    """Read what a person is influential about, the strongest first."""
    with open_latest_day(context) as now:
        now.scored(person)
        found = now.snapshot.topics.of(person, query.after, query.limit)
        rows = [
            PersonTopic(**_named(each.of, query.language), **_expertise(each)) for each in found
        ]
        ends = query.after + len(found) if len(found) == query.limit else None
        return PersonTopics(**now.head, person=person, topics=rows, next=ends)


def topics(context: Context, query: questions.TopicPage) -> ListedTopics:
    """List topics, or find those a name of which begins so."""
    with open_latest_day(context) as now:
        topics = now.snapshot.topics
        found = (
            topics.all(query.after, query.limit)
            if query.q is None
            else topics.search(query.q, query.after, query.limit)
        )
        rows = [PlacedTopic(**_named(each, query.language), place=each.place) for each in found]
        return ListedTopics(**now.head, topics=rows, next=_last(found, query.limit))


def topic(context: Context, topic: str, query: questions.InLanguage) -> OneTopic:
    """Read a topic, and which are right above and below it."""
    with open_latest_day(context) as now:
        found, language = _found(now, topic), query.language
        above, below = now.snapshot.topics.above(found), now.snapshot.topics.below(found)
        return OneTopic(
            **now.head,
            **_named(found, language),
            parents=[NamedTopic(**_named(each, language)) for each in above],
            children=[NamedTopic(**_named(each, language)) for each in below],
        )


def experts(context: Context, topic: str, query: questions.ExpertPage) -> Experts:
    """Read who is influential about a topic, best first."""
    with open_latest_day(context) as now:
        known = _found(now, topic)
        found = now.snapshot.topics.experts(known, query.after, query.limit)
        people = now.fields([each.scored for each in found])
        places = [
            Expert(**fields, place=each.place, expertise=Expertise(**_expertise(each.about)))
            for fields, each in zip(people, found, strict=True)
        ]
        named = _named(known, query.language)
        return Experts(**now.head, **named, places=places, next=_last(found, query.limit))


def _found(now: LatestDay, topic: str) -> StoredTopic:
    found = now.snapshot.topics.find(topic)
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no topic with experts is known by this name", "topic")
    return found


def _named(topic: StoredTopic, language: str) -> dict[str, Any]:
    return {
        "topic": topic.topic,
        "id": topic.number,
        "name": topic.called(language),
        "experts": topic.experts,
    }


def _expertise(about: StoredExpertise) -> dict[str, Any]:
    return {name: getattr(about, name) for name in Expertise.model_fields}


def _last(found: Sequence[Any], limit: int) -> int | None:
    return found[-1].place if len(found) == limit else None
