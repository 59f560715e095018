"""A bento has what serving imports, in the versions it was tested with, and serves elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import packages_distributions, version
from pathlib import Path

import httpx
import pytest
import yaml
from packaging.utils import canonicalize_name

from serving.http.image import NEEDED, pinned
from serving.http.score.examples import SCORE
from serving.store import Store
from tests.serving.conftest import ROOT, free_port, wait_until_ready
from tests.support.explain_scenes import reaction, scene
from tests.support.store_people import day
from tests.support.worlds import AS_OF
from training.influence.model import Model

SERVE_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))  # None: importing it fails
import serving.http.service
"""
ELSEWHERE = """
import pathlib, sys
sys.modules.update(dict.fromkeys({absent!r}))
sys.path[:] = [each for each in sys.path if not pathlib.Path(each, "pyproject.toml").exists()]
"""
"""Python's start in an environment that has what a bento asks for, and no checkout."""
PACKAGES = ("features", "training", "serving")
PROGRAMS = Path(sys.executable).parent


def absent() -> list[str]:
    """Modules that are installed here and that no bento asks for."""
    names = {pin.partition("==")[0] for pin in pinned(NEEDED)}
    return [
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & {*names, "klout-score"}
    ]


def test_serving_starts_with_nothing_but_what_is_pinned() -> None:
    names = {pin.partition("==")[0] for pin in pinned(NEEDED)}
    assert not names & {"mlflow", "dvc", "pytest"}
    assert "mlflow" in absent()
    command = [sys.executable, "-c", SERVE_WITHOUT, *absent()]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": "."}, check=True)


def test_serving_needs_no_reader_of_files_of_others() -> None:
    command = "import sys, serving.http.service; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, cwd=ROOT, check=True
    )
    loaded = done.stdout.decode().split()
    assert "features.people.mentions" in loaded
    assert not [name for name in loaded if name.startswith("features.sources")]


def test_pins_are_what_is_installed() -> None:
    assert pinned(("polars",))[0] == f"polars=={version('polars')}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Path:
    """BentoML's home with one bento, built as docs/serving.md says from a copy of the checkout."""
    with_uv = f"{ROOT / '.uv/bin'}:{PROGRAMS}:{os.environ['PATH']}"
    if shutil.which("uv", path=with_uv) is None:
        pytest.skip("no uv: BentoML would fetch it")
    checkout = tmp_path_factory.mktemp("checkout")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, checkout / package, ignore=ignored)
    shutil.copy(ROOT / "bentofile.yaml", checkout)
    shutil.copytree(model_folder, checkout / "models/champion")
    made = tmp_path_factory.mktemp("home")
    environment = environ(made) | {"PATH": with_uv}
    subprocess.run(["bentoml", "build"], cwd=checkout, env=environment, check=True)
    shutil.move(checkout, made / "checkout")  # what the bento has, it has of its own
    return made


def environ(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLOUT_")}
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    return kept | {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True", "PATH": path}


def bento(home: Path) -> Path:
    (only,) = (home / "bentos/klout_score").glob("*/bento.yaml")
    return only.parent


def files(folder: Path) -> set[str]:
    """Name all files below a folder."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_a_bento_holds_all_of_the_packages_and_the_model_and_nothing_else(home: Path) -> None:
    packed = files(bento(home) / "src")
    assert packed == files(home / "checkout")
    assert {
        "serving/http/web/templates/base.html",
        "serving/http/web/assets/klout.css",
        "serving/store/migrations/env.py",
        "serving/store/migrations/versions/v0001_first.py",
        "features/networks/twitter.toml",
        "models/champion/model.json",
    } <= packed


@pytest.mark.slow
def test_the_containerfile_names_what_is_there(home: Path) -> None:
    """No container is built: that takes Docker and a registry."""
    made = bento(home)
    text = (made / "env/docker/Dockerfile").read_text()
    assert f"FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim" in text
    assert re.search(r"^RUN apt-get install .* libgomp1$", text, re.MULTILINE)
    assert "pip install -r $BENTO_PATH/env/python/requirements.txt" in text
    for source in re.findall(r"^COPY (?:--\S+ )*(\S+) \S+$", text, re.MULTILINE):
        assert (made / source).exists()
    (entry,) = re.findall(r'^ENTRYPOINT \[ "/home/bentoml/bento/(\S+)" \]$', text, re.MULTILINE)
    assert (made / entry).is_file()
    assert "USER bentoml" in text.splitlines()
    asked = (made / "env/python/requirements.txt").read_text().split()
    assert set(asked) == set(pinned(NEEDED))  # BentoML adds itself again
    assert yaml.safe_load((made / "bento.yaml").read_text())["service"] == (
        "serving.http.service:KloutScore"
    )


@pytest.fixture(params=["bentoml", "entrypoint"])
def command(request: pytest.FixtureRequest, home: Path) -> list[str]:
    """What serves: the command of docs/serving.md, and the container's."""
    if request.param == "bentoml":
        return ["bentoml", "serve", "klout_score:latest"]
    return ["bash", str(bento(home) / "env/docker/entrypoint.sh")]


@pytest.mark.slow
def test_a_bento_serves_from_elsewhere_with_nothing_but_what_it_asks_for(
    home: Path, command: list[str], tmp_path: Path
) -> None:
    version = Model.load(home / "checkout/models/champion").version
    scene(tmp_path / "lake", interactions=[reaction("bob", 1)])
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        published = day(0, {"ann": 70.0, "twitter:bob": 60.0}, {("twitter", "Ann_T"): "ann"})
        store.publish(replace(published, as_of=AS_OF, model=version))
    with serving(home, command, tmp_path) as client:
        assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
        assert 1 <= client.post("/score", json=SCORE).json()["score"] <= 100
        found = client.get("/v3/persons/ann").json()
        assert (found["score"], found["as_of"]) == (70.0, str(AS_OF))
        number = client.get("/v2/identity.json/twitter?screenName=Ann_T").json()["id"]
        assert client.get(f"/v2/user.json/{number}").json()["nick"] == "ann"
        start = client.get("/")
        assert "<bdi>ann</bdi>" in start.text
        shown = re.findall(r'(?:src|href)="(/assets/[^"]+)"', start.text)
        assert len(shown) >= 2
        for address in (*shown, "/people/ann", "/leaderboard", "/about", "/docs", "/metrics"):
            assert client.get(address).status_code == 200, address
        for address in ("/v3/persons/ann/explanation", "/people/ann/why", "/people/ann/raise"):
            assert client.get(address).status_code == 200, address
        assert "<h1>" in client.get("/people/nobody").text


@contextmanager
def serving(home: Path, command: list[str], folder: Path) -> Iterator[httpx.Client]:
    """Serve the bento from a folder that is no checkout, with a store in it."""
    port, log = free_port(), folder / "log"
    start = folder / "start"
    start.mkdir()
    said = ELSEWHERE.format(absent=absent())
    (start / "sitecustomize.py").write_text(said)
    environment = environ(home) | {"KLOUT_STORE_URL": f"sqlite:///{folder / 'store.db'}"}
    environment |= {"KLOUT_LAKE": str(folder / "lake"), "KLOUT_KEYS": "off"}
    environment |= {"PYTHONPATH": str(start), "BENTO_PATH": str(bento(home))}
    for module in ("serving", "mlflow"):
        imported = [sys.executable, "-c", f"import {module}"]
        assert subprocess.run(imported, cwd=folder, env=environment).returncode == 1
    listening = ["--host", "127.0.0.1", "--port", str(port)]
    with (
        log.open("wb") as out,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        subprocess.Popen(
            [*command, *listening], cwd=folder, env=environment, stdout=out, stderr=out
        ) as process,
    ):
        try:
            wait_until_ready(client, process, log)
            yield client
        finally:
            process.terminate()
            process.wait(20)
    assert "Traceback" not in log.read_text()
