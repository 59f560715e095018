"""A life that people lead on a real server, and what of it stands: the truth for readers.

The tally is of what was asked of the server, never of what it sends: each verb of `Life` calls the
server and notes what a person would say happened. A reader that folds the server's frames, lines or
repositories must come to the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.support.bluesky.server import Pds

POST, LIKE, REPOST, FOLLOW = (
    "app.bsky.feed.post",
    "app.bsky.feed.like",
    "app.bsky.feed.repost",
    "app.bsky.graph.follow",
)
PASSWORD = "of the tests"
AT = "2026-01-05T12:00:00.000Z"
FEED = "app.bsky.feed.generator"

Fact = tuple[str, str, str, str]
"""Reaction, actor, target and what it is told by: the post that was liked or reposted, the post
that replies, quotes or mentions, nothing for a follow. Accounts are DIDs."""


@dataclass
class Account:
    did: str
    handle: str
    token: str
    is_there: bool = True


@dataclass
class Life:
    """People, what they did, and what of it still stands.

    Attributes
    ----------
    server
        Where they live.
    accounts
        By name.
    records
        Address of each record that there is now, and the facts that it states.
    posts
        Address of each post there ever was, and its author's DID.
    """

    server: Pds
    accounts: dict[str, Account] = field(default_factory=dict)
    records: dict[str, list[Fact]] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)

    def join(self, *names: str) -> None:
        for name in names:
            body = {"handle": f"{name}.test", "email": f"{name}@example.com", "password": PASSWORD}
            made = self.server.call("com.atproto.server.createAccount", body)
            self.accounts[name] = Account(made["did"], made["handle"], made["accessJwt"])

    def did(self, name: str) -> str:
        return self.accounts[name].did

    # What people say.

    def post(
        self,
        name: str,
        text: str = "hello",
        *,
        answers: str = "",
        quotes: str = "",
        with_media: bool = False,
        mentions: tuple[str, ...] = (),
        at: str = AT,
    ) -> str:
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": at}
        if answers:
            parent, root = self.ref(answers), self.ref(self._root_of(answers))
            record["reply"] = {"root": root, "parent": parent}
        if quotes:
            record["embed"] = _embed(self.ref(quotes), with_media=with_media)
        if mentions:
            record["facets"] = [_mention(self.did(who)) for who in mentions]
        uri = self._create(name, POST, record)
        self.posts[uri] = self.did(name)
        if answers:
            self._roots[uri] = self._root_of(answers)
        me = self.did(name)
        told = [("reply", self.posts[answers])] if answers else []
        told += [("quote", self.posts[quotes])] if quotes else []
        told += [("mention", self.did(who)) for who in dict.fromkeys(mentions)]
        self.records[uri] = [(reaction, me, target, uri) for reaction, target in told]
        return uri

    def like(self, name: str, post: str, *, at: str = AT) -> str:
        """Like as apps do: of an older like of the same post the server makes this one."""
        return self._react(name, LIKE, "like", post, at)

    def repost(self, name: str, post: str, *, at: str = AT) -> str:
        return self._react(name, REPOST, "repost", post, at)

    def follow(self, name: str, other: str) -> str:
        record = {"$type": FOLLOW, "subject": self.did(other), "createdAt": AT}
        uri = self._create(name, FOLLOW, record)
        self.records[uri] = [("follow", self.did(name), self.did(other), "")]
        return uri

    def undo(self, uri: str) -> None:
        """Take back a like, repost or follow, or delete a post."""
        did, collection, rkey = _parts(uri)
        body = {"repo": did, "collection": collection, "rkey": rkey}
        self.server.call("com.atproto.repo.deleteRecord", body, self._token_of(did))
        del self.records[uri]

    def turn(self, like: str, post: str) -> None:
        """Have a like be of another post, in place."""
        did, collection, rkey = _parts(like)
        record = {"$type": LIKE, "subject": self.ref(post), "createdAt": AT}
        body = {"repo": did, "collection": collection, "rkey": rkey, "record": record}
        self.server.call("com.atproto.repo.putRecord", body, self._token_of(did))
        self.records[like] = [("like", did, self.posts[post], post)]

    def write(self, name: str, *writes: tuple[str, str, str, dict[str, Any] | None]) -> None:
        """Write several records at once: ``create``, ``update`` or ``delete``, collection, key."""
        forms = [
            {
                "$type": f"com.atproto.repo.applyWrites#{verb}",
                "collection": collection,
                "rkey": rkey,
            }
            | ({} if value is None else {"value": {"$type": collection, **value}})
            for verb, collection, rkey, value in writes
        ]
        body = {"repo": self.did(name), "writes": forms}
        self.server.call("com.atproto.repo.applyWrites", body, self.accounts[name].token)
        for verb, collection, rkey, value in writes:
            uri = f"at://{self.did(name)}/{collection}/{rkey}"
            if verb == "delete":
                del self.records[uri]
            elif collection == LIKE and value:
                post = value["subject"]["uri"]
                self.records[uri] = [("like", self.did(name), self.posts[post], post)]

    def odd(self, name: str, collection: str, record: dict[str, Any]) -> str:
        """Write what no app writes, and nobody counts."""
        uri = self._create(name, collection, {"$type": collection, **record}, validate=False)
        self.records[uri] = []
        return uri

    # What becomes of accounts.

    def leave(self, name: str) -> None:
        self.server.call("com.atproto.server.deactivateAccount", {}, self.accounts[name].token)
        self.accounts[name].is_there = False

    def come_back(self, name: str) -> None:
        self.server.call("com.atproto.server.activateAccount", None, self.accounts[name].token)
        self.accounts[name].is_there = True

    def take_down(self, name: str, *, applied: bool = True) -> None:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": self.did(name)}
        body = {"subject": subject, "takedown": {"applied": applied, "ref": "1"}}
        self.server.administer("com.atproto.admin.updateSubjectStatus", body)
        self.accounts[name].is_there = not applied

    def delete(self, name: str) -> None:
        did = self.did(name)
        self.server.administer("com.atproto.admin.deleteAccount", {"did": did})
        self.accounts[name].is_there = False
        for uri in [uri for uri in self.records if _parts(uri)[0] == did]:
            del self.records[uri]

    def rename(self, name: str, handle: str) -> None:
        body = {"handle": handle}
        self.server.call("com.atproto.identity.updateHandle", body, self.accounts[name].token)
        self.accounts[name].handle = handle

    # What stands.

    def facts(self) -> set[Fact]:
        """Give what stands of those who are there; what one does to oneself is none of it."""
        there = {account.did for account in self.accounts.values() if account.is_there}
        every = {fact for facts in self.records.values() for fact in facts}
        return {fact for fact in every if fact[1] in there and fact[1] != fact[2]}

    def counts(self) -> Counter[tuple[str, str]]:
        """Count what stands by reaction and target."""
        return Counter((reaction, target) for reaction, _, target, _ in self.facts())

    def ref(self, post: str) -> dict[str, str]:
        return {"uri": post, "cid": self._cids[post]}

    _cids: dict[str, str] = field(default_factory=dict)
    _roots: dict[str, str] = field(default_factory=dict)

    def _create(self, name: str, collection: str, record: dict[str, Any], **more: object) -> str:
        body = {"repo": self.did(name), "collection": collection, "record": record, **more}
        token = self.accounts[name].token
        made = self.server.call("com.atproto.repo.createRecord", body, token)
        self._cids[made["uri"]] = made["cid"]
        return str(made["uri"])

    def _react(self, name: str, collection: str, reaction: str, post: str, at: str) -> str:
        record = {"$type": collection, "subject": self.ref(post), "createdAt": at}
        fact = (reaction, self.did(name), self.posts[post], post)
        older = [uri for uri, facts in self.records.items() if facts == [fact]]
        uri = self._create(name, collection, record)
        for replaced in older:
            del self.records[replaced]
        self.records[uri] = [fact]
        return uri

    def _root_of(self, post: str) -> str:
        return self._roots.get(post, post)

    def _token_of(self, did: str) -> str:
        return next(each.token for each in self.accounts.values() if each.did == did)


def _embed(ref: dict[str, str], *, with_media: bool) -> dict[str, Any]:
    plain = {"$type": "app.bsky.embed.record", "record": ref}
    if not with_media:
        return plain
    external = {"uri": "https://example.com", "title": "a page", "description": ""}
    media = {"$type": "app.bsky.embed.external", "external": external}
    return {"$type": "app.bsky.embed.recordWithMedia", "record": plain, "media": media}


def _mention(did: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
    return {"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}


def _write(verb: str, collection: str, rkey: str, value: dict[str, Any] | None) -> dict[str, Any]:
    form: dict[str, Any] = {"$type": f"com.atproto.repo.applyWrites#{verb}"}
    form |= {"collection": collection, "rkey": rkey}
    return form if value is None else form | {"value": {"$type": collection, **value}}


def _parts(uri: str) -> tuple[str, str, str]:
    did, collection, rkey = uri.removeprefix("at://").split("/")
    return did, collection, rkey


def lead(life: Life) -> None:
    """Lead the life that the protocol's traps are in; every one of them was seen on the server."""
    life.join("ann", "bob", "cat", "dan", "eve", "hal", "ida", "jon", "kim", "leo")
    _speak(life)
    _think_again(life)
    _twice(life)
    _oddly(life)
    _come_and_go(life)


def _speak(life: Life) -> None:
    first = life.post("ann", "first")
    for name in ("bob", "cat", "dan", "hal", "ida", "jon", "kim"):
        life.like(name, first)
    for name in ("bob", "hal", "jon"):
        life.repost(name, first)
    life.follow("bob", "ann")
    life.follow("hal", "ann")
    life.follow("ann", "bob")
    answer = life.post("bob", "an answer", answers=first)
    life.post("cat", "to the answer", answers=answer)
    life.post("dan", "look", quotes=first)
    life.post("eve", "look, a page", quotes=first, with_media=True)
    life.post("eve", "to two", mentions=("ann", "bob", "ann"))
    life.post("leo", "all at once", answers=answer, quotes=first, mentions=("ann", "cat"))
    life.post("hal", "of one who goes", answers=first, mentions=("bob",))
    life.like("ann", first)
    life.post("ann", "to myself", answers=first)


def _think_again(life: Life) -> None:
    post = life.post("cat", "cat's")
    other = life.post("dan", "dan's")
    for name in ("ann", "bob", "eve"):
        life.undo(life.like(name, post))
    life.undo(life.repost("ann", post))
    life.repost("eve", post)
    life.undo(life.follow("cat", "ann"))
    life.turn(life.like("leo", post), other)
    life.undo(life.like("eve", other))
    life.like("eve", other)
    for uri in (life.post("bob", "sorry", answers=post), life.post("eve", "sorry", quotes=other)):
        life.undo(uri)
    life.like("bob", gone := life.post("eve", "soon gone"))
    life.undo(gone)


def _twice(life: Life) -> None:
    post = life.post("eve", "eve's")
    other = life.post("leo", "leo's")
    life.like("ann", post)
    life.like("ann", post)
    subject = {"subject": life.ref(post), "createdAt": AT}
    later = {**subject, "createdAt": "2026-01-06T12:00:00Z"}
    another = {"subject": life.ref(life.post("cat", "another")), "createdAt": AT}
    elsewhere = {"subject": life.ref(other), "createdAt": AT}
    life.write("bob", ("create", LIKE, "3aaaaaaaaaa2a", subject))
    life.write("bob", ("create", LIKE, "3aaaaaaaaaa2b", subject))
    life.write("bob", ("delete", LIKE, "3aaaaaaaaaa2a", None))
    for key in ("3aaaaaaaaaa2g", "3aaaaaaaaaa2h"):
        life.write("dan", ("create", LIKE, key, elsewhere))
    life.write("cat", ("create", LIKE, "3aaaaaaaaaa2a", subject))
    life.write("cat", ("create", LIKE, "3aaaaaaaaaa2b", later))
    life.write("cat", ("delete", LIKE, "3aaaaaaaaaa2a", None))
    life.write("cat", ("delete", LIKE, "3aaaaaaaaaa2b", None))
    life.write("dan", ("create", LIKE, "3aaaaaaaaaa2c", subject))
    life.write("dan", ("delete", LIKE, "3aaaaaaaaaa2c", None))
    life.write("dan", ("create", LIKE, "3aaaaaaaaaa2c", another))
    life.write(
        "kim",
        ("create", LIKE, "3aaaaaaaaaa2d", subject),
        ("update", LIKE, "3aaaaaaaaaa2d", elsewhere),
    )
    life.write(
        "leo",
        ("create", LIKE, "3aaaaaaaaaa2e", subject),
        ("delete", LIKE, "3aaaaaaaaaa2e", None),
        ("create", LIKE, "3aaaaaaaaaa2f", subject),
    )


def _oddly(life: Life) -> None:
    post = life.post("dan", "one that has a \0 in it")
    life.like("ann", post, at="2021-02-30T12:00:00Z")
    life.like("bob", post, at="2021-01-01T12:00:00Z")
    life.like("cat", post, at="2030-01-01T00:00:00Z")
    life.like("eve", post, at="2026-01-05T12:00:00.123456789012345+14:00")
    subject = life.ref(post)
    life.odd("leo", LIKE, {"subject": subject, "createdAt": "the day before yesterday"})
    life.odd("leo", LIKE, {"subject": 7, "createdAt": AT})
    life.odd("leo", POST, {"text": 5, "createdAt": AT})
    feed = f"at://{life.did('ann')}/{FEED}/hot"
    life.odd("leo", LIKE, {"subject": {**subject, "uri": feed}, "createdAt": AT})
    life.odd("leo", "com.example.thing", {"subject": subject, "createdAt": AT})


def _come_and_go(life: Life) -> None:
    post = life.post("kim", "kim's")
    life.like("ida", post)
    life.like("jon", post)
    life.leave("kim")
    life.come_back("kim")
    life.rename("leo", "leonora.test")
    life.leave("ida")
    life.take_down("jon")
    life.take_down("bob")
    life.take_down("bob", applied=False)
    life.delete("hal")
    life.like("leo", post)
    life.like("ann", post)
