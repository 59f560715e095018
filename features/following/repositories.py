"""Repositories over HTTP: ``com.atproto.sync.getRepo`` and ``listRepos`` of a PDS or relay."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from features.errors import KloutError
from features.sources.bluesky.repository import Repository, read_repository

LARGEST = 2**30
"""Bytes of a repository. The largest known have some hundred million."""

TRIES = 4
SECONDS = 60.0
"""How long a server may take for each part of an answer."""

_GONE = frozenset({"RepoNotFound", "RepoDeactivated", "RepoTakendown", "RepoSuspended"})
_PAGE = 1000


class Listed(NamedTuple):
    """A repository as it is listed: the last revision, and whether the account is there."""

    did: str
    rev: str
    is_active: bool


class Repositories:
    """A server that gives repositories.

    Parameters
    ----------
    url
        As ``https://bsky.network``.
    """

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise KloutError(f"{url}: expected a URL as https://HOST")
        self.url = url.rstrip("/")

    def read(self, did: str) -> Repository | None:
        """Read a repository; None if the account is not there, for good or until further notice.

        Raises
        ------
        KloutError
            If the server does not give it, or it is damaged.
        """
        data = self._get("com.atproto.sync.getRepo", {"did": did})
        return None if data is None else read_repository(data, f"{self.url}, {did}")

    def every(self) -> Iterator[Listed]:
        """List all repositories.

        Raises
        ------
        KloutError
            If the server does not list them all.
        """
        cursor: str | None = None
        while True:
            asked = {"limit": str(_PAGE), **({} if cursor is None else {"cursor": cursor})}
            page = json.loads(self._get("com.atproto.sync.listRepos", asked) or b"{}")
            repos: list[dict[str, Any]] = page.get("repos") or []
            for each in repos:
                yield Listed(str(each["did"]), str(each["rev"]), bool(each.get("active", True)))
            cursor = page.get("cursor")
            if not repos or cursor is None:
                return

    def _get(self, method: str, asked: dict[str, str]) -> bytes | None:
        """Ask, again and again for a while; None where the account is not there."""
        url, why = f"{self.url}/xrpc/{method}?{urlencode(asked)}", ""
        for number in range(TRIES):
            if number:
                time.sleep(2.0 ** (number - 1))
            try:
                with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                    data: bytes = answer.read(LARGEST)
                    return data
            except urllib.error.HTTPError as error:
                name = _name_of(error.read(10_000))
                if name in _GONE:
                    return None
                why = f"HTTP {error.code} {name}".rstrip()
                if error.code < 500 and error.code != 429:
                    break
            except (OSError, HTTPException) as error:
                why = f"{type(error).__name__}: {error}"
        raise KloutError(f"{url}: {why}")


def _name_of(body: bytes) -> str:
    try:
        return str(json.loads(body).get("error", ""))
    except (ValueError, AttributeError):
        return ""


def of_host(socket: str) -> str:
    """Name the server behind a websocket.

    >>> of_host("wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos")
    'https://bsky.network'
    """
    parts = urlsplit(socket)
    return urlunsplit(("https" if parts.scheme == "wss" else "http", parts.netloc, "", "", ""))
