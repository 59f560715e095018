"""From a lake's published days to the store, and out of it who must not be seen."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.lake.contracts import Table
from features.lake.published import published
from features.lake.suppression import Suppressions
from features.lake.withdrawals import withdrawals
from features.people.hidden_topics import hidden_now, published_topics
from features.people.optouts import opted_out
from features.people.profiles import names_of_people
from features.people.scrubbing import PUBLISHED
from features.signals.owners import claims
from features.storage.objects import is_remote
from features.topics.ontology import NAME, Ontology
from serving.store.address import FILE, url_of
from serving.store.day import ACCOUNTS, Day, TopicWords, with_nul
from serving.store.publish_day import LeaveOut
from serving.store.publish_topics import ENGLISH
from serving.store.published_rows import PublishedDay
from serving.store.store import Store
from training.influence.model import Model

_PEOPLE = Table("store", {}, persons=("person",))
_LOG = logging.getLogger("klout.store")


def keep(store: str, root: Path, model: Model) -> list[date]:
    """Bring the store at a URL up to date with a lake: see `load`."""
    with Store.open(store, write=True) as opened:
        return load(opened, root, model)


def load(store: Store, root: Path, model: Model | None = None) -> list[date]:
    """Publish the lake's days that come after the store's, all in one transaction.

    Before that, days are taken back that were withdrawn from the lake since the store got them.
    People who have opted out or were forgotten by now are removed, also from days before.

    Parameters
    ----------
    store
        Open for writing.
    root
        The lake's directory.
    model
        Its signals are named as those of the days that it scored.

    Returns
    -------
    list of date
        The days that were published.
    """
    lake = Lake(root)
    take_back(store, lake, hidden(root))
    days = _missing(lake, store.latest(), model)
    if days:
        *earlier, last = days
        last = _with_words(lake, last)
        store.publish(last, earlier=earlier, leave_out=hidden(root))
    purge(store, root)
    return [day.as_of for day in days]


def bring_up(store: Store, root: Path) -> tuple[list[PublishedDay], date | None]:
    """Have the store follow a withdrawal; returns what it had, and whose scores it has now."""
    gone = take_back(store, Lake(root), hidden(root))
    load(store, root)
    with store.read() as now:
        is_whole = now.day is not None and bool(now.leaderboard(limit=1))
        return gone, now.day.as_of if now.day is not None and is_whole else None


def take_back(store: Store, lake: Lake, leave_out: LeaveOut) -> list[PublishedDay]:
    """Take days back that the lake has withdrawn; returns as what the store had them."""
    with store.read() as now:
        days = now.days
    gone = [
        day
        for day in days
        if any(w.since <= day.as_of and day.published_at < w.at for w in withdrawals(lake))
    ]
    if gone:
        left = [day for day in days if day.as_of < gone[0].as_of]
        store.withdraw(gone[0].as_of, _whole(lake, left[-1]) if left else None, leave_out)
    return gone


def publish_file(
    store: Store, root: Path, scores: Path, as_of: date, model: Model, *, again: bool = False
) -> bool:
    """Publish scores that no daily run computed, with the accounts that the lake knows.

    Parameters
    ----------
    store
        Open for writing.
    root
        The lake's directory.
    scores
        From `klout score`.
    as_of
        Their day.
    model
        That scored.
    again
        As for `Store.publish`, whose answer this returns.
    """
    if not scores.exists():
        raise KloutError(f"{scores}: no such file; make it with `klout score`")
    day = Day(
        as_of=as_of,
        model=model.version,
        catalogue=model.catalogue.digest,
        scores=pl.scan_parquet(scores, glob=False),
        accounts=connected(Lake(root), as_of),
        names=names_of_people(Lake(root), as_of),
    )
    return store.publish(day, leave_out=hidden(root), again=again)


def purge(store: Store, root: Path) -> int:
    """Remove from the store who has opted out or was forgotten; returns how many."""
    everybody = store.everybody()
    seen = hidden(root)(everybody)
    gone = everybody.join(seen, on="person", how="anti")["person"]
    removed = store.remove_all(gone.to_list()) if len(gone) else 0
    hide_topics(store, root)
    return removed


def hide_topics(store: Store, root: Path) -> None:
    """Take from people the topics that they do not want to be seen with any more."""
    hidden = hidden_now(Lake(root)).group_by("person").agg("topic")
    if len(hidden):
        store.hide_topics(dict(hidden.iter_rows()))


def existing(store: str | None, root: Path) -> Store | None:
    """Open the store for removing; None: none was named, and the lake has none."""
    if not store and (is_remote(root) or not (root / FILE).exists()):
        return None
    return Store.open(url_of(store, root), write=True)


def hidden(root: Path) -> LeaveOut:
    """Give what leaves out of a frame who must not be seen, as the lake says when it is asked."""

    def leave_out(frame: pl.DataFrame) -> pl.DataFrame:
        lake = Lake(root)
        # As of tomorrow: whoever opted out today is gone today.
        gone = opted_out(lake, datetime.now(UTC).date() + timedelta(days=1))
        known = Suppressions.of(lake).left_of(_PEOPLE, frame)
        for person in known["person"].filter(with_nul(known)):
            _LOG.warning("%r is left out of the store: it holds the character NUL", person)
        sound = known.filter(~with_nul(known))
        seen = sound.join(gone, on="person", how="anti", maintain_order="left")
        if "topic" not in seen.columns or seen.is_empty():
            return seen
        unwanted = hidden_now(lake)
        return seen.join(unwanted, on=unwanted.columns, how="anti", maintain_order="left")

    return leave_out


def connected(lake: Lake, as_of: date) -> pl.DataFrame:
    """List the accounts that persons have at `as_of`: a frame of `ACCOUNTS`."""
    owned = claims(lake, as_of).drop_nulls("person").select(list(ACCOUNTS))
    return owned.filter(~with_nul(owned, "account"))


def _whole(lake: Lake, day: PublishedDay) -> Day | None:
    """Read a day that the store had, to be whole again; None if its file is gone."""
    version = published(lake).get(day.as_of)
    file = lake.root / PUBLISHED / f"{day.as_of}.parquet"
    if version is None or not file.exists():
        return None
    catalogue = day.catalogue if day.model == version else None
    scores = pl.scan_parquet(str(file), glob=False)
    return _with_words(lake, Day(day.as_of, version, catalogue, scores))


def _with_words(lake: Lake, day: Day) -> Day:
    """Add what a day that is to be whole has beside its scores."""
    rows = published_topics(lake, day.as_of)
    return replace(
        day,
        accounts=connected(lake, day.as_of),
        names=names_of_people(lake, day.as_of),
        topics=rows,
        topic_words=TopicWords() if rows is None else _words(Ontology.of(lake)),
    )


def _words(of: Ontology) -> TopicWords:
    own = of.topics.select("topic", language=pl.lit(ENGLISH), name="name")
    others = of.labels.filter(kind=NAME).select("topic", "language", "name").sort(pl.all())
    names = pl.concat([own, others]).filter(pl.col("name") != "")
    return TopicWords(
        ids=of.topics.select("topic", "id"),
        names=names.unique(["topic", "language"], keep="first", maintain_order=True),
        parents=of.parents,
    )


def _missing(lake: Lake, latest: date | None, model: Model | None) -> list[Day]:
    """List the published days after the latest, as far as their files are there."""
    days: list[Day] = []
    for as_of, version in published(lake).items():
        file = lake.root / PUBLISHED / f"{as_of}.parquet"
        if (latest is None or as_of > latest) and file.exists():
            is_known = model is not None and model.version == version
            catalogue = model.catalogue.digest if model and is_known else None
            scores = pl.scan_parquet(str(file), glob=False)
            days.append(Day(as_of, version, catalogue, scores))
    return days
