"""The PyPI package `Klout` 0.1.3, of 2012, and a few others, ask a real server.

It is a source package in a zip, and nobody has touched it since: `uv pip install Klout==0.1.3`, or
its unpacked folder on PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.store import Store
from serving.store.klout_id import klout_id
from tests.serving.conftest import ROOT, free_port, wait_until_ready
from tests.serving.http.api.conftest import LATEST, OWNERS, filled, people_on
from tests.support.store_people import day
from tests.support.topic_people import BIG

pytest.importorskip("klout", reason="the client is missing: uv pip install Klout==0.1.3")

CALL = """
import json, sys, warnings
warnings.simplefilter("ignore")  # its docstrings are of Python 2
from klout import Klout, KloutHTTPError
key, domain, resource, action, given = sys.argv[1:]
client = Klout(key, domain=domain)
call = getattr(getattr(client, resource), action)
try:
    print(json.dumps(call(**json.loads(given))))
except KloutHTTPError as error:
    print(json.dumps({"refused": error.e.code}))
"""


@dataclass(frozen=True)
class Site:
    """A running server, and what opens it."""

    http: httpx.Client
    store: Store
    key: str
    log: Path

    def old(self, resource: str, action: str, key: str | None = None, **given: Any) -> Any:
        """Call as ``Klout(key).resource.action(**given)`` does."""
        domain = f"{self.http.base_url.host}:{self.http.base_url.port}"
        words = [self.key if key is None else key, domain, resource, action, json.dumps(given)]
        done = subprocess.run(
            [sys.executable, "-c", CALL, *words], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run `klout serve --keys` on a store of some people."""
    home = tmp_path_factory.mktemp("site")
    store, port = filled(home), free_port()
    _, key = store.create_key("old client", ["read", "score"])
    words = ["serve", "--model", str(model_folder), "--port", str(port), "--keys"]
    command = [sys.executable, "-m", "serving.cli", *words, "--store", store.name]
    environment = {**os.environ, "BENTOML_HOME": str(home)}
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        wait_until_ready(http, process, home / "log")
        yield Site(http, store, key, home / "log")
        process.terminate()
        assert process.wait(10) == 0
    store.close()


def test_each_call_of_its_documentation_works(site: Site) -> None:
    number = site.old("identity", "klout", tw="Ann_T")["id"]
    ann = {"id": number, "network": "ks"}
    assert site.old("identity", "klout", screenName="ann_t") == ann
    assert site.old("identity", "klout", gp="nobody") == {"refused": 404}
    assert site.old("identity", "klout", ig="77") == ann
    assert site.old("identity", "tw", klout=number) == {"id": "Ann_T", "network": "tw"}
    today = people_on(LATEST)["ann"]
    changes = {"dayChange": 0.01, "weekChange": 0.07, "monthChange": 0.3}
    score = {"score": today, "scoreDelta": changes, "bucket": "70-79"}
    assert site.old("user", "score", kloutId=number) == score
    assert site.old("user", "score", kloutId=number, timeout=5) == score
    influence = site.old("user", "influence", kloutId=number)
    assert (influence["myInfluencersCount"], influence["myInfluencees"]) == (0, [])
    user = site.old("user", "klout", kloutId=number)
    assert (user["nick"], user["score"]) == ("ann", {"score": today})


def test_it_gets_topics_as_it_got_them_in_2012(site: Site) -> None:
    number = site.old("identity", "klout", screenName="ann_t")["id"]
    music, jazz = site.old("user", "topics", kloutId=number)
    picture = f"{str(site.http.base_url).rstrip('/')}/assets/topics/jazz.svg"
    named = {"displayName": "Jazz Music", "name": "jazz music", "slug": "jazz"}
    assert jazz == {"id": BIG, **named, "imageUrl": picture}
    assert (music["id"], music["slug"]) == ("7", "music")
    shown = httpx.get(picture)  # as a browser would: without a key
    assert (shown.status_code, shown.headers["content-type"][:13]) == (200, "image/svg+xml")
    assert site.old("user", "topics", kloutId=str(klout_id("twitter:Dee"))) == []


def test_without_a_good_key_it_is_told_so(site: Site) -> None:
    assert site.old("user", "score", key="wrong", kloutId="1") == {"refused": 401}
    assert site.http.post("/score", json={"signals": {}}).status_code == 401
    bearer = {"Authorization": f"Bearer {site.key}"}
    assert site.http.post("/score", json={"signals": {}}, headers=bearer).status_code == 200
    refused = site.http.request("DELETE", "/v3/persons/ann", headers=bearer)
    assert (refused.status_code, refused.json()["field"]) == (403, "key")


def test_a_new_day_is_read_without_a_restart(site: Site) -> None:
    def read() -> Any:
        return site.http.get("/v3/persons/a%2Fb", params={"key": site.key}).json()["as_of"]

    before = read()
    site.store.publish(day(LATEST + 1, people_on(LATEST + 1), OWNERS))
    assert read() > before


def test_logs_and_metrics_name_endpoints_and_nobody(site: Site) -> None:
    answer = site.http.get("/v3/persons/Xenophon?key=Yolanda", headers={"X-Request-Id": "q1"})
    assert answer.headers["x-request-id"] == "q1"
    site.http.get("/v3/persons/Xenophon/parts", params={"key": site.key})
    site.http.get("/people/Xenophon")
    log = site.log.read_text()
    mine = next(line for line in log.splitlines() if '"q1"' in line)
    assert json.loads(mine)["endpoint"] == "/v3/persons/{person}"
    metrics = site.http.get("/metrics").text
    assert 'endpoint="/v3/persons/{person}/parts",http_response_code="404"' in metrics
    for text in (log, metrics):
        assert "Xenophon" not in text
        assert "Yolanda" not in text
        assert site.key not in text


def test_one_document_describes_all(site: Site) -> None:
    paths = site.http.get("/docs.json").json()["paths"]
    assert {"/score", "/v3/persons/{person}", "/v2/user.json/{klout_id}/score"} <= paths.keys()
    page = site.http.get("/", headers={"Accept": "text/html"}, auth=("", site.key))
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")


def test_a_client_that_stops_midway_holds_up_nobody(site: Site) -> None:
    host, port = site.http.base_url.host, site.http.base_url.port
    slow = [socket.create_connection((host, port or 0)) for _ in range(20)]
    for each in slow:
        each.sendall(b"POST /v3/persons HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{")
    bearer = {"Authorization": f"Bearer {site.key}"}
    assert site.http.get("/v3/persons/bob", headers=bearer, timeout=5).status_code == 200
    for each in slow:
        each.close()
