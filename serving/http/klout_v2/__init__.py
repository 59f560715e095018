"""The Klout API v2 of 2012, `/v2`, for clients that still speak it: see docs/api.md."""

from serving.http.klout_v2.v2_endpoints import ENDPOINTS, PREFIX

__all__ = ["ENDPOINTS", "PREFIX"]
