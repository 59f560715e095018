"""Where the store is."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL

from features.errors import KloutError
from features.lake import Lake
from features.storage.objects import is_remote
from serving.store.engine import SQLITE

ENVIRONMENT = "KLOUT_STORE_URL"
FILE = "store.db"


def url_of(store: str | None, lake: Path | None) -> str:
    """Return the URL that was asked for, else that of the store in the lake.

    Whoever opens that makes the file if it is not there, so the folder must say that it is a lake.

    Raises
    ------
    KloutError
        If there is no lake where one is said to be, there is neither, or the lake is on object
        storage, where no database can be.
    """
    if lake is not None:
        _ = Lake(lake).id
    if store:
        return store
    if lake is None or is_remote(lake):
        found = f"{lake} is no directory" if lake else "no --lake either"
        raise KloutError(f"which store? Give --store URL, or set {ENVIRONMENT}; {found}")
    # Not put together as text: a path may hold what means something in a URL.
    return URL.create(SQLITE, database=str(lake / FILE)).render_as_string(hide_password=False)
