"""What tests of object storage share."""

import pytest

from features.storage import lease


@pytest.fixture
def expired(monkeypatch):
    """Have a lock run out as soon as it is made."""
    return lambda: monkeypatch.setattr(lease, "LEASE", -1.0)
