"""What this process answers from, as `klout serve` has put it into the environment."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache

from features.errors import KloutError
from features.storage.paths import location
from serving.http.api.access import KeyGate, Needed
from serving.http.api.apart import Apart
from serving.http.api.context import Context
from serving.http.score.model_holder import loaded_model
from serving.store import Store
from serving.store.address import ENVIRONMENT as STORE_ENV
from serving.store.engine import REQUESTS

LAKE_ENV = "KLOUT_LAKE"
KEYS_ENV = "KLOUT_KEYS"
SENSITIVE_ENV, ON = "KLOUT_SENSITIVE_TOPICS", "on"
"""Anything but this leaves sensitive topics out."""


@lru_cache(maxsize=1)
def context() -> Context:
    """Open what there is.

    Raises
    ------
    KloutError
        If the store can't be opened.
    """
    sensitive = os.environ.get(SENSITIVE_ENV) == ON
    url, lake = os.environ.get(STORE_ENV), os.environ.get(LAKE_ENV)
    return Context(
        store=Store.open(url, write=True, patience=REQUESTS, sensitive=sensitive) if url else None,
        lake=location(lake) if lake else None,
        model=lambda: loaded_model().model,
        reference=lambda: loaded_model().reference,
        keys=keys_needed(os.environ.get(KEYS_ENV, Needed.ALL)),
    )


@lru_cache(maxsize=1)
def gate() -> KeyGate:
    """Give what lets requests in."""
    return KeyGate(context().store, context().keys)


@lru_cache(maxsize=1)
def apart() -> Apart:
    """Give what works off large requests."""
    return Apart()


def latest() -> date | None:
    """Give the latest published day; None: there is none, or no store that answers."""
    store = context().store
    try:
        return None if store is None else store.latest()
    except KloutError:
        return None


def keys_needed(said: str) -> Needed:
    """Read what needs a key.

    Nobody knows here on which address the server listens: if nothing is said, everything does.

    >>> keys_needed("off"), keys_needed("on")
    (<Needed.CHANGES: 'off'>, <Needed.ALL: 'on'>)
    """
    if said not in list(Needed):
        raise KloutError(f"{KEYS_ENV} is {said!r}; expected one of {[*map(str, Needed)]}")
    return Needed(said)
