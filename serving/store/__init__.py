"""The store of published scores: a database that the API, the pages and `klout keys` read."""

from serving.store.day import Day
from serving.store.reading import Snapshot
from serving.store.store import Store

__all__ = ["Day", "Snapshot", "Store"]
