"""Requests that work as they stand, for the Swagger page, the documentation and the tests."""

from __future__ import annotations

from typing import Any

SCORE: dict[str, Any] = {
    "person": "ann",
    "signals": {
        "twitter.connected": 1,
        "twitter.followers": 1200,
        "twitter.followers.plausible": 1200,
        "twitter.tweets": 35,
        "twitter.any.reactors.30d": 17,
        "twitter.any.reactors.90d": 41,
        "twitter.retweet.reactors.30d": 9,
        "twitter.retweet.reactors.90d": 17,
    },
}

ROWS: dict[str, Any] = {
    "person": "ann",
    "as_of": "2014-10-01",
    "interactions": [
        {
            "network": "twitter",
            "reaction": "retweet",
            "actor": "bob",
            "target": "ann_tweets",
            "content": "tweet-1",
            "at": "2014-09-30T12:00:00Z",
        }
    ],
    "contents": [
        {
            "network": "twitter",
            "author": "ann_tweets",
            "content": "tweet-1",
            "kind": "tweet",
            "at": "2014-09-30T09:00:00Z",
        }
    ],
    "counters": [
        {
            "network": "twitter",
            "account": "ann_tweets",
            "counter": "followers",
            "value": 1200,
            "at": "2014-09-01T00:00:00Z",
        }
    ],
}

BATCH: dict[str, Any] = {
    "people": [SCORE, {"person": "bob", "signals": {"instagram.followers.plausible": 300}}]
}
