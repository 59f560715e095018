"""A bento in a file: service, packages and model, which `bentoml import` takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from features.errors import KloutError
from features.storage.atomic import replacing, standing

_HERE = Path(__file__).parents[2]
"""Where the packages are."""
_PACKAGES = ("features", "training", "serving")
_RECIPE = "bentofile.yaml"
_CHAMPION = Path("models/champion")
"""Where a bento has its model: see `serving.http.score.model_holder.model_folder`."""


def write_bento(model: Path, file: Path) -> None:
    """Build a bento of a model's folder, and write it to a file; one that is there is replaced.

    Raises
    ------
    KloutError
        If this is no checkout, uv is missing, or BentoML fails.
    """
    if not (_HERE / _RECIPE).is_file():
        raise KloutError(f"{_HERE}: no {_RECIPE} here; a bento is built in a checkout")
    programs = [_HERE / ".uv/bin", Path(sys.executable).parent]
    path = os.pathsep.join([*map(str, programs), os.environ.get("PATH", "")])
    if shutil.which("uv", path=path) is None:
        raise KloutError("a bento is built with uv, which is not there; `make` installs it")
    with TemporaryDirectory(prefix="klout-") as folder, replacing(file) as draft:
        source, home, made = (Path(folder) / name for name in ("source", "home", "klout.bento"))
        _copy(model, source)
        environment = os.environ | {"PATH": path, "BENTOML_HOME": str(home)}
        environment |= {"BENTOML_DO_NOT_TRACK": "True", "PYTHONPATH": str(source)}
        _bentoml(["build", str(source)], source, environment)
        _bentoml(["export", "klout_score:latest", str(made)], source, environment)
        shutil.copyfile(made, draft)


def is_bento(file: Path) -> bool:
    """Say whether a file is a bento of ours, whatever its name."""
    try:
        with tarfile.open(file) as archive:
            told = next(each for each in archive if Path(each.name).name == "bento.yaml")
            content = archive.extractfile(told)
            return content is not None and b"name: klout_score" in content.read()
    except (tarfile.TarError, StopIteration, EOFError, OSError):
        return False


def _copy(model: Path, source: Path) -> None:
    """Copy what the recipe packs: nothing else is read, and the model is the one that is asked."""
    for package in _PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_HERE / package, source / package, ignore=ignored)
    shutil.copy(_HERE / _RECIPE, source)
    shutil.copytree(standing(model), source / _CHAMPION)


def _bentoml(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bentoml", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing is said"]
        raise KloutError(f"bentoml {words[0]} fails: {said[-1]}")
