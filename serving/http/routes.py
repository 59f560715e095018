"""All that is declared as endpoints."""

from __future__ import annotations

from serving.http import klout_v2
from serving.http.api import endpoints

PARTS = [
    (endpoints.ENDPOINTS, endpoints.PREFIX),
    (klout_v2.ENDPOINTS, klout_v2.PREFIX),
]
"""Lists of endpoints, each with where it is mounted."""
