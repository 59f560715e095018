"""Mastodon for tests: a stand-in for an instance, and `mastodon-mock` from PyPI."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.bluesky.server import KEPT
from tests.support.stand_in import Reply

MOCK = "mastodon-mock==0.6.1"
START = 60
"""Seconds."""

Entity = dict[str, Any]


@dataclass
class Instance:
    """What an instance shows of its people to whoever is not signed in.

    Attributes
    ----------
    host
        Of its addresses; set when it is known.
    people
        ``acct`` to what is special of the account.
    posts
        Id to status, from the oldest.
    favourited, boosted
        Id of a status to the ``acct`` of who did.
    page
        How many it gives at once.
    """

    host: str = "here.test"
    people: dict[str, Entity] = field(default_factory=dict)
    posts: dict[str, Entity] = field(default_factory=dict)
    favourited: dict[str, list[str]] = field(default_factory=dict)
    boosted: dict[str, list[str]] = field(default_factory=dict)
    page: int = 40

    def join(self, *accts: str, **flags: object) -> None:
        for acct in accts:
            self.people[acct] = {"discoverable": True, "indexable": True, "noindex": False, **flags}

    def post(self, acct: str, at: str, answers: str | None = None, **more: Any) -> str:
        name = str(1000 + len(self.posts))
        self.posts[name] = {"acct": acct, "at": at, "answers": answers, **more}
        return name

    def answer(self, path: str, params: dict[str, str]) -> Reply:
        """Answer a request."""
        parts = path.removeprefix("/api/v1/").split("/")
        if parts == ["accounts", "lookup"]:
            acct = params["acct"]
            return Reply(self._person(acct)) if acct in self.people else _none()
        if parts[0] == "accounts" and parts[2:] == ["statuses"]:
            own = [name for name, post in self.posts.items() if f"id-{post['acct']}" == parts[1]]
            return self._page(path, [self._status(name) for name in reversed(own)], params)
        if parts[0] == "statuses" and parts[2:] == ["context"]:
            below = [self._status(name) for name in self.posts if self._is_below(name, parts[1])]
            return Reply({"ancestors": [], "descendants": below})
        lists = {"favourited_by": self.favourited, "reblogged_by": self.boosted}
        if parts[0] == "statuses" and parts[2] in lists:
            people = [self._person(acct) for acct in lists[parts[2]].get(parts[1], [])]
            return self._page(path, people, params)
        return _none()

    def uri(self, name: str) -> str:
        author, _, elsewhere = self.posts[name]["acct"].partition("@")
        return f"https://{elsewhere or self.host}/users/{author}/statuses/{name}"

    def _page(self, path: str, items: list[Entity], params: dict[str, str]) -> Reply:
        size, start = min(self.page, int(params["limit"])), int(params.get("max_id", 0))
        more = {key: value for key, value in params.items() if key != "max_id"}
        query = "&".join(f"{k}={v}" for k, v in {**more, "max_id": start + size}.items())
        link = f'<http://{self.host}{path}?{query}>; rel="next", <http://x/>; rel="prev"'
        headers = {"Link": link} if start + size < len(items) else {}
        return Reply(items[start : start + size], 200, headers)

    def _is_below(self, name: str, above: str) -> bool:
        parent = self.posts[name]["answers"]
        return parent is not None and (parent == above or self._is_below(parent, above))

    def _status(self, name: str) -> Entity:
        post = self.posts[name]
        answers = [n for n, each in self.posts.items() if each["answers"] == name]
        return {
            "id": name,
            "uri": self.uri(name),
            "created_at": post["at"],
            "in_reply_to_id": post["answers"],
            "account": self._person(post["acct"]),
            "reblog": None,
            "mentions": [{"id": "1", "acct": acct} for acct in post.get("mentions", ())],
            "favourites_count": post.get("favourites", len(self.favourited.get(name, []))),
            "reblogs_count": len(self.boosted.get(name, [])),
            "replies_count": len(answers),
        }

    def _person(self, acct: str) -> Entity:
        known = self.people.get(acct, {})
        return {"id": f"id-{acct}", "acct": acct, "followers_count": 5, **known}


def _none() -> Reply:
    return Reply({"error": "Record not found"}, 404)


class Mock:
    """`mastodon-mock` as it runs: people speak to it with tokens of their own names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30)

    def call(self, name: str, method: str, path: str, **form: object) -> Entity:
        headers = {"Authorization": f"Bearer token-of-{name}"}
        answer = self.client.request(method, f"/api/v1/{path}", data=form, headers=headers)
        while answer.status_code == 429:
            time.sleep(0.5)
            answer = self.client.request(method, f"/api/v1/{path}", data=form, headers=headers)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}"
        found: Entity = answer.json()
        return found

    def post(self, name: str, text: str, answers: str | None = None) -> Entity:
        form = {"status": text} | ({} if answers is None else {"in_reply_to_id": answers})
        return self.call(name, "POST", "statuses", **form)

    def do(self, name: str, what: str, status: Entity) -> None:
        """Do to a status what the API calls so: ``favourite``, ``unfavourite``, ``reblog`` …"""
        self.call(name, "POST", f"statuses/{status['id']}/{what}")


@contextmanager
def mocked(folder: Path, *names: str, limit: int = 0) -> Iterator[Mock]:
    """Run the mock in a folder, with some accounts.

    ``limit`` is how many requests it takes in two seconds; 0 is any number.
    """
    python = _installed() / "bin/python"
    folder.mkdir()
    people = "\n".join(
        f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "token-of-{name}"'
        for name in names
    )
    limits = f"[ratelimit]\nenabled = {str(bool(limit)).lower()}\n"
    limits += f"limit = {limit or 1}\nwindow_seconds = 2\n"
    (folder / "mock.toml").write_text(f"{limits}{people}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "mastodon_mock", "serve", "--in-memory", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--config", folder / "mock.toml", "--log-level", "error"]
    env = {name: value for name, value in os.environ.items() if name not in ("HOST", "PORT")}
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=sys.stderr)
    try:
        mock = Mock(f"http://127.0.0.1:{port}")
        _wait_for(mock, process)
        yield mock
        mock.client.close()
    finally:
        process.terminate()
        process.wait()


def _installed() -> Path:
    """Install the mock once, beside the server of Bluesky's; gives its environment."""
    made = KEPT / MOCK.replace("==", "-")
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers one installs
        if not (made / ".ready").exists():
            venv.create(made, with_pip=True, clear=True)
            pip = [made / "bin/python", "-m", "pip", "install", "--disable-pip-version-check"]
            subprocess.run([*pip, "--quiet", MOCK], check=True, capture_output=True)
            (made / ".ready").touch()
    return made


def _wait_for(mock: Mock, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        assert process.poll() is None, "the mock ended"
        try:
            if mock.client.get("/api/v1/instance").is_success:
                return
        except (httpx.HTTPError, json.JSONDecodeError):
            pass
        time.sleep(0.2)
    raise AssertionError("the mock does not answer")
