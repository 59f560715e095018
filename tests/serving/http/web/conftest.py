"""A store of people who are hard to show, a lake that explains one of them, and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import polars as pl
import pytest

from serving.http.api.context import Context
from serving.store import Day, Store
from serving.store.day import ACCOUNTS
from tests.support.explain_scenes import ago, followers, identity, model, post, reaction, scene
from tests.support.topic_people import WORDS, topics_of
from tests.support.web_people import ABOUT, HUNDRED, LONG, scores_on
from tests.support.web_site import serving
from tests.support.worlds import AS_OF


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann's lake: in the last week nine more people reacted to what she posted."""
    new = [reaction(f"n{n}", 1 + n % 5, content=str(n % 3)) for n in range(9)]
    silent = [post(20 + n, f"silent-{n}") for n in range(4)]
    doubts = [
        {"network": "twitter", "account": account, "authenticity": step, "reasons": "per_day"}
        | {"as_of": ago(10, 0)}
        for account, step in (("n1", 0.0), ("n2", 0.5))
    ]
    made = scene(
        tmp_path_factory.mktemp("world") / "lake",
        interactions=new,
        contents=silent,
        counters=[followers(2, 40.0)],
        identities=[identity("ann", "ann+", "googleplus")],
        authenticity=doubts,
    )
    return Path(str(made.root))


def _accounts() -> pl.DataFrame:
    many = [(network, "everywhere", HUNDRED) for network in [f"network {n:02}" for n in range(100)]]
    rows = [("twitter", "a", "ann"), ("googleplus", "ann+", "ann"), ("twitter", LONG, LONG), *many]
    return pl.DataFrame(rows, ACCOUNTS, orient="row")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Ninety days, with three missing and a switch of models."""
    file = tmp_path_factory.mktemp("store") / "store.db"
    with Store.open(f"sqlite:///{file}", write=True) as opened:
        days = [
            Day(
                as_of=AS_OF - timedelta(age),
                model="m1" if age > 40 else model().version,
                catalogue=None,
                scores=scores_on(age).lazy(),
            )
            for age in range(90, -1, -1)
            if age not in (50, 51, 52)
        ]
        *earlier, last = days
        rows = topics_of(ABOUT, sensitive=["faith"]).lazy()
        last = replace(last, accounts=_accounts(), topics=rows, topic_words=WORDS)
        opened.publish(last, earlier=earlier)
        yield opened


@pytest.fixture(scope="session")
def context(store: Store, lake: Path) -> Context:
    return Context(store, lake, model)


@pytest.fixture(scope="session")
def site(context: Context) -> Iterator[str]:
    """Where the pages are served."""
    with serving(context) as address:
        yield address


@pytest.fixture(scope="session")
def pages(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, headers={"accept": "text/html"}, timeout=60) as client:
        yield client
