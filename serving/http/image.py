"""What a bento needs to run: the versions it was tested with, pinned to the last dependency."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

import bentoml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NEEDED = (
    "alembic",
    "anyio",
    "bentoml",
    "dataframely",
    "httptools",
    "jinja2",
    "lightgbm",
    "numpy",
    "polars",
    "polars-hash",
    "prometheus-client",
    "psycopg[binary]",
    "pyarrow",
    "pydantic",
    "pyyaml",
    "scikit-learn",
    "scipy",
    "sqlalchemy",
    "starlette",
    "uvloop",
)
"""What the three packages import when they serve, and what uvicorn is fast with; MLflow and DVC are
for training."""


def image() -> bentoml.images.Image:
    """Describe the environment of a bento: Python as here, packages as here."""
    built = bentoml.images.Image(lock_python_packages=False)  # they are pinned already
    return built.system_packages("libgomp1").python_packages(*pinned(NEEDED))  # for LightGBM


def pinned(names: tuple[str, ...]) -> list[str]:
    """Pin packages and all they depend on to what is installed, in alphabetical order."""
    pins: dict[str, str] = {}
    waiting = [Requirement(name) for name in names]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            there = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # not needed on this platform
        pins[key[0]] = there.version
        waiting += _requirements(there.requires or [], wanted.extras)
    return [f"{name}=={version}" for name, version in sorted(pins.items())]


def _requirements(lines: list[str], extras: set[str]) -> list[Requirement]:
    """Those of a package's requirements that hold here, with the extras asked for."""
    every = [Requirement(line) for line in lines]
    environments = [{"extra": extra} for extra in ("", *extras)]
    return [
        one
        for one in every
        if one.marker is None or any(one.marker.evaluate(each) for each in environments)
    ]
