"""What each table of the lake holds: columns with their meanings, partitions and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

TIME = pl.Datetime("us", "UTC")
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""What authenticity may be. Few, so that it changes rarely; quarters, so that sums are whole."""


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes
    ----------
    dtype
        Its type in the lake.
    meaning
        A sentence without its end, with the unit where there is one.
    example
        A value as CSV holds it; "" is null.
    optional
        Whether an input may leave it out; it is null then.
    """

    dtype: pl.DataType
    meaning: str
    example: str
    optional: bool = False


def _text(meaning: str, example: str, *, optional: bool = False) -> Column:
    return Column(pl.String(), meaning, example, optional)


def _number(meaning: str, example: str) -> Column:
    return Column(pl.Float64(), meaning, example)


def _time(meaning: str, example: str, *, optional: bool = False) -> Column:
    return Column(TIME, meaning, example, optional)


KEYS = "keys"
"""The table that says nothing of its own: an index to others, made from them."""


@dataclass(frozen=True)
class Table:
    """A table's columns, and how its files are laid out.

    Attributes
    ----------
    name
        The table's folder in the lake.
    fields
        Name to column, in order.
    about
        What a row is, in a sentence.
    time
        The column whose day is the partition ``day``, if any.
    by_network
        Whether ``network`` is a partition.
    key
        The columns in which two rows are alike if they are the same fact; the later one is a
        repeat. Rows with a null in the last of them are never the same.
    accounts, persons
        The columns that name an account (of the row's ``network``) or a person, in any role.
    """

    name: str
    fields: Mapping[str, Column]
    about: str = ""
    time: str | None = None
    by_network: bool = False
    key: tuple[str, ...] | None = None
    accounts: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> Mapping[str, pl.DataType]:
        """Name to dtype, in order."""
        return {name: column.dtype for name, column in self.fields.items()}

    @cached_property
    def optional(self) -> frozenset[str]:
        """Columns an input may leave out; they are null then."""
        return frozenset(name for name, column in self.fields.items() if column.optional)

    @property
    def partitions(self) -> list[str]:
        """Names of the partition columns, outermost first."""
        return ["network"] * self.by_network + ["day"] * (self.time is not None)


def _truth(meaning: str, example: str, *, optional: bool = False) -> Column:
    return Column(pl.Boolean(), meaning, example, optional)


_ON = _text("the network, as declared", "twitter")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "interactions",
            {
                "network": _ON,
                "reaction": _text("its kind, as the network declares it", "retweet"),
                "actor": _text("the account that reacted", "cat"),
                "target": _text("the account that it reacted to", "ann"),
                "content": _text("what it reacted to, if one content", "1001", optional=True),
                "at": _time("when", "2024-05-01T10:00:00Z"),
                "id": _text("what the network calls the interaction", "77", optional=True),
            },
            "One account reacted to another.",
            time="at",
            by_network=True,
            # One post replies to one person and mentions two: three interactions share its id.
            key=("network", "reaction", "actor", "target", "id"),
            accounts=("actor", "target"),
        ),
        Table(
            "contents",
            {
                "network": _ON,
                "author": _text("the account that published it", "ann"),
                "content": _text("its id, as interactions name it", "1001"),
                "kind": _text("its kind, as the network declares it", "tweet"),
                "at": _time("when it was published", "2024-05-01T09:00:00Z"),
            },
            "An account published something.",
            time="at",
            by_network=True,
            key=("network", "author", "content"),
            accounts=("author",),
        ),
        Table(
            "retractions",
            {
                "network": _ON,
                "id": _text("of the interaction, or of the content", "77", optional=True),
                "actor": _text("the account that took it back", "cat", optional=True),
                "at": _time("from when on", "2024-05-02T08:00:00Z"),
                "restored": _truth("true: from then on it counts again", "false", optional=True),
            },
            """Something is undone: an interaction, a content, or all that an account ever did.

With an `id`, every interaction and content of the network that has it is meant; with an `actor` as
well, those of them that the account made; with an `actor` and no `id`, everything that the account
ever did or will do. What it received, and reactions to a content that was withdrawn, stay. From
`at` on that counts for nothing, until a later row of the same with `restored` (at one instant, what
undoes holds): a score of a day before stays as it was. It makes no difference which of the two
comes first into the lake. What has no id can be undone with its account only; where interactions
and contents of a network may share ids, name the actor.""",
            time="at",
            by_network=True,
            accounts=("actor",),
        ),
        Table(
            "counters",
            {
                "network": _ON,
                "account": _text("whose it is", "ann"),
                "counter": _text("its name, as the network declares it", "followers"),
                "value": _number("how many, 0 or more, in the counter's unit", "1250"),
                "at": _time("when it was so; the latest counts", "2024-05-01T00:00:00Z"),
            },
            "A long-lasting number of an account, as it was at a time.",
            time="at",
            by_network=True,
            accounts=("account",),
        ),
        Table(
            "tallies",
            {
                "network": _ON,
                "account": _text("whose it is", "ann"),
                "content": _text("what was reacted to, if one content", "1001", optional=True),
                "reaction": _text("the kind, as the network declares it", "like"),
                "value": _number("how many so far, 0 or more", "17"),
                "at": _time("when there were so many", "2024-05-02T00:00:00Z"),
            },
            """So many reactions so far, without names: of a content, or of all that an account has.

What a tally grew by from one time to the next was received in between, evenly; a first tally was
received on its day, so say 0 when a content is published, if that is known. Reactions that are
named among the interactions may be in it too: they are not counted twice. That a network tallies a
reaction is declared (`[tallies]`), or by the first such file that is read.""",
            time="at",
            by_network=True,
            accounts=("account",),
        ),
        Table(
            "topics",
            {
                "network": _ON,
                "content": _text("its id, as interactions name it", "1001"),
                "topic": _text("what it is about: a tag, as it was given", "road-bikes"),
                "author": _text("the account that published it, if known", "ann", optional=True),
            },
            """A content is about something.

It makes no difference whether that is said before or after the content, or reactions to it, come.
Topics never change a score: they say what somebody is influential about. The author is named for
the day on which it wants to be forgotten.""",
            by_network=True,
            key=("network", "content", "topic"),
            accounts=("author",),
        ),
        Table(
            "links",
            {
                "network": _text("a network whose pages link to each other", "wikipedia"),
                "source": _text("the page that holds the link; a page is an account", "Jazz"),
                "target": _text("the page that it leads to", "Ann_Example"),
            },
            "A page links to another.",
            by_network=True,
            accounts=("source", "target"),
        ),
        Table(
            "identities",
            {
                "person": _text("the person's id", "ann"),
                "network": _ON,
                "account": _text("an account of the person's", "ann_tweets"),
                "kind": _text("personal or page", "personal"),
                "connected_at": _time("since when the person has it", "2024-01-01T00:00:00Z"),
                "disconnected_at": _time("until when", "", optional=True),
            },
            "An account belongs to a person.",
            accounts=("account",),
            persons=("person",),
        ),
        Table(
            "profile_links",
            {
                "network": _ON,
                "account": _text("the account whose profile has the link", "ann_tweets"),
                "url": _text("where it leads: a site, or another profile", "https://ann.example"),
                "verified": _truth(
                    "true: the network found that it links back", "false", optional=True
                ),
                "at": _time("when it was seen", "2024-05-01T00:00:00Z"),
            },
            """What an account says of itself: a link from its profile, by which `klout identities
propose` finds accounts that may be of one person.""",
            accounts=("account",),
        ),
        Table(
            "profiles",
            {
                "network": _ON,
                "account": _text("whose profile it is", "ann_tweets"),
                "name": _text("what it calls itself", "Ann Example"),
                "url": _text("its site", "https://ann.example", optional=True),
                "about": _text(
                    "what it says of itself, in a line", "Birds and bikes", optional=True
                ),
                "at": _time("when it was so; the latest counts", "2024-05-01T00:00:00Z"),
            },
            "What an account calls itself. For showing alone: nothing is scored by it.",
            accounts=("account",),
        ),
        Table(
            "judgements",
            {
                "a": _text("a person", "ann"),
                "b": _text("another", "twitter:bob"),
                "preference": _number("from 0 to 1; 1: a is the more influential", "0.75"),
                "judged_at": _time("when", "2024-05-01T10:00:00Z"),
                "judge": _text("who judged", "judge_1"),
            },
            "Somebody compared two persons.",
            persons=("a", "b", "judge"),
        ),
        Table(
            "scores",
            {
                "person": _text("the person's id", "ann"),
                "score": _number("from 1 to 100", "47.3"),
                "as_of": _time("the time before which all counts", "2024-05-01T00:00:00Z"),
            },
            "What was published: the score of a person on a day.",
            time="as_of",
            persons=("person",),
        ),
        Table(
            "authenticity",
            {
                "network": _ON,
                "account": _text("the account", "cat"),
                "authenticity": _number("0, 0.25, 0.5, 0.75 or 1", "0.25"),
                "as_of": _time("the time before which all counts", "2024-05-01T00:00:00Z"),
                "reasons": _text("why, if it is below 1", "acts with others", optional=True),
            },
            "How far an account is believed to be a real person acting for itself, on a day.",
            time="as_of",
            by_network=True,
            accounts=("account",),
        ),
        Table(
            "overrides",
            {
                "network": _ON,
                "account": _text("the account", "cat"),
                "authenticity": _number("0, 0.25, 0.5, 0.75 or 1", "1"),
                "why": _text("the reason", "known to us"),
                "decided_at": _time("when", "2024-05-01T10:00:00Z"),
            },
            "What somebody decided by hand; it stands above what was computed.",
            accounts=("account",),
        ),
    )
}
"""What may be ingested."""

RECORDS: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "optouts",
            {
                "person": _text("the person's id", "ann"),
                "opted_out_at": _time("since when", "2024-05-01T10:00:00Z"),
                "opted_in_at": _time("until when", "", optional=True),
            },
            "Who does not want a score, and since when; a row with `opted_in_at` ends the other.",
            persons=("person",),
        ),
        Table(
            "hidden_topics",
            {
                "person": _text("the person's id", "ann"),
                "topic": _text("the topic that is not shown of it", "jazz"),
                "kind": _text("hidden, or disputed: it is wrong", "hidden"),
                "hidden_at": _time("since when", "2024-05-01T10:00:00Z"),
                "shown_at": _time("until when", "", optional=True),
            },
            "Which topics a person does not want to be shown with; a row with `shown_at` ends it.",
            persons=("person",),
        ),
        Table(
            "ontology",
            {
                "topic": _text("its slug", "machine-learning"),
                "id": _text("as its publisher gave it", "10000000000000020303"),
                "name": _text("what it is called", "Machine Learning"),
                "wikidata": _text("its item in Wikidata", "Q2539", optional=True),
            },
            "A topic of the hierarchy that was imported last: see `features.topics`.",
        ),
        Table(
            "ontology_edges",
            {
                "parent": _text("the slug of the wider topic", "technology"),
                "child": _text("the slug of the narrower topic", "machine-learning"),
            },
            "A topic is right above another; there are no circles.",
        ),
        Table(
            "ontology_names",
            {
                "topic": _text("its slug", "machine-learning"),
                "language": _text("the language, und if it is not said", "de"),
                "name": _text("what it is called there", "Maschinelles Lernen"),
                "kind": _text("name or synonym", "name"),
            },
            "What a topic is called.",
        ),
        Table(
            "topic_map",
            {
                "tag": _text("a tag's slug", "ml"),
                "topic": _text("the slug of the topic that it is", "machine-learning"),
            },
            "Which topic a tag is, as somebody decided.",
        ),
        Table(
            "suppressions",
            {"salt": _text("random", "5f"), "digest": _text("of the salt and a name", "c0ffee")},
            "Who was forgotten, as salted digests: see `features.lake.suppression`.",
        ),
        Table(
            KEYS,
            {
                "key": Column(pl.UInt64(), "hash of a row's key", "1"),
                "day": Column(pl.Date(), "the day of the row", "2024-05-01"),
            },
            "Which keys the lake holds, and on which days: see `features.lake.key_index`.",
        ),
    )
}
"""What commands keep beside it; no source brings these."""

EVERY_TABLE = TABLES | RECORDS
