"""A raw lake of N interactions, made fast, for measuring: realistic in shape, not in meaning.

What matters to the engines is drawn as it is in life: receivers are heavy-tailed (a few draw
percents of a network), so are actors; the same fans come again; most reactions are to recent
content; most persons have claimed their accounts on several networks. Files are put straight into
the lake's layout, a network and day at a time, so memory doesn't grow with N.

    python -m benchmarks.bulk --rows 5_000_000 --out /tmp/lake
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import Network, load_networks
from features.lake import TABLES
from features.lake.ledger import Entry, LakeFile, commit
from features.storage.folders import LAKE, claim

AS_OF = date(2014, 3, 1)
DIGEST = "b" * 64
STANDING = "standing.parquet"
"""Scores of the persons, to be given to both engines: the lake has no history of them."""

SHARES = {"twitter": 40, "facebook": 25, "instagram": 20, "googleplus": 5, "linkedin": 5}
"""Of the interactions, by network; every other network with reactions has `_OTHER`."""
_OTHER = 2
MEMBERS = 0.6
"""Share of the users who are on a network."""
CLAIMED = 0.8
"""Share of the users who are persons with claimed accounts."""
READ_EVERY = 30
SPARE_DAYS = 2
"""Days on either side of the window, which no engine may count."""

Users = NDArray[np.uint32]


@dataclass(frozen=True)
class Bulk:
    """What the lake is made from."""

    rows: int
    """Interactions in the 90 days before `AS_OF`."""
    catalogue: Catalogue
    seed: int = 1
    people: int | None = None
    """None: one for every 100 interactions, at least 50,000."""
    full: range = range(HORIZON)
    """Days, counted from the first of the 90, on which all is as usual."""
    spare: int = SPARE_DAYS
    """Thin days on either side of them."""
    retracted: float | None = None
    """Of a day's rows, how many take an interaction back; None: interactions have no ids."""

    @property
    def users(self) -> int:
        """How many people there are."""
        return self.people or max(50_000, self.rows // 100)

    @property
    def days(self) -> range:
        """All days of the lake."""
        return range(self.full.start - self.spare, self.full.stop + self.spare)

    @cached_property
    def shares(self) -> dict[str, float]:
        """Network to its share of the interactions."""
        names = [network.name for network in self.catalogue.networks if network.reactions]
        weights = {name: SHARES.get(name, _OTHER) for name in names}
        return {name: weight / sum(weights.values()) for name, weight in weights.items()}

    def members(self, network: Network) -> Users:
        """Users of a network, the most popular first."""
        rng = self.rng(network, "members")
        chosen = rng.permutation(self.users)[: int(self.users * MEMBERS)]
        return chosen.astype(np.uint32)

    def rng(self, network: Network, table: str, day: int = 0) -> np.random.Generator:
        """Make the numbers of one file: the same whatever else is made."""
        place = [n.name for n in self.catalogue.networks].index(network.name)
        return np.random.default_rng([self.seed, place, *table.encode(), day - self.days.start])


def generate(bulk: Bulk, root: Path) -> None:
    """Write the lake, and beside its tables the scores to give as standing."""
    claim(root, LAKE)
    files = [file for network in bulk.catalogue.networks for file in _network(bulk, network, root)]
    files += list(_put(root, "identities", None, None, _identities(bulk)))
    _scores(bulk).write_parquet(root / STANDING)
    commit(root / "ledger", Entry("bulk", "bulk", DIGEST, tuple(files), 0, 0))


def _network(bulk: Bulk, network: Network, root: Path) -> Iterator[LakeFile]:
    members = bulk.members(network)
    if network.page_graph:
        yield from _put(root, "links", network, None, _links(bulk, network, members))
    for day in bulk.days:
        for table, make in _DAILY.items():
            yield from _put(root, table, network, day, make(bulk, network, members, day))


def _interactions(bulk: Bulk, network: Network, members: Users, day: int) -> pl.DataFrame:
    rng, size = bulk.rng(network, "interactions", day), _size(bulk, network, day)
    rank = (len(members) * rng.random(size) ** 3).astype(np.uint32)
    actor = members[_fan(rank, len(members), rng)]
    target = members[rank]
    content = _recent(target, network, day, rng)
    reactions = np.array([reaction.name for reaction in network.reactions] or [""])
    # The kinds of reaction are not equally common: each is half as frequent as the one before.
    kind = np.minimum(rng.geometric(0.5, size) - 1, len(reactions) - 1)
    codes = pl.DataFrame({"kind": np.arange(len(reactions)), "reaction": reactions})
    frame = pl.DataFrame(
        {
            "actor": actor,
            "target": target,
            "number": content,
            "kind": kind,
            "at": _at(day, size, rng),
        }
    )
    return frame.join(codes, on="kind", maintain_order="left").select(
        pl.lit(network.name).alias("network"),
        "reaction",
        _account("actor"),
        _account("target"),
        pl.when(pl.col("number") >= 0).then(_content("target", "number")).alias("content"),
        pl.col("at").dt.replace_time_zone("UTC"),
        pl.lit(None, pl.String).alias("id") if bulk.retracted is None else _id(day),
    )


def _size(bulk: Bulk, network: Network, day: int) -> int:
    """Say how many interactions a day has: a week has a rhythm; the spare days are thin."""
    rhythm = 1 + 0.2 * np.sin(day * 2 * np.pi / 7) if day in bulk.full else 0.05
    return int(bulk.rows / HORIZON * bulk.shares.get(network.name, 0.0) * rhythm)


def _id(day: int | pl.Expr, number: pl.Expr | None = None) -> pl.Expr:
    """Name an interaction by its day and its place in it, scattered as ids of networks are."""
    place = pl.int_range(pl.len()) if number is None else number
    of = pl.lit(day) if isinstance(day, int) else day
    return pl.concat_str(place.cast(pl.Int64).hash(1), of, place, separator="-").alias("id")


def _retractions(bulk: Bulk, network: Network, _: Users, day: int) -> pl.DataFrame:
    """Take interactions back: half of them of the same day, each day before half as many."""
    share, rng = bulk.retracted or 0.0, bulk.rng(network, "retractions", day)
    size = int(_size(bulk, network, day) * share / (1 - share))
    back = rng.geometric(0.5, size) - 1
    of = np.maximum(day - back, bulk.days.start)
    sizes = np.array([_size(bulk, network, each) for each in bulk.days])[of - bulk.days.start]
    number = (sizes * rng.random(size)).astype(np.int64)
    frame = pl.DataFrame({"of": of, "number": number, "at": _at(day, size, rng)})
    return frame.select(
        pl.lit(network.name).alias("network"),
        _id(pl.col("of"), pl.col("number")),
        pl.lit(None, pl.String).alias("actor"),
        pl.col("at").dt.replace_time_zone("UTC"),
        pl.lit(None, pl.Boolean).alias("restored"),
    )


def _fan(rank: Users, members: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw who reacts: one of the receiver's own fans, mostly from the loyal ones.

    The popular have more fans, and a fan is more often an active member: both heavy-tailed.
    """
    fans = 20 + 0.3 * members / (1.0 + rank) ** 0.7
    fan = (fans * rng.random(len(rank)) ** 2).astype(np.uint64)
    return (members * _uniform(rank.astype(np.uint64) << np.uint64(24) | fan) ** 2).astype(np.int64)


def _uniform(number: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Hash to [0, 1) with the finalizer of splitmix64."""
    number = (number + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (number ^ (number >> np.uint64(31))).astype(np.float64) / 2.0**64


def _posts(user: Users, network: Network) -> NDArray[np.int64]:
    """Say how much a user publishes in the horizon: many nothing, some a lot, 4 on average."""
    if not network.contents:
        return np.zeros(len(user), np.int64)
    draw = _uniform(user.astype(np.uint64) << np.uint64(8) | np.uint64(len(network.name)))
    return np.where(draw < 0.3, 0, -6 * np.log(np.maximum((1 - draw) / 0.7, 1e-9))).astype(np.int64)


def _recent(
    target: Users, network: Network, day: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw which content is reacted to, mostly the latest; -1 is none."""
    out = _posts(target, network) * (day + 1) // HORIZON
    number = out - rng.geometric(0.6, len(target))
    return np.where((number >= 0) & (rng.random(len(target)) < 0.9), number, -1)


def _contents(bulk: Bulk, network: Network, members: Users, day: int) -> pl.DataFrame:
    posts = _posts(members, network)
    before, after = posts * day // HORIZON, posts * (day + 1) // HORIZON
    some = np.repeat(np.arange(len(members)), np.maximum(after - before, 0) * (day in bulk.full))
    number = before[some] + np.arange(len(some)) - np.searchsorted(some, some)
    rng = bulk.rng(network, "contents", day)
    frame = pl.DataFrame(
        {"author": members[some], "number": number, "at": _at(day, len(some), rng)}
    )
    kinds = [kind.name for kind in network.contents] or [""]
    kind = pl.col("number").replace_strict(range(len(kinds)), kinds, default=kinds[0])
    return frame.select(
        pl.lit(network.name).alias("network"),
        _account("author"),
        _content("author", "number").alias("content"),
        kind.cast(pl.String).alias("kind"),
        pl.col("at").dt.replace_time_zone("UTC"),
    )


def _counters(bulk: Bulk, network: Network, members: Users, day: int) -> pl.DataFrame:
    """Every counter of every member is read once in `READ_EVERY` days, some members each day."""
    read = members[day % READ_EVERY :: READ_EVERY] if day in bulk.full else members[:0]
    rng = bulk.rng(network, "counters", day)
    frames = [
        pl.DataFrame(
            {
                "account": read,
                "value": np.floor(10 / (rng.random(len(read)) + 1e-4)),
                "at": _at(day, len(read), rng),
            }
        ).with_columns(counter=pl.lit(counter.name))
        for counter in network.counters
    ]
    if not frames:
        return pl.DataFrame(schema=dict(TABLES["counters"].columns))
    return pl.concat(frames).select(
        pl.lit(network.name).alias("network"),
        _account("account"),
        "counter",
        "value",
        pl.col("at").dt.replace_time_zone("UTC"),
    )


def _links(bulk: Bulk, network: Network, members: Users) -> pl.DataFrame:
    """Few of the users have a page; ten links each."""
    rng = bulk.rng(network, "links")
    pages = members[: len(members) // 20]
    source = np.repeat(pages, 10)
    target = pages[(len(pages) * rng.random(len(source)) ** 3).astype(np.int64)]
    frame = pl.DataFrame({"source": source, "target": target}).unique(maintain_order=True)
    return frame.select(
        pl.lit(network.name).alias("network"), _account("source"), _account("target")
    )


def _identities(bulk: Bulk) -> pl.DataFrame:
    """Most users have claimed their accounts; a few have left; some are pages."""
    return pl.concat([_claims(bulk, network) for network in bulk.catalogue.networks])


def _claims(bulk: Bulk, network: Network) -> pl.DataFrame:
    members = bulk.members(network)
    claimed = members[_is_claimed(members)]
    rng = bulk.rng(network, "identities")
    connected = np.datetime64(AS_OF) - rng.integers(1, 700, len(claimed)).astype("timedelta64[D]")
    is_page, has_left = rng.random(len(claimed)) < 0.1, rng.random(len(claimed)) < 0.02
    frame = pl.DataFrame({"user": claimed, "page": is_page, "left": has_left, "on": connected})
    on = pl.col("on").cast(pl.Datetime("us", "UTC"))
    return frame.select(
        pl.format("p{}", "user").alias("person"),
        pl.lit(network.name).alias("network"),
        pl.format("u{}", "user").alias("account"),
        pl.when("page").then(pl.lit("page")).otherwise(pl.lit("personal")).alias("kind"),
        on.alias("connected_at"),
        pl.when("left").then(on + pl.duration(hours=12)).alias("disconnected_at"),
    )


def _is_claimed(user: Users) -> NDArray[np.bool_]:
    return _uniform(user.astype(np.uint64) << np.uint64(40)) < CLAIMED


def _scores(bulk: Bulk) -> pl.DataFrame:
    """Give a score to every person, claimed or not."""
    users = np.arange(bulk.users, dtype=np.uint32)
    score = 1 + 98 * _uniform(users.astype(np.uint64) << np.uint64(16)) ** 2
    frame = pl.DataFrame({"user": users, "score": score, "claimed": _is_claimed(users)})
    claimed = frame.filter("claimed").select(pl.format("p{}", "user").alias("person"), "score")
    loose = [
        frame.filter(~pl.col("claimed")).select(
            pl.format(network.name + ":u{}", "user").alias("person"), "score"
        )
        for network in bulk.catalogue.networks
    ]
    return pl.concat([claimed, *loose])


def _at(day: int, size: int, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """Draw times of a day, in order, as a log has them."""
    start = np.datetime64(AS_OF - timedelta(HORIZON - day), "us")
    return start + np.sort(rng.integers(0, 86_400_000_000, size)).astype("timedelta64[us]")


def _account(column: str) -> pl.Expr:
    return pl.format("u{}", column).alias(column)


def _content(user: str, number: str) -> pl.Expr:
    return pl.format("u{}-{}", user, number)


def _put(
    root: Path, table: str, network: Network | None, day: int | None, frame: pl.DataFrame
) -> Iterator[LakeFile]:
    """Put one file where the lake's writer would."""
    if not len(frame):
        return
    keys = {}
    if network is not None:
        keys["network"] = network.name
    if day is not None:
        keys["day"] = str(AS_OF - timedelta(HORIZON - day))
    folder = Path(table, *(f"{key}={value}" for key, value in keys.items()))
    (root / folder).mkdir(parents=True, exist_ok=True)
    path = folder / f"{DIGEST[:12]}-0000.parquet"
    frame.write_parquet(root / path)
    yield LakeFile(table, str(path), len(frame), **keys)


_DAILY: dict[str, Callable[[Bulk, Network, Users, int], pl.DataFrame]] = {
    "interactions": _interactions,
    "contents": _contents,
    "retractions": _retractions,
    "counters": _counters,
}


def main(arguments: list[str] | None = None) -> None:
    """Write a lake and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=lambda text: int(float(text.replace("_", ""))), required=True
    )
    parser.add_argument("--out", type=Path, required=True)
    options: Any = parser.parse_args(arguments)
    began = time.perf_counter()
    generate(Bulk(options.rows, Catalogue(load_networks())), options.out)
    print(f"{options.rows:,} interactions in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
