"""Who there is to be attacked, and who of them may take part: what an attacker knows of a world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache, cached_property

import polars as pl

from benchmarks.attacks import DAYS, Victim
from features.catalogue.catalogue import HORIZON, Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.signals.owners import Owners, claims
from training.integrity.behaviours.publications import AUDIENCE_UNIT

LIKES = {
    "facebook": "like",
    "googleplus": "plus_one",
    "instagram": "like",
    "linkedin": "like",
    "twitter": "like",
}
"""Where every content can be liked, and by which reaction."""

FEWEST_CONTENTS = 5
"""In the last `DAYS` days: who publishes nothing can't be liked."""


class People:
    """Who there is in the world, as an attacker knows it and as its truth says.

    Parameters
    ----------
    lake, as_of, catalogue
        The world.
    truth
        Its ``truth.parquet``.
    scores
        ``person`` and ``score``, before any attack.
    """

    def __init__(
        self,
        lake: Lake,
        as_of: date,
        catalogue: Catalogue,
        truth: pl.DataFrame,
        scores: pl.DataFrame,
    ) -> None:
        self.lake, self.as_of, self.catalogue = lake, as_of, catalogue
        self.truth, self.scores, self.claimed = truth, scores, claims(lake, as_of)
        self.honest = truth.filter(pl.col("authentic"), ~pl.col("customer"))
        self.false = truth.filter(~pl.col("authentic"))
        self.contents = cache(self._contents)

    def owners(self, network: str) -> Owners:
        """Who owns the network's accounts."""
        return Owners.of(self.catalogue.network(network), self.claimed)

    def _contents(self, network: str) -> pl.DataFrame:
        """Read what was published in the last `DAYS` days, by time."""
        rows = self.lake.scan("contents", [network], self.as_of - timedelta(DAYS), self.as_of)
        return rows.select("author", "content", "kind", "at").sort("at", "content").collect()

    def publishers(self, network: str) -> pl.DataFrame:
        """Name honest persons' accounts that publish: ``person``, ``account``."""
        number = self.contents(network).group_by(account="author").agg(pl.len())
        busy = number.filter(pl.col("len") >= FEWEST_CONTENTS)
        mine = self.owners(network).persons.join(self.honest, on="person", how="semi")
        own = mine.join(busy, on="account", how="semi").sort("account")
        return own.select("person", "account").unique("person", keep="first", maintain_order=True)

    @cached_property
    def homes(self) -> pl.DataFrame:
        """The network of `LIKES` on which each draws most: ``person``, ``network``, ``account``."""
        there = []
        for network in LIKES:
            drawn = self._reactions(network).group_by(account="target").agg(drawn=pl.len())
            found = self.publishers(network).join(drawn.collect(), on="account", how="left")
            there.append(found.with_columns(pl.col("drawn").fill_null(0), network=pl.lit(network)))
        most = pl.concat(there).sort("drawn", "network", descending=[True, False])
        return most.unique("person", keep="first").select("person", "network", "account")

    def candidates(self, level: int, number: int) -> list[tuple[str, str, str]]:
        """Find those whose score is nearest: person, its home network, its account there."""
        distance = (pl.col("score") - level).abs()
        near = self.homes.join(self.scores, on="person").sort(distance, "person").head(number)
        if len(near) < number:
            raise KloutError(f"level {level}: {len(near)} persons to attack; expected {number}")
        return near.select("person", "network", "account").rows()

    def victim(self, person: str, network: str, account: str) -> Victim:
        """Collect what an attacker needs to know of a person."""
        own = self.claimed.filter(pl.col("person") == person)
        contents = self.contents(network).filter(pl.col("author") == account)
        audience = pl.concat(self._audience(each, own) for each in own["network"].unique().sort())
        like = LIKES[network]
        return Victim(person, network, account, like, contents, audience, self.as_of)

    def accounts(self, network: str, persons: Sequence[str]) -> list[str]:
        """Name the accounts that persons have on a network."""
        mine = self.owners(network).persons.filter(pl.col("person").is_in(list(persons)))
        return mine["account"].to_list()

    def _audience(self, network: str, own: pl.DataFrame) -> pl.DataFrame:
        declared = self.catalogue.network(network).counters
        names = [counter.name for counter in declared if counter.unit == AUDIENCE_UNIT]
        rows = self.lake.scan("counters", [network], until=self.as_of)
        wanted = own.filter(pl.col("network") == network)["account"]
        mine = rows.filter(
            pl.col("counter").is_in(names), pl.col("account").is_in(wanted.implode())
        )
        latest = pl.col("value").sort_by("at", "value").last()
        return mine.group_by("network", "account", "counter").agg(latest).sort("account").collect()

    def habits(self, network: str, without: Sequence[str]) -> pl.DataFrame:
        """Read who reacts how, and how late, to contents: ``actor``, ``reaction``, ``delay``.

        Parameters
        ----------
        without
            Accounts whose audiences are left out: what they lose by reacting to others is no
            doing of the attack.
        """
        known = self._reactions(network).join(
            self.contents(network).lazy(),
            left_on=["target", "content"],
            right_on=["author", "content"],
        )
        others = self._others(network, without).lazy()
        timed = known.join(others, on="actor", how="anti").select(
            "actor", "reaction", delay=pl.col("at") - pl.col("at_right")
        )
        return timed.filter(pl.col("delay") > timedelta()).collect()

    def members(self, network: str, without: Sequence[str]) -> pl.Series:
        """Name honest accounts that publish and are no one's audience of these."""
        there = self.publishers(network).filter(~pl.col("account").is_in(list(without)))
        others = self._others(network, without).rename({"actor": "account"})
        return there.join(others, on="account", how="anti")["account"].sort()

    def _others(self, network: str, without: Sequence[str]) -> pl.DataFrame:
        """Name (``actor``) the victims, their audiences, and all accounts of false people."""
        audience = self._reactions(network).filter(pl.col("target").is_in(list(without)))
        owned = self.owners(network).persons.join(self.false, on="person", how="semi")["account"]
        lone = self.false.select(actor=pl.col("person").str.strip_prefix(f"{network}:")).to_series()
        names = [pl.Series("actor", list(without), pl.String), owned.alias("actor"), lone]
        return (
            pl.concat([audience.select("actor").collect().to_series(), *names]).unique().to_frame()
        )

    def _reactions(self, network: str) -> pl.LazyFrame:
        since = self.as_of - timedelta(HORIZON)
        return self.lake.scan("interactions", [network], since, self.as_of)
