"""A stand-in for Bluesky's AppView: the views that its lexicons describe, of records given to it.

The AppView itself (`@atproto/bsky`) wants PostgreSQL, Redis and more of Bluesky's services. What
this answers is checked against the lexicons that come with the real PDS (`lexicons.mjs`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.bluesky.life import Life
from tests.support.bluesky.server import Pds
from tests.support.stand_in import Reply

LIKES, REPOSTS, POSTS = "app.bsky.feed.like", "app.bsky.feed.repost", "app.bsky.feed.post"
CID = "bafyreihykzsxg7zgcs3pcmlwpwm4ydfp33mfzvgxc3tuqczbb2spxy4yvy"
Record = dict[str, Any]


@dataclass
class AppView:
    """What it shows.

    Attributes
    ----------
    people
        DID to handle.
    records
        Address to record, and when it was indexed.
    labels
        DID to labels that somebody gave themselves.
    gone
        DIDs of people who are counted, but not listed.
    page
        How many it gives at once, at most.
    """

    people: dict[str, str] = field(default_factory=dict)
    records: dict[str, tuple[Record, str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    page: int = 100

    def answer(self, path: str, params: dict[str, str]) -> Reply:
        """Answer a request."""
        method = path.removeprefix("/xrpc/")
        views = {
            "app.bsky.actor.getProfile": self._profile,
            "app.bsky.feed.getAuthorFeed": self._feed,
            "app.bsky.feed.getLikes": self._likes,
            "app.bsky.feed.getRepostedBy": self._reposts,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.getQuotes": self._quotes,
        }
        if method not in views:
            return Reply(
                {"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 404
            )
        return views[method](params)

    def _profile(self, params: dict[str, str]) -> Reply:
        did = self._did(params["actor"])
        if did is None:
            return Reply({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        return Reply({**self._person(did), "followersCount": 3, "followsCount": 0, "postsCount": 1})

    def _feed(self, params: dict[str, str]) -> Reply:
        did = self._did(params["actor"])
        assert did is not None
        own = []
        for uri, (record, seen) in self.records.items():
            who, collection = _author(uri), _collection(uri)
            if who == did and collection == POSTS:
                own.append((_sort_at(record, seen), {"post": self._post(uri)}))
            subject = _subject(record) if collection == REPOSTS else ""
            if who == did and subject in self.records:
                reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": self._basic(did)}
                reason["indexedAt"] = _sort_at(record, seen)
                own.append((reason["indexedAt"], {"post": self._post(subject), "reason": reason}))
        own.sort(key=lambda each: each[0], reverse=True)
        return self._page([item for _, item in own], "feed", params, {})

    def _likes(self, params: dict[str, str]) -> Reply:
        likes = []
        for uri, record, seen in self._about(LIKES, params["uri"]):
            view = {"actor": self._view(_author(uri)), "createdAt": record["createdAt"]}
            likes.append({**view, "indexedAt": seen})
        return self._page(likes, "likes", params, {"uri": params["uri"]})

    def _reposts(self, params: dict[str, str]) -> Reply:
        people = [self._view(_author(uri)) for uri, *_ in self._about(REPOSTS, params["uri"])]
        return self._page(people, "repostedBy", params, {"uri": params["uri"]})

    def _quotes(self, params: dict[str, str]) -> Reply:
        uris = [uri for uri in self._there() if _quoted(self.records[uri][0]) == params["uri"]]
        posts = [self._post(uri) for uri in uris]
        return self._page(posts, "posts", params, {"uri": params["uri"]})

    def _thread(self, params: dict[str, str]) -> Reply:
        uri = params["uri"]
        replies: list[Any] = [
            {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._post(each), "replies": []}
            for each in self._there()
            if _parent(self.records[each][0]) == uri
        ]
        lost = {"uri": f"{uri}x", "notFound": True}
        replies.append({"$type": "app.bsky.feed.defs#notFoundPost", **lost})
        thread = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._post(uri)}
        return Reply({"thread": {**thread, "replies": replies}})

    def _page(
        self, items: list[Any], name: str, params: dict[str, str], more: dict[str, Any]
    ) -> Reply:
        size, start = min(self.page, int(params["limit"])), int(params.get("cursor", 0))
        assert int(params["limit"]) <= 100
        rest = {"cursor": str(start + size)} if start + size < len(items) else {}
        return Reply({**more, name: items[start : start + size], **rest})

    def _about(self, collection: str, uri: str) -> list[tuple[str, Record, str]]:
        """List records of a post, one of each account."""
        found = {}
        for each in self._there(collection):
            record, seen = self.records[each]
            if _subject(record) == uri:
                found.setdefault(_author(each), (each, record, seen))
        return list(found.values())

    def _there(self, collection: str = POSTS) -> list[str]:
        every = (uri for uri in self.records if _collection(uri) == collection)
        return [uri for uri in every if _author(uri) not in self.gone]

    def _post(self, uri: str) -> dict[str, Any]:
        record, seen = self.records[uri]
        every = [(each, value) for each, (value, _) in self.records.items()]
        about = {
            kind: {_author(e) for e, r in every if _collection(e) == kind and _subject(r) == uri}
            for kind in (LIKES, REPOSTS)
        }
        return {
            "uri": uri,
            "cid": CID,
            "author": self._basic(_author(uri)),
            "record": record,
            "indexedAt": seen,
            "likeCount": len(about[LIKES]),
            "repostCount": len(about[REPOSTS]),
            "replyCount": sum(_parent(value) == uri for _, value in every),
            "quoteCount": sum(_quoted(value) == uri for _, value in every),
        }

    def _basic(self, did: str) -> dict[str, Any]:
        return {"did": did, "handle": self.people[did]}

    def _view(self, did: str) -> dict[str, Any]:
        return {**self._basic(did), "displayName": self.people[did].partition(".")[0]}

    def _person(self, did: str) -> dict[str, Any]:
        label = {"src": did, "uri": f"at://{did}", "cts": "2026-01-01T00:00:00.000Z"}
        labels = [{**label, "val": self.labels[did]}] if did in self.labels else []
        return {**self._view(did), "labels": labels}

    def _did(self, actor: str) -> str | None:
        by_handle = {handle: did for did, handle in self.people.items()}
        found = actor if actor in self.people else by_handle.get(actor)
        return None if found in self.gone else found


def _author(uri: str) -> str:
    return uri.split("/")[2]


def _collection(uri: str) -> str:
    return uri.split("/")[3]


def _sort_at(record: Record, seen: str) -> str:
    return min(str(record["createdAt"]), seen)


def _subject(record: Record) -> str:
    subject = record.get("subject")
    return str(subject.get("uri")) if isinstance(subject, dict) else ""


def _parent(record: Record) -> str:
    return str(record.get("reply", {}).get("parent", {}).get("uri", ""))


def _quoted(record: Record) -> str:
    embed = record.get("embed", {})
    found = embed.get("record", {})
    return str(found.get("uri") or found.get("record", {}).get("uri", ""))


def of_server(pds: Pds, life: Life) -> AppView:
    """Show what people on a real server say there: all of their records, as it lists them."""
    made = AppView({each.did: each.handle for each in life.accounts.values()})
    made.gone = {each.did for each in life.accounts.values() if not each.is_there}
    for did in made.people.keys() - made.gone:
        for collection in (POSTS, LIKES, REPOSTS):
            params = {"repo": did, "collection": collection, "limit": 100}
            answer = pds.get("com.atproto.repo.listRecords", **params).json()
            for each in answer["records"]:
                if (seen := _seen(each["value"])) is not None:
                    made.records[each["uri"]] = each["value"], seen
    return made


def _seen(record: Record) -> str | None:
    """Say when a record was indexed; None: it never is, being of no form."""
    is_time = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", str(record.get("createdAt")))
    is_formed = isinstance(record.get("subject", {}), dict) and isinstance(
        record.get("text", ""), str
    )
    return "2026-01-07T00:00:00.000Z" if is_time and is_formed else None
