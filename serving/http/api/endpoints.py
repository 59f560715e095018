"""All endpoints of `/v3`."""

from __future__ import annotations

from serving.explain.explanation import Explanation, Movement
from serving.explain.explanation import WhatIf as Supposed
from serving.http.api import (
    admin,
    answers,
    api_ties,
    explanations,
    questions,
    reads,
    topic_answers,
    topic_reads,
)
from serving.http.api.endpoint import Endpoint

PREFIX = "/v3"
PERSON = "/persons/{person}"
OWNER = "/networks/{network}/accounts/{account}/person"
_PEOPLE = {"people": ["ann", "bob"]}
_MORE = {"people": {"network": "twitter", "reaction": "retweet", "people": 10}}
_ACCOUNT = {"network": "twitter", "account": "ann_tweets"}

READS = [
    Endpoint("GET", PERSON, reads.person, answers.OnePerson),
    Endpoint("GET", OWNER, reads.owner, answers.OnePerson),
    Endpoint("GET", f"{PERSON}/history", reads.history, answers.History, questions.Period),
    Endpoint("GET", f"{PERSON}/parts", reads.parts, answers.Parts),
    Endpoint("GET", "/leaderboard", reads.leaderboard, answers.Leaderboard, questions.Places),
    Endpoint("GET", "/compare", reads.compare, answers.ComparedPeople, questions.Compared),
    Endpoint("GET", "/search", reads.search, answers.FoundPeople, questions.Prefix),
    Endpoint(
        "POST",
        "/persons",
        reads.bulk,
        answers.SeveralPeople,
        body=questions.People,
        example=_PEOPLE,
    ),
    Endpoint(
        "POST",
        "/leaderboard",
        reads.ranking,
        answers.Ranking,
        body=questions.People,
        example=_PEOPLE,
    ),
]
TOPICS = [
    Endpoint(
        "GET",
        f"{PERSON}/topics",
        topic_reads.person_topics,
        topic_answers.PersonTopics,
        questions.PersonTopicPage,
    ),
    Endpoint("GET", "/topics", topic_reads.topics, topic_answers.ListedTopics, questions.TopicPage),
    Endpoint(
        "GET", "/topics/{topic}", topic_reads.topic, topic_answers.OneTopic, questions.InLanguage
    ),
    Endpoint(
        "GET",
        "/topics/{topic}/experts",
        topic_reads.experts,
        topic_answers.Experts,
        questions.ExpertPage,
    ),
]
EXPLAINED = [
    Endpoint("GET", f"{PERSON}/signals", explanations.signals, answers.Signals, slow=True),
    Endpoint("GET", f"{PERSON}/influencers", api_ties.influencers, answers.Ties, slow=True),
    Endpoint("GET", f"{PERSON}/influencees", api_ties.influencees, answers.Ties, slow=True),
    Endpoint("GET", f"{PERSON}/explanation", explanations.explanation, Explanation, slow=True),
    Endpoint(
        "GET", f"{PERSON}/movement", explanations.movement, Movement, questions.Since, slow=True
    ),
    Endpoint(
        "POST",
        f"{PERSON}/what-if",
        explanations.supposed,
        Supposed,
        body=questions.Supposition,
        slow=True,
        example=_MORE,
    ),
    Endpoint("GET", f"{PERSON}/next", explanations.following, explanations.Ways, slow=True),
]
ADMIN = [
    Endpoint(
        "POST",
        f"{PERSON}/accounts",
        admin.connect,
        admin.Done,
        body=questions.Connection,
        scope="admin",
        slow=True,
        example=_ACCOUNT,
    ),
    Endpoint(
        "DELETE",
        f"{PERSON}/accounts/{{network}}/{{account}}",
        admin.disconnect,
        admin.Done,
        scope="admin",
        slow=True,
    ),
    Endpoint("POST", f"{PERSON}/opt-out", admin.opt_out, admin.Done, scope="admin", slow=True),
    Endpoint("POST", f"{PERSON}/opt-in", admin.opt_in, admin.Done, scope="admin", slow=True),
    *(
        Endpoint(
            "POST",
            f"{PERSON}/topics/{{topic}}/{word}",
            decide,
            admin.Done,
            scope="admin",
            slow=True,
        )
        for word, decide in (
            ("hide", admin.hide),
            ("dispute", admin.dispute),
            ("unhide", admin.unhide),
        )
    ),
    Endpoint("DELETE", PERSON, admin.forget, admin.Job, scope="admin", slow=True, status=202),
    Endpoint("GET", "/jobs/{job}", admin.job, admin.Job, scope="admin"),
]
ENDPOINTS = READS + TOPICS + EXPLAINED + ADMIN
