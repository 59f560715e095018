"""A client of an application in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp

from serving.store import Store
from serving.store.api_keys import SCOPES


class Client:
    """Asks, and waits for the answer."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self.portal, self.client = portal, client

    def decides(self, store: Store) -> None:
        """Send a key for everything from now on."""
        _, secret = store.create_key("who decides", SCOPES)
        self.client.headers["Authorization"] = f"Bearer {secret}"

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.portal.call(lambda: self.client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def done(self, asked: httpx.Response) -> dict[str, Any]:
        """Wait for a job that was asked for, and give what is said of it then."""
        assert asked.status_code == 202, asked.text
        while (told := self.get(asked.json()["url"]).json())["state"] in ("queued", "running"):
            time.sleep(0.05)
        found: dict[str, Any] = told
        return found


@contextmanager
def client_of(app: ASGIApp) -> Iterator[Client]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with start_blocking_portal() as portal:
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        yield Client(portal, client)
        portal.call(client.aclose)
