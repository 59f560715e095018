"""Lakes on object storage, each in the `bucket` of its module."""

from itertools import count

import pytest

from features.lake import lease
from features.storage import location


@pytest.fixture
def root(bucket, request, number=count()):  # noqa: B008 (each test's own lake)
    return location(f"{bucket}/lakes/{next(number)}")


@pytest.fixture
def expired(monkeypatch):
    """Have a lock run out as soon as it is made."""
    return lambda: monkeypatch.setattr(lease, "LEASE", -1.0)
