"""All that is declared as endpoints."""

from __future__ import annotations

from serving import klout_api
from serving.api import endpoints

PARTS = [
    (endpoints.ENDPOINTS, endpoints.PREFIX),
    (klout_api.ENDPOINTS, klout_api.PREFIX),
]
"""Lists of endpoints, each with where it is mounted."""
