"""All networks, moved on to a date."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import polars as pl

from features.authenticity import authenticity_by_account
from features.catalogue import HORIZON, Catalogue
from features.declaration import Network
from features.identity import Owners, claims, midnight
from features.lake import Lake
from features.sliding.cache import Cache
from features.sliding.inputs import Inputs
from features.sliding.known import Known
from features.sliding.manifest import Manifest
from features.sliding.network import Advanced, advance, begin
from features.sliding.store import Store
from features.standing import standing_by_person
from features.tiles import kinds

AHEAD = 3
"""Networks at work at the same time: much of one's work is in one thread."""

STANDING = "standing"
_SCORED = {"person": pl.String(), "standing": pl.Int64(), "day": pl.Int32()}


@dataclass
class Run:
    """A run in progress: go through `networks`, then `commit`.

    Attributes
    ----------
    inputs
        The lake, beside what the run before had seen of it.
    catalogue
        The networks in force.
    cache
        Held by this run.
    """

    inputs: Inputs
    catalogue: Catalogue
    cache: Cache
    stores: dict[str, Store] = field(default_factory=dict)

    @property
    def is_first(self) -> bool:
        """Whether there is nothing to move on from."""
        return self.inputs.since is None

    def networks(
        self, on_rows: Callable[[int], None]
    ) -> Generator[tuple[Owners, Advanced], None, None]:
        """Move one network after another on; the next are begun while one is looked at."""
        claimed = self._claims()
        standing = self._standing()
        ahead: deque[Future[tuple[Owners, Advanced]]] = deque()
        with ThreadPoolExecutor(AHEAD) as pool:
            for network in self.catalogue.networks:
                ahead.append(pool.submit(self._network, network, claimed, standing, on_rows))
                if len(ahead) > AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def commit(self, frames: Iterable[str] = ()) -> None:
        """Make what was computed the cache that the next run starts from.

        Also the frames of these names that were put into the cache.
        """
        inputs = self.inputs
        stores = {
            name: {"days": store.days, "blocks": store.blocks}
            for name, store in self.stores.items()
        }
        seen = frozenset(file.path for file in inputs.lake.every_file())
        manifest = Manifest(self.cache.run, inputs.as_of, _digest(self.catalogue), seen, stores)
        self.cache.commit(manifest, self.stores, [STANDING, *frames])

    def _network(
        self,
        network: Network,
        claimed: pl.DataFrame | None,
        standing: Callable[[int], pl.DataFrame | None],
        on_rows: Callable[[int], None],
    ) -> tuple[Owners, Advanced]:
        store = self.cache.store(network.name, kinds(network), kept=not self.is_first)
        self.stores[network.name] = store
        lake, as_of = self.inputs.lake, self.inputs.as_of
        believed = authenticity_by_account(lake, as_of, None, network.name)
        if self.is_first:
            assert claimed is not None
            known = Known(Owners.of(network, claimed), believed)
            done = begin(self.inputs, store, known, on_rows)
        else:
            before = self.cache.state(network.name)
            owners = (
                Owners(network, before.claimed) if claimed is None else Owners.of(network, claimed)
            )
            known = Known(owners, believed)
            done = advance(self.inputs, store, before, known, standing, on_rows)
        done.state.save(store)
        return known.owners, done

    def _claims(self) -> pl.DataFrame | None:
        """Resolve who owns what; None if it is as it was."""
        inputs = self.inputs
        if inputs.since is not None and not self._claims_changed(inputs.since):
            return None
        return claims(inputs.lake, inputs.as_of)

    def _claims_changed(self, since: date) -> bool:
        lake = self.inputs.lake
        if any(self.inputs.is_new(file) for file in lake.files("identities")):
            return True
        start, end = midnight(since), midnight(self.inputs.as_of)
        ends = pl.any_horizontal(
            pl.col(name).is_between(start, end, closed="left")
            for name in ("connected_at", "disconnected_at")
        )
        rows = lake.scan("identities").select(ends.fill_null(value=False).any())
        return bool(rows.collect().item())

    def _standing(self) -> Callable[[int], pl.DataFrame | None]:
        """Give what says people's standing on a day; days are asked for in order."""
        inputs = self.inputs
        known = pl.DataFrame(schema=_SCORED) if self.is_first else self.cache.frame(STANDING)
        later = standing_by_person(inputs.lake, inputs.as_of, None, since=inputs.since)
        history = known if later is None else pl.concat([known, later.select(*_SCORED)])
        latest = history.sort("day").unique("person", keep="last", maintain_order=True)
        self.cache.put_frame(STANDING, latest)

        def on(day: int) -> pl.DataFrame | None:
            until = history.filter(pl.col("day") <= day)
            if until.is_empty():
                return None
            of_day = until.sort("day").unique("person", keep="last", maintain_order=True)
            return of_day.drop("day")

        return cache(on)


def start(lake: Lake, as_of: date, catalogue: Catalogue, cache: Cache) -> Run:
    """Begin a run: from the run before if what it kept still holds, else from the lake alone."""
    manifest = cache.manifest
    if manifest is not None and not _holds(manifest, lake, as_of, catalogue):
        cache.drop()
        manifest = None
    since = None if manifest is None else manifest.as_of
    seen = frozenset() if manifest is None else manifest.seen
    return Run(Inputs(lake, as_of, since, seen), catalogue, cache)


def _holds(manifest: Manifest, lake: Lake, as_of: date, catalogue: Catalogue) -> bool:
    """Whether a cache can be moved on.

    It can't be moved back, nor over more days than a window has; and what it counted must still be
    there: history that is rewritten (scores of days gone by, files taken out) makes it void.
    """
    if manifest.catalogue != _digest(catalogue):
        return False
    if not 0 < (as_of - manifest.as_of).days < HORIZON:
        return False
    files = {file.path: file for file in lake.every_file()}
    if manifest.seen - files.keys():
        return False
    new = [file for path, file in files.items() if path not in manifest.seen]
    return not any(
        file.table == "scores" and date.fromisoformat(str(file.day)) < manifest.as_of
        for file in new
    )


def _digest(catalogue: Catalogue) -> str:
    text = json.dumps(catalogue.to_dict(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
