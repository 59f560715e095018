"""A Stack Exchange dump: answers, comments, accepts, favourites, bounties; views and badges.

The dumps are published by Stack Exchange under CC BY-SA, one folder of XML a site
(https://archive.org/details/stackexchange). Accounts are ``SITE:USERID`` and contents
``SITE:POSTID``, so that the dumps of several sites live side by side on one network.

===========  ======================================  ============================================
reaction     actor → target, content                 time
===========  ======================================  ============================================
answer       answerer → asker, the question          the answer's
comment      commenter → post's owner, the post      the comment's
accept       asker → answerer, the answer            see below
favourite    who bookmarked → post's owner, post     the vote's (VoteTypeId 5)
bounty       giver → post's owner, the post          the vote's (VoteTypeId 8 and 9)
===========  ======================================  ============================================

- Votes are published with their day only. One counts at the start of that day, or at the post's
  own time where that is later: never on another day than the true one, never before its post.
- An accept counts at the time of the vote (VoteTypeId 1) on the accepted answer. In bicycles.meta
  each of the 157 accepted answers has one. An accept without one is yielded without a time, hence
  ends in the quarantine: any time made up (the answer's, say) could be before the true one, and a
  score would have known the future.
- A favourite or bounty is read if its giver is named. In the published dumps that is VoteTypeId 8,
  where the giver puts a bounty on a question; VoteTypeId 9, its award to an answer, mostly names
  nobody, and we don't guess the giver from the other. Where it does name one, both are read: two
  posts, usually of two people, were singled out. bicycles.meta, as all meta sites, has neither.
- Rows whose user is missing (deleted) or the Community user (-1) are no interactions between
  people, and are left out. Reputation is never read: it is kept for judging the result.
- Topics are the question's tags, of the question and of its answers; comments are on these. They
  stand in the file as ``<a><b>``, since 2024 as ``|a|b|``.
- Profile views are known only as of the dump, so their time is the latest in all its files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.lake.contracts import TIME
from features.lake.times import EARLIEST, read_times
from features.sources.glance import Glance, Known
from features.sources.lines import PIECE_ROWS
from features.sources.lookup import Lookup
from features.sources.reader import Options, Reader, one_file
from features.sources.xml_rows import read_rows

NEEDED = ("Posts", "Users")
OPTIONAL = ("Comments", "Votes", "Badges")

NETWORK = "stackexchange"

CONTENTS = {"1": "question", "2": "answer"}
"""PostTypeId of what counts as content; the others are wikis and the like."""

COMMUNITY = "-1"
"""The user that stands for the site itself."""

ACCEPT = "1"
VOTES = {"5": "favourite", "8": "bounty", "9": "bounty"}
"""VoteTypeId of the accepting vote, and of those that may name their giver."""

BADGES = {"1": "gold_badges", "2": "silver_badges", "3": "bronze_badges"}

PROFILE = ("WebsiteUrl", "AboutMe")
"""What a user says of itself."""


def _files(path: Path) -> list[Path]:
    if path.is_file():
        raise KloutError(f"{path}: a file where a folder was expected: a Stack Exchange dump")
    if not path.is_dir():
        raise KloutError(f"{path}: no such folder")
    found = []
    for name in (*NEEDED, *OPTIONAL):
        there = [path / f"{name}{end}" for end in (".xml", ".xml.gz")]
        there = [file for file in there if file.exists()]
        if name in NEEDED and not there:
            raise KloutError(f"{path}: a Stack Exchange dump needs {name}.xml or {name}.xml.gz")
        found += [file for first in there[:1] for file in one_file(first)]
    return found


def _read(path: Path, options: Options) -> Iterator[Piece]:
    if not options.site:
        raise KloutError("stackexchange: name the dump's site with --site, as bicycles.meta")
    dump = _Dump(options.site, {file.name.split(".")[0]: file for file in _files(path)})
    yield from dump.contents()
    yield from dump.topics()
    yield from dump.answers()
    yield from dump.comments()
    yield from dump.votes()
    yield from dump.accepts()
    yield from dump.badges()
    yield from dump.users()


@dataclass
class _Dump:
    """One dump, read file by file, and the little that must be remembered from one to the next.

    Attributes
    ----------
    posts
        Numbers and times of all posts, see `_compact`; never their texts.
    tags
        Of the questions.
    accepted
        When answers were accepted, by the answer's id.
    latest
        The latest time read so far.
    """

    site: str
    files: dict[str, Path]
    posts: pl.DataFrame = field(init=False)
    tags: Lookup = field(init=False)
    owner: Lookup = field(init=False)
    written: Lookup = field(init=False)
    accepted: Lookup = field(init=False)
    latest: datetime | None = None

    def contents(self) -> Iterator[Piece]:
        """Questions and answers; on the way, remember whose each post is."""
        names = ["Id", "PostTypeId", "OwnerUserId", "ParentId", "AcceptedAnswerId", "Tags"]
        posts, tags = [], []
        for rows in self._rows("Posts", names, ["CreationDate", "LastActivityDate"]):
            posts.append(_compact(rows))
            tags.append(_tagged(rows))
            yield self._contents(rows)
        if not posts:
            raise KloutError(f"{self.files['Posts']}: no <row> elements; expected the posts")
        self.posts = pl.concat(posts)
        self.tags = Lookup.of(pl.concat(tags), "tags")
        self.owner = Lookup.of(self.posts, "owner")
        self.written = Lookup.of(self.posts, "at")

    def _contents(self, rows: pl.DataFrame) -> Piece:
        shown = rows.filter(pl.col("PostTypeId").is_in([*CONTENTS]), _somebody("OwnerUserId"))
        contents = shown.select(
            "row",
            network=pl.lit(NETWORK),
            author=self._name("OwnerUserId"),
            content=self._name("Id"),
            kind=pl.col("PostTypeId").replace(CONTENTS),
            at="CreationDate",
        )
        return Piece("contents", contents, str(self.files["Posts"]))

    def topics(self) -> Iterator[Piece]:
        """Say what questions and answers are about."""
        for posts in self.posts.filter(pl.col("owner").is_not_null()).iter_slices(PIECE_ROWS):
            tags = self.tags.find(posts.select(pl.coalesce("parent", "id")).to_series())
            topic = tags.str.extract_all(r"[^<>|]+").list.unique(maintain_order=True)
            names = {"author": self._name("owner"), "content": self._name("id")}
            about = posts.select("row", topic=topic, network=pl.lit(NETWORK), **names)
            about = about.explode("topic", empty_as_null=False).drop_nulls("topic")
            yield Piece("topics", about, str(self.files["Posts"]))

    def answers(self) -> Iterator[Piece]:
        """Who answered whose question."""
        for posts in self.posts.filter(pl.col("parent").is_not_null()).iter_slices(PIECE_ROWS):
            rows = posts.select("row", "at", "id", actor="owner", post="parent")
            rows = rows.with_columns(target=self.owner.find(rows["post"]))
            yield self._interactions("Posts", pl.lit("answer"), rows)

    def comments(self) -> Iterator[Piece]:
        """Who commented on whose post."""
        for comments in self._rows("Comments", ["Id", "PostId", "UserId"], ["CreationDate"]):
            rows = comments.select(
                "row", at="CreationDate", id="Id", actor="UserId", post=_number("PostId")
            )
            rows = rows.with_columns(target=self.owner.find(rows["post"]))
            yield self._interactions("Comments", pl.lit("comment"), rows)

    def votes(self) -> Iterator[Piece]:
        """Who bookmarked, or put a bounty on, whose post; on the way, remember the accepts."""
        accepted = [pl.DataFrame(schema={"id": pl.Int64(), "at": TIME})]
        names = ["Id", "PostId", "VoteTypeId", "UserId"]
        for votes in self._rows("Votes", names, ["CreationDate"]):
            rows = votes.select(
                "row", "VoteTypeId", id="Id", actor="UserId", post=_number("PostId"), day=_time()
            )
            rows = rows.with_columns(
                target=self.owner.find(rows["post"]),
                at=_not_before(rows["day"], self.written.find(rows["post"])),
            )
            accepts = rows.filter(pl.col("VoteTypeId") == ACCEPT)
            accepted.append(accepts.select("at", id="post").select("id", "at"))
            given = rows.filter(pl.col("VoteTypeId").is_in([*VOTES]))
            yield self._interactions("Votes", pl.col("VoteTypeId").replace(VOTES), given)
        self.accepted = Lookup.of(pl.concat(accepted), "at")

    def accepts(self) -> Iterator[Piece]:
        """Who accepted whose answer."""
        for posts in self.posts.filter(pl.col("accepted").is_not_null()).iter_slices(PIECE_ROWS):
            rows = posts.select("row", id="accepted", actor="owner", post="accepted")
            rows = rows.with_columns(
                target=self.owner.find(rows["post"]), at=self.accepted.find(rows["post"])
            )
            yield self._interactions("Posts", pl.lit("accept"), rows)

    def _interactions(self, file: str, reaction: pl.Expr, rows: pl.DataFrame) -> Piece:
        """Name the two sides; rows without one of them are left out."""
        both = rows.filter(_somebody("actor"), _somebody("target"))
        interactions = both.with_columns(reaction=reaction).select(
            "row",
            "reaction",
            "at",
            network=pl.lit(NETWORK),
            actor=self._name("actor"),
            target=self._name("target"),
            content=self._name("post"),
            id=pl.concat_str(pl.lit(f"{self.site}:"), "reaction", pl.lit(":"), "id"),
        )
        return Piece("interactions", interactions, str(self.files[file]))

    def badges(self) -> Iterator[Piece]:
        """How many badges of a class somebody has, as of each badge."""
        given = [
            rows.filter(_somebody("UserId")).select(
                "row", user=_number("UserId"), kind=pl.col("Class"), at=_time("Date")
            )
            for rows in self._rows("Badges", ["UserId", "Class"], ["Date"])
        ]
        if not given:
            return
        # Without a time, or of no class, a badge will be refused: it comes last, counted for none.
        badges = pl.concat(given).sort("at", nulls_last=True, maintain_order=True)
        counted = badges.with_columns(value=pl.col("user").cum_count().over("user", "kind"))
        # Of badges at one moment the last has the count.
        counted = counted.unique(["user", "kind", "at"], keep="last", maintain_order=True)
        counter = pl.col("kind").replace_strict(BADGES, default=pl.col("kind"))
        for part in counted.iter_slices(PIECE_ROWS):
            yield self._counters("Badges", part.with_columns(counter=counter))

    def users(self) -> Iterator[Piece]:
        """What a profile is called, links to, and how often it was seen, as of the dump."""
        names = ["Id", "Views", "DisplayName", *PROFILE]
        seen, linked, called = [], [], []
        for rows in self._rows("Users", names, ["CreationDate", "LastAccessDate"]):
            named = rows.filter(_somebody("Id"))
            seen.append(named.select("row", user="Id", value="Views"))
            linked.append(_links(named))
            called.append(
                named.select("row", user="Id", name=_called()).filter(pl.col("name") != "")
            )
        counter, at = pl.lit("profile_views"), pl.lit(self.latest, TIME)
        for part in (piece for frame in seen for piece in frame.iter_slices(PIECE_ROWS)):
            yield self._counters("Users", part.with_columns(counter=counter, at=at))
        whose = {"network": pl.lit(NETWORK), "account": self._name("user"), "at": at}
        for table, what, frames in (
            ("profile_links", "url", linked),
            ("profiles", "name", called),
        ):
            for part in (piece for frame in frames for piece in frame.iter_slices(PIECE_ROWS)):
                yield Piece(table, part.select("row", what, **whose), str(self.files["Users"]))

    def _counters(self, file: str, rows: pl.DataFrame) -> Piece:
        counters = rows.select(
            "row", "counter", "value", "at", network=pl.lit(NETWORK), account=self._name("user")
        )
        return Piece("counters", counters, str(self.files[file]))

    def _rows(self, name: str, names: list[str], times: list[str]) -> Iterator[pl.DataFrame]:
        """Read a file of the dump if it is there, and keep the latest of its times."""
        if name not in self.files:
            return
        now = datetime.now(UTC)
        for rows in read_rows(self.files[name], name.lower(), [*names, *times]):
            # A time to come, or of the year 0, is damage: it may not date all profile views.
            past = [rows.select(_time(time)).to_series() for time in times]
            known = [time.filter(time.is_between(EARLIEST, now)).max() for time in past]
            self.latest = max(
                (time for time in (self.latest, *known) if isinstance(time, datetime)), default=None
            )
            yield rows

    def _name(self, column: str) -> pl.Expr:
        return pl.concat_str(pl.lit(f"{self.site}:"), column)


def _compact(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.select(
        "row",
        _number("Id").alias("id"),
        pl.when(_somebody("OwnerUserId")).then(_number("OwnerUserId")).alias("owner"),
        _number("ParentId").alias("parent"),
        _number("AcceptedAnswerId").alias("accepted"),
        _time().alias("at"),
    )


def _tagged(posts: pl.DataFrame) -> pl.DataFrame:
    """Take the questions' tags, as they are written."""
    return posts.select(id=_number("Id"), tags=pl.col("Tags").cast(pl.String)).drop_nulls()


def _links(users: pl.DataFrame) -> pl.DataFrame:
    """Take the addresses of users' sites, and those in what they say about themselves."""
    own, about = (pl.col(name).cast(pl.String).fill_null("") for name in PROFILE)
    urls = pl.concat_list(
        own.str.extract_all(r"^\S+$"), about.str.extract_all(r"https?://[^\s\"'<>]+")
    )
    return users.select("row", user="Id", url=urls.list.unique(maintain_order=True)).explode(
        "url", empty_as_null=False
    )


def _called() -> pl.Expr:
    return pl.col("DisplayName").cast(pl.String).fill_null("").str.strip_chars()


def _somebody(column: str) -> pl.Expr:
    """Tell rows that name a user from those of the deleted and of the site itself."""
    return pl.col(column).is_not_null() & (pl.col(column).cast(pl.String) != COMMUNITY)


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int64, strict=False)


def _time(column: str = "CreationDate") -> pl.Expr:
    """Read the dumps' times, which are in UTC; null where that fails."""
    return pl.col(column).cast(pl.String).map_batches(read_times, return_dtype=TIME)


def _not_before(day: pl.Series, written: pl.Series) -> pl.Series:
    """Move votes to their post's time if their day began before it."""
    later = (written > day).fill_null(value=False)
    return written.zip_with(later, day)


def _knows(seen: Glance) -> Known | None:
    stems = {name.removesuffix(".gz").removesuffix(".xml") for name in seen.names}
    if not seen.is_folder or not stems.issuperset(NEEDED):
        return None
    return Known("a Stack Exchange dump", "--site SITE")


STACKEXCHANGE = Reader(
    "stackexchange",
    "a Stack Exchange dump's folder of XML (plain or gz), with --site: network stackexchange",
    _files,
    _read,
    knows=_knows,
)
